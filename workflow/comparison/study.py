"""The published campaign beside continuum theory: layouts placed, twins solved, figures drawn."""

from importlib.metadata import version
from pathlib import Path

from analysis.comparison.parameters.fitted_charge import EFFECTIVE_FRACTION
from analysis.comparison.study import published
from analysis.comparison.study.cells import Placement, swollen
from analysis.comparison.study.compare import StudyComparison, compare_study
from mdtools.roles import GROUP_CHARGE_E
from membranes import library
from membranes.layouts.place import lay_out
from membranes.layouts.plans import LAYOUTS
from membranes.networks.profile import dense_region
from workflow.comparison.files import FIGURES

NETWORK = "pip-tmc-2020"
PLACEMENTS = 3
DRAWN = {
    "study_counts": (
        "study pore, nominal charge",
        "NF270 pore, nominal charge",
        "NF270 pore, effective charge",
    ),
    "study_mean_z": ("study pore, nominal charge", "NF270 pore, nominal charge"),
}
"""Variants in each figure."""


def placed(placements: int = PLACEMENTS) -> dict[str, tuple[Placement, ...]]:
    """Place every layout of the study on the ready network, once for each seed from 0 on."""
    network = library.load(NETWORK)
    dense = dense_region(network)
    found = {}
    for layout in LAYOUTS:
        tables = [lay_out(network, layout, seed=seed).groups for seed in range(placements)]
        found[layout] = tuple(
            Placement(
                swollen(groups["z_nm"].to_numpy(dtype=float), dense),
                groups["kind"].map(GROUP_CHARGE_E).to_numpy(dtype=float),
            )
            for groups in tables
        )
    return found


def compare(processes: int = 1, placements: int = PLACEMENTS) -> StudyComparison:
    """Hold the study's statements to twins of its eight layouts and two salts.

    Parameters
    ----------
    processes : int
        Side by side.
    placements : int
        Of each layout; what differs among them is what the name of a layout leaves open.
    """
    found = compare_study(placed(placements), processes=processes)
    found.assumptions["made by"] = {
        "package": f"polyamide-transport {version('polyamide-transport')}",
        "network": NETWORK,
        "seeds of placements": list(range(placements)),
    }
    return found


def write(directory: Path, processes: int = 1, placements: int = PLACEMENTS) -> list[Path]:
    """Write tables, assumptions and figures, the latter as .png, .pdf and .csv; returns the files.

    Tables are <name>.csv in ``tables``, with assumptions.json beside it.
    """
    found = compare(processes, placements)
    return [*found.write(Path(directory) / "tables"), *draw(found, Path(directory))]


def draw(found: StudyComparison, directory: Path) -> list[Path]:
    """Draw the figures of a comparison; returns the files."""
    from analysis.figures.comparison.permeation_against_ph import permeation_against_ph
    from analysis.figures.comparison.study_counts import study_counts
    from analysis.figures.comparison.study_mean_z import study_mean_z
    from analysis.figures.continuum import draw as drawn
    from analysis.figures.continuum import save_all

    tables = found.tables
    steady = tables["steady"]
    rows = {
        name: tables["counts" if name == "study_counts" else "mean_z"].query("variant in @variants")
        for name, variants in DRAWN.items()
    }
    sheets = {
        "study_counts": drawn(study_counts, rows["study_counts"]),
        "study_mean_z": drawn(
            study_mean_z, rows["study_mean_z"], published.places(), published.counts()
        ),
        "permeation_against_ph": drawn(
            permeation_against_ph,
            steady[steady["charge_fraction"] == EFFECTIVE_FRACTION],
            published.counts(),
            tables["charge"],
            published.cautions()["caution"].tolist()[:3],
        ),
    }
    files = []
    for name in FIGURES:
        files += save_all(sheets[name], Path(directory) / name)
    return files
