"""Where the feed ions are at the end of a campaign's runs, and why none is inside if so."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.results import read_table
from mdtools.cells.restraints import WALL_FROM_FACE_NM
from mdtools.constants import GAS_CONSTANT, PS_PER_NS
from mdtools.ions import CHARGE_SCALES
from mdtools.options import DriveOptions
from mdtools.roles import charge
from mdtools.systems.drives import force_along_z

DIFFUSIVITY_NM2_NS = {
    "Li+": 1.029,
    "Na+": 1.334,
    "K+": 1.957,
    "Mg2+": 0.706,
    "Ca2+": 0.792,
    "Cl-": 2.032,
    "NO3-": 1.902,
    "SO4--": 1.065,
}
"""Of ions in water at 25 degrees C and infinite dilution, 1e-9 m2/s (CRC Handbook of Chemistry and
Physics, ionic conductivity and diffusion at infinite dilution)."""


@dataclass(frozen=True)
class Entered:
    """Feed ions of one species beyond the faces at the end, over all trials."""

    layout: str
    salt: str
    species: str
    inside: int
    through: int
    of: int


def entered(results: Path, campaign: dict) -> list[Entered]:
    """Count the feed ions inside the membrane and beyond it at the end of the runs."""
    rows = []
    for (layout, salt), table in _permeation(results, campaign).items():
        table = table[(table["definition"] == "at time") & (table["trial"] == "all")]
        table = table[table["time_ns"] == table["time_ns"].max()]
        for species, part in table.groupby("species"):
            beyond = part.set_index("line")["count"]
            through = int(beyond["permeate face"])
            inside = int(beyond["feed face"]) - through
            rows.append(Entered(layout, salt, species, inside, through, int(part["n"].iloc[0])))
    return rows


def end_ns(results: Path, campaign: dict) -> float:
    """Return the time in ns at which `entered` counts: the last one that every table has."""
    tables = _permeation(results, campaign)
    return float(min(table["time_ns"].max() for table in tables.values()))


def _permeation(results: Path, campaign: dict) -> dict[tuple[str, str], pd.DataFrame]:
    """Read the table of each layout and salt, in the order of the page."""
    return {
        (layout, salt): read_table(results / "observables" / layout / salt / "permeation.csv")
        for salt in campaign["salts"]
        for layout in campaign["layouts"]
    }


def why_none(campaign: dict, time_ns: float) -> str:
    """Say how far drive and diffusion take an ion in a time, beside where it starts."""
    transport = campaign["transport"]
    drive = DriveOptions(**transport["drive"])
    species = {ion for salt in campaign["salts"].values() for ion in salt["ions"]}
    known = {ion: D for ion, D in DIFFUSIVITY_NM2_NS.items() if ion in species}
    kT = GAS_CONSTANT * transport["temperature_K"]
    scale = CHARGE_SCALES.get(campaign["nonbonded"]["ion_set"], 1.0)
    drift = max(
        abs(force_along_z(charge(ion), drive, scale)) / kT * D * time_ns for ion, D in known.items()
    )
    spread = max((2 * D * time_ns) ** 0.5 for D in known.values())
    start = (
        f"behind a wall up to {WALL_FROM_FACE_NM:g} nm before the membrane's face"
        if campaign["cell"]["feed_ions"] == "per trial"
        else "anywhere in the feed"
    )
    ending = (
        "runs this short end before ions reach the membrane's inside"
        if drift + spread < WALL_FROM_FACE_NM
        else "in free water the time would suffice, so the membrane or its charges keep them out, "
        "or they are still on their way through the feed"
    )
    return (
        f"Feed ions start {start}. In {time_ns * PS_PER_NS:g} ps, the drive moves an ion in free "
        f"water by {drift:.2g} nm (F D t / kT) and diffusion spreads it by {spread:.2g} nm (the "
        f"root of 2 D t): {ending}."
    )
