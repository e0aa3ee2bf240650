"""Report of a hydration: what came out, how it ended, and what was taken for granted."""

import numpy as np

from mdtools.cells.water_tiling import overlapping, tile
from mdtools.ions import CATION, counter_ions
from mdtools.options import HydrationOptions
from mdtools.polymer import Polymer
from mdtools.slab import mass_faces
from mdtools.swelling.criterion import AVERAGED
from mdtools.swelling.measures import DEFINITIONS, Slab
from mdtools.swelling.outcome import Hydrated
from mdtools.swelling.schedule import first_pressure


def fill_voids(polymer: Polymer) -> np.ndarray:
    """Return the waters (W, 4, 3) in nm that fit into a network's voids between its faces."""
    slab = Slab(polymer)
    low, high = mass_faces(polymer.positions[:, 2], slab.mass_Da)
    water = tile(polymer.box_nm, low, high)
    hydrogen = (polymer.atoms["element"] == "H").to_numpy()
    return water[~overlapping(water, polymer.positions, hydrogen, polymer.box_nm)]


def voids_report(polymer: Polymer, waters: np.ndarray) -> dict:
    """Report a network that was not swollen, with the water that fits into its voids."""
    return {
        "protocol": "voids",
        **Slab(polymer).measure(polymer.positions, waters[:, 0, 2]),
        "blocks": [],
        "criterion_met": None,
        "definitions": DEFINITIONS,
        "assumptions": [
            "the network was not swollen: water fills the voids of the dry network, and what more "
            "it would take up in nanoseconds or longer it does not have"
        ],
    }


def hydration_report(hydrated: Hydrated, options: HydrationOptions, charge: int) -> dict:
    """Report a swollen network: the means of its last block with their intervals, and the rest.

    Parameters
    ----------
    charge : int
        Of the network, in e.
    """
    blocks = hydrated.facts["blocks"]
    last = blocks[-1]
    return {
        "protocol": options.protocol,
        **{key: value for key, value in last.items() if key.startswith(AVERAGED)},
        **hydrated.facts,
        "duration_ps": last["time_ps"],
        "tolerance_percent": options.tolerance_percent,
        "definitions": DEFINITIONS,
        "assumptions": _assumptions(options, hydrated, charge),
    }


def _assumptions(options: HydrationOptions, hydrated: Hydrated, charge: int) -> list[str]:
    facts = hydrated.facts
    ions = ", ".join(f"{n} {name}" for name, n in counter_ions(charge, CATION).items()) or "none"
    cycle = ", ".join(
        f"to {stage.temperature_K:g} K in {stage.duration_ps:g} ps at {stage.pressure_MPa:g} MPa"
        for stage in options.cycle
    )
    return [
        _opening(options, facts),
        "the published text says nothing of how its membrane was hydrated",
        f"{_filling(options)}; temperature cycle: {cycle or 'none'}; then "
        f"{options.temperature_K:g} K and {options.pressure_MPa:g} MPa",
        *_engine(options, facts),
        f"counter-ions while it swells: {ions}, half in each reservoir at first; the salt's own "
        "take their place in the cells",
        *([] if options.hydrogens == "rigid" else ["hydrogens of three times their mass"]),
        _ending(options, facts),
    ]


def _filling(options: HydrationOptions) -> str:
    first = f"{first_pressure(options):g} MPa"
    if options.engine == "GROMACS":
        opening = options.refill_ps[-1] if options.refill_ps else 0
        return f"voids filled at first and from the reservoir, in {opening:g} ps at {first}"
    refills = ", ".join(f"{time:g}" for time in options.refill_ps)
    return f"voids filled at first and after {refills or 'no other'} ps, up to then at {first}"


def _engine(options: HydrationOptions, facts: dict) -> list[str]:
    if options.engine == "OpenMM":
        return ["area fixed, as of a film on a support; only the mean z of the membrane is held"]
    return [
        f"dynamics by {facts['engine']}, in mixed precision with its own lattice sum and pair list",
        "area fixed, as of a film on a support; one layer of water between the slab and its image "
        "along z stands for both reservoirs, and a barostat along z for the pistons",
    ]


def _opening(options: HydrationOptions, facts: dict) -> str:
    if options.stretch == 1:
        return "the dry network was not opened before water was put into its voids"
    opened = facts["expanded_thickness_nm"] / facts["dry_thickness_nm"]
    return (
        f"the dry network was opened {opened:.2f} fold along z by dynamics without attraction, "
        f"{options.expansion_ps:g} ps at {options.expansion_K:g} K, before water was put into its "
        "voids"
    )


def _ending(options: HydrationOptions, facts: dict) -> str:
    blocks = len(facts["blocks"])
    change = facts["change_percent"]
    told = f"waters by {change['waters']:.1f} %, thickness by {change['thickness_nm']:.1f} %"
    if facts["criterion_met"]:
        return (
            f"swelling ended by its criterion: the last two of {blocks} blocks of "
            f"{options.block_ps:g} ps differ by at most {options.tolerance_percent:g} % ({told}); "
            "slower swelling is not excluded by that"
        )
    return (
        f"swelling ended at its cap of {options.cap_ps:g} ps and NOT by its criterion: the last "
        f"two blocks differ by more than {options.tolerance_percent:g} % ({told}); raise "
        "hydration.cap_ps to go on from the state on disk"
    )
