"""What a fabrication study leaves behind: tables, figures with their data, assumptions, a page."""

from __future__ import annotations

from html import escape
from pathlib import Path

import pandas as pd

from mdtools.atomic import write_json, write_text
from workflow.fabrication.charge import ionised_shares
from workflow.fabrication.files import FIGURES, PAGE
from workflow.fabrication.observe import QUANTITIES
from workflow.fabrication.published import MEASURED
from workflow.fabrication.study import FabricationStudy
from workflow.fabrication.tables import tables

DIGITS = "%.4g"
DRAWN_FROM = {
    "composition": ("summary", "films"),
    "film_structure": ("summary", "films"),
    "depth_profiles": ("profiles",),
    "selectivity": ("summary",),
    "trade_off": ("summary", "published"),
    "charge_variants": ("charge_variants",),
    "reagents": ("summary", "films"),
}
"""Tables that each figure takes."""
STYLE = (
    "body{font:15px/1.5 sans-serif;max-width:62em;margin:2em auto;padding:0 1em}"
    "table{border-collapse:collapse;font-size:12px;margin:1em 0}"
    "td,th{border:1px solid #ccc;padding:2px 6px;text-align:left}img{max-width:100%}"
)


def write(study: FabricationStudy, results: Path) -> list[Path]:
    """Write every table, figure and the page of a study whose films are there; returns the files.

    Raises SettingsError naming a film that is missing.
    """
    results = Path(results)
    found = tables(study, results)
    files = []
    (results / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in found.items():
        path = results / "tables" / f"{name}.csv"
        write_text(path, table.to_csv(index=False, float_format="%.7g"))
        files.append(path)
    definitions = {name: f"{q.words} ({q.unit})" for name, q in QUANTITIES.items()}
    write_json(results / "tables" / "definitions.json", definitions)
    write_json(results / "tables" / "assumptions.json", assumptions(study))
    files += draw(found, results / "figures", study.stamp)
    write_text(results / PAGE, page(study, found))
    return [*files, results / PAGE]


def draw(found: dict[str, pd.DataFrame], directory: Path, stamp: str | None = None) -> list[Path]:
    """Draw every figure as .png, .pdf and .csv; returns the files."""
    from analysis.figures.fabrication import draw as drawn
    from analysis.figures.files import save_all

    every = found | {"published": published_rejections()}
    files = []
    for name in FIGURES:
        sheet = drawn(name, *(every[table] for table in DRAWN_FROM[name]))
        if stamp:
            sheet.add_to_caption(f"{stamp.capitalize()}: no physics.")
        files += save_all(sheet, Path(directory) / name)
    return files


def published_rejections() -> pd.DataFrame:
    """Tabulate the membranes of which the study prints both rejections, in percent."""
    keys = ["R_xylose_percent", "R_MgCl2_percent"]
    rows = [
        {"membrane": name} | {key: known[key] for key in keys}
        for name, known in MEASURED.items()
        if all(key in known for key in keys)
    ]
    return pd.DataFrame(rows, columns=["membrane", *keys])


def assumptions(study: FabricationStudy) -> list[str]:
    """List what a reader of the numbers has to know."""
    look, shares = study.observation, ionised_shares(study.observation.pH)
    pack, react = study.family.pack, study.family.react
    zones = ", ".join(f"{zone.probability:g} up to {zone.up_to:g}" for zone in react.zones)
    return [
        f"films of {pack.monomers.PIP} PIP (more where protonated: {pack.hold} held) and "
        f"{pack.monomers.TMC} TMC in {' x '.join(f'{x:g}' for x in pack.box_nm)} nm, a tenth of "
        "the thickness of real ones; every membrane is made by the same steps and numbers",
        f"acyl chlorides that may react by height from the aqueous face: {zones or 'all'}; "
        f"hydrochloric acid {react.hydrochloric_acid}",
        "protonated amines are pairs with their chloride, which the dynamics see as neutral",
        "hexane is a swelling step by a factor along z and a leach of loose clusters, no solvent",
        f"charge at pH {look.pH:g}: {shares['COOH']:.3f} of carboxyls, {shares['NH']:.3f} of "
        f"amines (NF270's titration curves); water reaches a share {look.accessible_share:g} of "
        f"them, of whose charge {look.charge_fraction:g} counts, in {look.charge_layers} layers",
        f"pores of the theory are the geometric ones times one factor, at which "
        f"{look.reference_membrane} rejects {100 * look.reference_rejection:g} % of "
        f"{look.reference_solute}; permittivity {look.pore_permittivity:g}; feed "
        f"{look.salt_mol_m3:g} mol/m3 of salt, no film, {look.pressure_bar:g} bar",
        f"the top of a film is a share {look.top_share:g} of its thickness, as 10 nm of real ones",
    ]


def page(study: FabricationStudy, found: dict[str, pd.DataFrame]) -> str:
    """Return the page: outcome of every statement, figures, the table beside the study."""
    wide = found["summary"].assign(
        shown=[_with_interval(row) for row in found["summary"].itertuples()]
    )
    grid = wide.pivot(index="quantity", columns="membrane", values="shown")
    grid = grid.reindex(index=wide.quantity.unique(), columns=list(study.membranes))
    parts = [
        "<h2>Statements of the study</h2>",
        found["trends"].to_html(index=False, float_format=DIGITS.__mod__, border=0),
        *(
            f'<h2>{escape(name.replace("_", " "))}</h2><img src="figures/{name}.png" alt="{name}">'
            for name in FIGURES
        ),
        "<h2>Films: mean and interval over repeats [measured]</h2>",
        grid.to_html(border=0, na_rep=""),
        "<h2>B/A by its definition</h2>",
        found["definition_check"].to_html(index=False, float_format=DIGITS.__mod__, border=0),
        "<h2>Assumptions</h2><ul>",
        *(f"<li>{escape(line)}</li>" for line in assumptions(study)),
        "</ul>",
    ]
    head = f'<!doctype html><meta charset="utf-8"><title>{study.name}</title><style>{STYLE}</style>'
    return f"{head}<h1>{study.name}: films made by recipes</h1>" + "\n".join(parts) + "\n"


def _with_interval(row) -> str:
    if pd.isna(row.value):
        return ""
    band = "" if pd.isna(row.low) else f" ({row.low:.3g} to {row.high:.3g})"
    measured = "" if pd.isna(row.measured) else f" [{row.measured:g}]"
    return f"{row.value:.3g}{band}{measured}"
