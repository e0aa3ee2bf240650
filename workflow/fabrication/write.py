"""What a fabrication study leaves behind: tables, figures with their data, assumptions, a page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml

from mdtools.atomic import write_json, write_text
from workflow.fabrication.charge import ionised_shares
from workflow.fabrication.files import FIGURES, PAGE
from workflow.fabrication.observe import QUANTITIES
from workflow.fabrication.published import (
    DRUGS_MEMBRANE,
    DRUGS_PERCENT,
    DRUGS_RANGE_PERCENT,
    MEASURED,
)
from workflow.fabrication.study import FabricationStudy
from workflow.fabrication.tables import tables
from workflow.pages.fabrication import FabricationPage, write_page

DRAWN_FROM = {
    "composition": ("summary", "films"),
    "film_structure": ("summary", "films"),
    "depth_profiles": ("profiles",),
    "selectivity": ("summary",),
    "trade_off": ("summary", "published"),
    "charge_variants": ("charge_variants",),
    "pharmaceuticals": ("pharmaceuticals",),
    "reagents": ("summary", "films"),
    "series": ("summary", "measured"),
}
"""Tables that each figure takes."""


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
    write_json(results / "tables" / "definitions.json", definitions())
    write_json(results / "tables" / "assumptions.json", assumptions(study))
    files += draw(found, results / "figures", study.stamp)
    write_page(page(study, found), FIGURES, results / PAGE)
    return [*files, results / PAGE]


def draw(found: dict[str, pd.DataFrame], directory: Path, stamp: str | None = None) -> list[Path]:
    """Draw every figure as .png, .pdf and .csv; returns the files."""
    from analysis.figures.fabrication import draw as drawn
    from analysis.figures.files import save_all

    every = found | {"published": published_rejections(), "measured": measured()}
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


def measured() -> pd.DataFrame:
    """Tabulate what the study prints of each membrane."""
    rows = [
        (membrane, quantity, value)
        for membrane, known in MEASURED.items()
        for quantity, value in known.items()
    ]
    return pd.DataFrame(rows, columns=["membrane", "quantity", "value"])


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
        "hexane is a swelling step by a factor along z and a leach of loose clusters, no solvent; "
        f"its time is that of a swollen film's dynamics, {study.family.soak.duration_ps:g} ps for "
        "30 s",
        f"charge at pH {look.pH:g}: {shares['COOH']:.3f} of carboxyls, {shares['NH']:.3f} of "
        f"amines (NF270's titration curves); water reaches a share {look.accessible_share:g} of "
        f"them, of whose charge {look.charge_fraction:g} counts, in {look.charge_layers} layers",
        f"pores of the theory are the geometric ones times one factor, at which "
        f"{look.reference_membrane} rejects {100 * look.reference_rejection:g} % of "
        f"{look.reference_solute}; permittivity {look.pore_permittivity:g}; feed "
        f"{look.salt_mol_m3:g} mol/m3 of salt, no film, {look.pressure_bar:g} bar",
        f"the top of a film is a share {look.top_share:g} of its thickness, as 10 nm of real ones",
    ]


def page(study: FabricationStudy, found: dict[str, pd.DataFrame]) -> FabricationPage:
    """Return what the page of a study shows."""
    low, high = DRUGS_RANGE_PERCENT
    named = ", ".join(f"{name} {percent:g} %" for name, percent in DRUGS_PERCENT.items())
    plain = study.model_dump(mode="json")
    return FabricationPage(
        name=study.name,
        stamp=study.stamp,
        seed=study.seed,
        repeats=study.repeats,
        level=study.observation.level,
        membranes=study.membranes,
        tables=found,
        definitions=definitions(),
        drugs=(
            f"The study's {DRUGS_MEMBRANE} rejects eight of them by {low:g} to {high:g} %, six by "
            f"more than 80 %; its text gives numbers for {named}, both positive. Each is computed "
            "with charge +1, 0 and −1: by size alone is the 0. A solute as large as a pore is "
            "rejected whole."
        ),
        assumptions=assumptions(study),
        settings=yaml.safe_dump(plain, sort_keys=False, allow_unicode=True),
    )


def definitions() -> dict[str, str]:
    """Return what each quantity is, with its unit."""
    return {name: f"{q.words} ({q.unit})" for name, q in QUANTITIES.items()}
