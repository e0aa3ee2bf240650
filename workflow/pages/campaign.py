"""The report of a campaign: one HTML page that holds its figures and needs no other file."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import yaml
from docutils.core import publish_parts
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from PIL import Image

from analysis.catalogue import FIGURES, FREE_ENERGY_FIGURE, figure_stems
from analysis.key_results import key_results_of
from analysis.results import Results
from analysis.statistics import percent
from mdtools import records
from mdtools.options import DriveOptions, TransportOptions
from mdtools.provenance import revision, utc_now, versions
from mdtools.systems import heavy_hydrogens
from mdtools.systems.drives import drive_assumptions
from workflow.pages import answers, feed_ions, theory

TEMPLATES = files("workflow.pages") / "templates"
CAPTIONS = files("workflow") / "report"
"""What each figure shows and how to read it, as ``snakemake --report`` takes it."""

NETWORK_ROWS = (
    ("nh_conversion", "N-H conversion", "{:.1%}", "share of the amine groups that reacted"),
    ("acyl_conversion", "acyl conversion", "{:.1%}", "share of the acyl chlorides that reacted"),
    ("amide_bonds", "amide bonds", "{}", ""),
    ("free_amines", "free N-H", "{}", "can take up a proton"),
    ("carboxylic_acids", "carboxylic acids", "{}", "acyl chlorides that did not react, hydrolysed"),
    ("o_over_n", "O/N", "{:.2f}", "atoms; 1 if fully cross-linked, 2 if linear"),
    ("density_g_cm3", "density, g/cm³", "{:.2f}", "polymer mass over the reaction box"),
    ("dense_density_g_cm3", "density where dense, g/cm³", "{:.2f}", "of the dense region, dry"),
    ("dense_volume_nm3", "dense volume, nm³", "{:.1f}", "of the dense region"),
    ("formal_charge_e", "charge, e", "{}", "of the uncharged network, must be 0"),
    ("longest_amide_angstrom", "longest amide bond, Å", "{:.2f}", "about 1.39 at rest in GAFF"),
    ("pierced_rings", "pierced rings", "{}", "bonds that pass through a ring, must be 0"),
    ("clusters", "molecules", "{}", "that the network consists of, loose pieces counted"),
    (
        "sol_fraction",
        "sol fraction",
        "{:.1%}",
        "mass outside the largest molecule; loose pieces stay in the membrane",
    ),
)
"""Key of network/report.json, name, format, meaning."""
PLACES = {
    "whole": "through the whole thickness",
    "ramp": "through the whole thickness, more of them toward the permeate",
    "ramp feed": "through the whole thickness, more of them toward the feed",
    "feed": "in a layer at the feed face",
    "center": "in a layer at the middle",
    "permeate": "in a layer at the permeate face",
    "profile": "along the z-density of the campaign file",
    "surface first": "those of the first pKa in a layer at the feed face, the others anywhere",
}
"""What a layout's word for a place means."""
STRONG = 3.0
"""Times the study's force from which on a body force is named as stronger."""
STUDY = (
    "S. Liu, Z. Foo, J. H. Lienhard, S. Keten and R. M. Lueptow, Membrane Charge Effects on Solute "
    "Transport in Nanofiltration: Experiments and Molecular Dynamics Simulations, Membranes 15(6), "
    "184 (2025), doi:10.3390/membranes15060184; preprint: Membrane Charge Effects on Solute "
    "Transport in Polyamide Membranes, arXiv:2503.10871 (2025)"
)
"""The study whose layouts, counts and observables the campaign follows."""


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page has a title, an image, a caption and words on how to read it."""

    name: str
    title: str
    image: str
    caption: str
    reading: str


def write(
    results: Path, campaign: dict, figures: list[str], page: Path, beside: Sequence[str] = ()
) -> None:
    """Write the page of a finished campaign.

    Parameters
    ----------
    results : Path
        Directory results/<campaign>.
    campaign : dict
        The campaign's blocks as plain data, every default filled in.
    figures : list of str
        Names of the figures in results/<campaign>/figures, in the order of the page.
    beside : sequence of str
        Names of the figures in results/<campaign>/comparison/figures.
    """
    cells = [
        (layout, salt, records.read(results / "cell" / layout / salt / "report.json"))
        for salt in campaign["salts"]
        for layout in campaign["layouts"]
    ]
    network = records.read(results / "network" / "report.json")
    layouts = [
        (layout, records.read(results / "charged" / layout / "report.json"))
        for layout in campaign["layouts"]
    ]
    hydrated = [
        (layout, records.read(results / "hydrated" / layout / "report.json"))
        for layout in campaign["layouts"]
    ]
    reports = [network, *(cell for *_, cell in cells)]
    stated = [line for report in reports for line in report["assumptions"]]
    stated += [
        f"layout {name}: {line}"
        for name, report in [*layouts, *hydrated]
        for line in report.get("assumptions", [])
    ]
    transport = TransportOptions(**campaign["transport"])
    stated += [f"in the runs: {heavy_hydrogens.assumption(transport)}"]
    stated += drive_assumptions(
        transport,
        {name: salt["ions"] for name, salt in campaign["salts"].items()},
        campaign["membrane"]["box_nm"][0] * campaign["membrane"]["box_nm"][1],
        campaign["cell"]["piston_pressure_MPa"],
        float(np.mean([np.ptp(cell["faces_nm"]) for *_, cell in cells])),
        campaign["nonbonded"].get("slab_correction", False),
    )
    stated += slab_fields(cells)
    assumptions = list(dict.fromkeys(stated))
    end_ns = feed_ions.end_ns(results, campaign)
    beside_runs = theory.chapter(results)
    entered = feed_ions.entered(results, campaign)
    inside = any(row.inside or row.through for row in entered)
    why_none = None if inside else feed_ions.why_none(campaign, end_ns)
    shown = first_screen(results, campaign, hydrated, beside_runs, why_none)
    text = rendered(
        "campaign.html.j2",
        campaign=campaign,
        driven=driven(transport),
        **shown,
        membrane=network_rows(network),
        steps=recipe_steps(network),
        layouts=layouts,
        places=PLACES,
        hydrated=hydrated,
        swelling=swelling(results, campaign),
        cells=cells,
        study=STUDY,
        runs=runs(results, campaign),
        entered=entered,
        end_ns=end_ns,
        figures=[figure(results / "figures", name, campaign["salts"]) for name in figures],
        theory=beside_runs,
        theory_figures=[figure(results / "comparison" / "figures", name) for name in beside],
        free_energies=free_energies(results, campaign),
        drawing=image_of(results / "figures" / "cell.png"),
        tables=tables(results, campaign),
        definitions=definitions(results, campaign),
        assumptions=assumptions,
        settings=yaml.safe_dump(campaign, sort_keys=False, allow_unicode=True),
        versions=versions(),
        revision=revision(),
        written=utc_now(),
    )
    page.write_text(text, encoding="utf-8")


def driven(transport: TransportOptions) -> str:
    """Return in a few words what was done to the ions, with what is far from the study's.

    >>> run = {"duration_ns": 1, "segment_ps": 100}
    >>> driven(TransportOptions(**run, drive={"kind": "field", "field_V_nm": 0.1}))
    'driven through it by a field'
    >>> driven(TransportOptions(**run, drive={"force_kcal_mol_angstrom": 1.8}, temperature_K=400))
    'driven through it by a body force (25 times that of the study) at 400 K'
    """
    words = {"pressure": "difference of pressures"}
    if ratio := times_the_study(transport.drive):
        words["body force"] = f"body force ({ratio:.0f} times that of the study)"
    kinds = " and ".join(f"a {words.get(kind, kind)}" for kind in transport.drive.kinds)
    done = f"driven through it by {kinds}" if kinds else "left to themselves"
    usual = TransportOptions.model_fields["temperature_K"].default
    return done if transport.temperature_K == usual else f"{done} at {transport.temperature_K:g} K"


def times_the_study(drive: DriveOptions) -> float | None:
    """Return a body force over the study's, None if it is not much stronger or none."""
    ratio = drive.force_kcal_mol_angstrom / DriveOptions().force_kcal_mol_angstrom
    return ratio if "body force" in drive.kinds and ratio >= STRONG else None


def slab_fields(cells: Sequence[tuple[str, str, dict]]) -> list[str]:
    """Say how large a slab correction is in each cell, or would be; nothing of older cells."""
    said = []
    for layout, salt, report in cells:
        after = report["equilibration"]
        if "slab_field_V_nm" in after:
            said.append(
                f"cell {layout} {salt}: a slab correction for its dipole along z has a field of "
                f"{after['slab_field_V_nm']:.2g} V/nm and an energy of "
                f"{after['slab_energy_kJ_mol']:.2g} kJ/mol, on average over the second half of its "
                "equilibration, whether the cell has the correction or not"
            )
    return said


def rendered(template: str, **content) -> str:
    """Return a page: a template of `TEMPLATES`, with the style of all pages as ``style``."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        loader=FileSystemLoader(str(TEMPLATES)),
    )
    environment.filters["dois"] = with_dois
    style = (TEMPLATES / "page.css").read_text(encoding="utf-8")
    return environment.get_template(template).render(style=style, **content)


DOI = re.compile(r"doi:(10\.\d{4,}/[^\s,;]+[^\s,;.)])")


def with_dois(text: str) -> Markup:
    """Return text of a page in which every doi is a link.

    >>> str(with_dois("a < b, doi:10.1021/x1; c"))
    'a &lt; b, <a href="https://doi.org/10.1021/x1">doi:10.1021/x1</a>; c'
    """
    return Markup(DOI.sub(r'<a href="https://doi.org/\1">doi:\1</a>', str(escape(text))))


def first_screen(
    results: Path,
    campaign: dict,
    hydrated: list[tuple[str, dict]],
    beside: dict | None,
    why_none: str | None,
) -> dict:
    """Return what the first screen shows: rows of answers, what is not said, level.

    ``why_none`` says why no ion is inside the membrane, if none is.
    """
    cells = [(layout, salt) for salt in campaign["salts"] for layout in campaign["layouts"]]
    found = Results({cell: results / "observables" / cell[0] / cell[1] for cell in cells})
    level = campaign["analysis"]["level"]
    table = key_results_of(found, level)
    twins = {
        (row.layout, row.salt, row.ion): (row.mean_z_twin, row.through_twin)
        for row in (beside["ends"] if beside else ())
    }
    unsaid = answers.unsaid(table, found["trials"])
    if capped := [name for name, wet in hydrated if wet["criterion_met"] is False]:
        unsaid.append(
            f"How wet {' and '.join(capped)} would become: swelling ended at its longest time, "
            "not by its criterion."
        )
    unsaid.append(
        "How much another membrane would differ: all layouts are of one network, and no interval "
        "here holds that."
    )
    if why_none:
        unsaid.insert(0, f"What ions do inside: none is there at the end. {why_none}")
    if ratio := times_the_study(DriveOptions(**campaign["transport"]["drive"])):
        unsaid.insert(
            0,
            f"How ions cross by themselves: a force {ratio:.0f} times that of the study pulls "
            "them, which leaves charges and pores little say.",
        )
    if campaign["stamp"]:
        unsaid.insert(
            0,
            f"Any physics: this campaign is marked {campaign['stamp']}. It shows the way from a "
            "membrane to figures on a system that is smaller, or in runs that are shorter, than "
            "the question asks for.",
        )
    return {
        "answers": answers.answers(table, twins or None),
        "unsaid": unsaid,
        "level": percent(level),
    }


def network_rows(report: dict) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of the quantities of the network's report."""
    return [
        (name, form.format(report[key]), meaning)
        for key, name, form, meaning in NETWORK_ROWS
        if key in report
    ]


def recipe_steps(report: dict) -> list[tuple[str, str]]:
    """Return name and numbers of every step of the network's recipe; none without one.

    >>> recipe_steps({"steps": [{"step": "leach", "clusters_removed": 2, "mass_share": 0.125}]})
    [('leach', 'clusters removed 2, mass share 0.125')]
    """
    return [
        (
            step["step"].replace("_", " "),
            ", ".join(
                f"{name.replace('_', ' ')} {value:.4g}"
                if isinstance(value, float)
                else f"{name.replace('_', ' ')} {value}"
                for name, value in step.items()
                if name != "step" and isinstance(value, int | float | str)
            ),
        )
        for step in report.get("steps", [])
    ]


def swelling(results: Path, campaign: dict) -> PageFigure | None:
    """Return the figure of how the membranes took up water, None where none was swollen."""
    path = results / "hydrated" / "curves.png"
    if campaign["hydration"]["protocol"] == "voids" or not path.exists():
        return None
    return PageFigure("curves", "Swelling", *image_of(path), "")


def free_energies(results: Path, campaign: dict) -> PageFigure | None:
    """Return the figure of free energies along z, None for a campaign without windows."""
    if not campaign.get("umbrella"):
        return None
    return figure(results / "umbrella", FREE_ENERGY_FIGURE)


def runs(results: Path, campaign: dict) -> list[dict]:
    """Return run.json of every trial with its layout, salt and number."""
    return [
        {"layout": layout, "salt": salt, "trial": trial}
        | records.read(results / "transport" / layout / salt / f"trial{trial}" / "run.json")
        for salt in campaign["salts"]
        for layout in campaign["layouts"]
        for trial in range(1, campaign["trials"] + 1)
    ]


def figure(directory: Path, stem: str, salts: Iterable[str] = ()) -> PageFigure:
    """Return a figure's image with the caption that was written into it.

    ``salts`` are those of the campaign, one of which a stem of `figure_stems` may name.
    """
    name, shown = figure_stems(FIGURES, list(salts)).get(stem, (stem, []))
    title, reading = caption_of(name)
    title = title if name == stem else f"{title}: {shown[0]}"
    return PageFigure(stem, title, *image_of(directory / f"{stem}.png"), reading)


def image_of(path: Path) -> tuple[str, str]:
    """Return an image as data of a page, and the caption that was written into it."""
    with Image.open(path) as image:
        caption = image.text.get("Description", "")
    return f"data:image/png;base64,{base64.b64encode(path.read_bytes()).decode()}", caption


def caption_of(name: str) -> tuple[str, str]:
    """Return title and HTML of workflow/report/<figure>.rst, which says how to read a figure."""
    text = (CAPTIONS / f"{name}.rst").read_text(encoding="utf-8")
    parts = publish_parts(text, writer="html5", settings_overrides={"_disable_config": True})
    return parts["title"], parts["fragment"]


def tables(results: Path, campaign: dict) -> list[tuple[str, str, list[str]]]:
    """Return layout, salt and the names of their tables."""
    return [
        (layout, salt, sorted(path.stem for path in directory.glob("*.csv")))
        for salt in campaign["salts"]
        for layout in campaign["layouts"]
        for directory in [results / "observables" / layout / salt]
    ]


def definitions(results: Path, campaign: dict) -> dict[str, str]:
    """Return the definitions that the tables use, by name."""
    collected: dict[str, str] = {}
    for layout, salt, names in tables(results, campaign):
        for name in names:
            collected |= records.read(results / "observables" / layout / salt / f"{name}.json")[
                "definitions"
            ]
    return dict(sorted(collected.items()))
