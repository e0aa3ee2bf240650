"""Sites of a network: its neutral arms that can become charged groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from membranes.networks.network import Network
    from membranes.networks.structure import Arm

NEUTRAL_STATE = {"NH2+": "NH", "COO-": "COOH"}
"""State from which each kind of charged group is made."""
SITE_NAMES = {"NH2+": "free amine", "COO-": "carboxylic acid"}


def sites(network: Network, kind: str) -> tuple[list[Arm], np.ndarray]:
    """Return the neutral arms that can become groups of a kind, and the z (nm) of their centres."""
    arms = network.arms_in(NEUTRAL_STATE[kind])
    return arms, np.array([network.positions[network.centre(arm), 2] for arm in arms])


def site_counts(network: Network) -> dict[str, int]:
    """Return the number of sites of a network for each kind of group."""
    return {kind: len(network.arms_in(state)) for kind, state in NEUTRAL_STATE.items()}
