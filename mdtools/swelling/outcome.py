"""Outcome of a hydration by either engine: what it returns, and what it refuses to return."""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mdtools.errors import PhysicsError
from mdtools.options import HydrationOptions, NonbondedOptions
from mdtools.polymer import Polymer
from mdtools.swelling import criterion
from mdtools.swelling.measures import Slab
from mdtools.swelling.wet_slab import Parts

DENSEST_G_CM3 = 1.4
"""Of a network; more than any amorphous polyamide has: it was crushed."""
THINNEST_RESERVOIR_NM = 0.5
LOOSE_SHARE = 0.05
"""Of the network's mass; if pieces of more have left the slab, it has fallen apart."""
ENDING = ("cap_ps", "tolerance_percent")
"""Options that decide when a hydration ends, not what it does until then."""


@dataclass(frozen=True)
class Hydrated:
    """A network in the shape that it takes up in water.

    Attributes
    ----------
    positions : (N, 3) array
        Of the network, nm; its centre of mass at z = 0.
    waters : (W, 4, 3) array
        Between its faces, nm; O, H, H, M.
    curve : DataFrame
        A row for each sample: ``time_ps``, ``stage``, ``block``, ``temperature_K`` (of the
        thermostat), ``pressure_MPa``, ``thickness_nm``, ``waters``, ``water_percent``,
        ``density_g_cm3``; with pistons ``feed_piston_nm``, ``permeate_piston_nm`` (sheet to
        face), without ``reservoir_nm`` (face to face through the water).
    facts : dict
        Of the expansion, of the criterion, and of pieces that have left.
    """

    positions: np.ndarray
    waters: np.ndarray
    curve: pd.DataFrame
    facts: dict


def hydrated(
    measures: Slab, parts: Parts, facts: dict, blocks: list[dict], options: HydrationOptions
) -> Hydrated:
    """Return the network and the waters between its faces at the end.

    ``facts`` hold the ``rows`` of the curve beside what the report needs.
    """
    centre = np.average(parts.membrane[:, 2], weights=measures.mass_Da)
    shift = np.array([0.0, 0.0, centre])
    membrane = parts.membrane - shift
    # Before the shift, which moves the bins that faces are found in.
    inside = measures.between_faces(parts.membrane, parts.waters[:, 0, 2])
    kept = {key: value for key, value in facts.items() if key != "rows"}
    kept |= {
        "blocks": blocks,
        "criterion_met": criterion.met(blocks, options),
        "change_percent": criterion.change_percent(blocks),
        "pieces_gone": [
            {"residues": name, "mass_share": share}
            for name, share in measures.pieces_gone(membrane)
        ],
    }
    curve = pd.DataFrame(facts["rows"])
    return Hydrated(membrane, parts.waters[inside] - shift, curve, kept)


def told(row: dict) -> str:
    """Say where a hydration is, for its log, from a row of its curve."""
    return (
        f"{row['time_ps']:g} ps ({row['stage']}): {row['waters']:g} waters, "
        f"{row['thickness_nm']:.3f} nm, {row['density_g_cm3']:.3f} g/cm3"
    )


def check_density(last: dict) -> None:
    """Raise PhysicsError for the row of a slab that was crushed."""
    if last["density_g_cm3"] > DENSEST_G_CM3:
        raise PhysicsError(
            f"the slab is crushed: {last['density_g_cm3']:.2f} g/cm3 and "
            f"{last['thickness_nm']:.2f} nm thick at {last['pressure_MPa']:g} MPa; lower the "
            "pressure of hydration.cycle or hydration.pressure_MPa"
        )


def check_reservoir(name: str, width_nm: float) -> None:
    """Raise PhysicsError for a reservoir that the slab has taken up."""
    if width_nm < THINNEST_RESERVOIR_NM:
        raise PhysicsError(
            f"the slab has taken up {name}: what ends it lies {width_nm:.2f} nm from the "
            "membrane; raise hydration.waters_per_reservoir"
        )


def check_pieces(measures: Slab, membrane: np.ndarray) -> None:
    """Raise PhysicsError for a network, positions (N, 3), that has fallen apart."""
    gone = measures.pieces_gone(membrane)
    share = sum(part for _, part in gone)
    if share > LOOSE_SHARE:
        raise PhysicsError(
            f"the network falls apart as it swells: {100 * share:.0f} % of its mass has left "
            f"the slab, in pieces that no bond joins to it: "
            f"{'; '.join(name for name, _ in gone)}"
        )


def key_of(
    polymer: Polymer,
    options: HydrationOptions,
    nonbonded: NonbondedOptions,
    waters_per_reservoir: int,
    seed: int,
) -> dict:
    """All that the state of a hydration depends on, as plain data."""
    places = np.round(polymer.positions, 6).tolist()
    return {
        "options": options.model_dump(mode="json", exclude=_left_out(options)),
        "nonbonded": nonbonded.model_dump(mode="json"),
        "waters_per_reservoir": waters_per_reservoir,
        "seed": seed,
        "templates": polymer.residues["template"].tolist(),
        "places": json.dumps(places),
    }


def _left_out(options: HydrationOptions) -> set[str]:
    # States from before there was a choice of engines are those of OpenMM.
    return {*ENDING, "engine"} if options.engine == "OpenMM" else set(ENDING)
