"""Fixed charge of a film at a pH, along its depth, in the units of the continuum theory."""

from __future__ import annotations

import numpy as np

from analysis.comparison.twins.charges import ChargeProfile
from analysis.comparison.twins.geometry import Geometry
from membranes.layouts.site_densities import (
    AMINE_PKA,
    CARBOXYLATE_PLATEAU_PER_NM2,
    carboxylate_densities,
    ionised,
)
from membranes.networks.network import Network
from membranes.networks.profile import dense_region
from workflow.fabrication.options import ObservationOptions

NM = 1e-9


def ionised_shares(pH: float) -> dict[str, float]:
    """Return the share of carboxyls and of amines that are charged at a pH.

    Those of NF270 by the curves that its titration was fitted with (``membranes.layouts``): a
    carboxyl counts by the mean of its two kinds.

    >>> {kind: round(share, 3) for kind, share in ionised_shares(7.0).items()}
    {'COOH': 0.454, 'NH': 0.996}
    """
    carboxylates = float(sum(carboxylate_densities(pH))) / CARBOXYLATE_PLATEAU_PER_NM2
    return {"COOH": carboxylates, "NH": float(ionised(pH, AMINE_PKA, +1))}


def charge_profile(network: Network, options: ObservationOptions) -> ChargeProfile:
    """Return the fixed charge of a film from its organic face, the feed's, to the aqueous one.

    Every carboxyl and amine counts with the share that is charged at the pH, where its carbon or
    nitrogen is; groups outside the dense region count at its faces.
    """
    low, high = dense_region(network)
    shares = ionised_shares(options.pH)
    arms = network.arms_in(*shares)
    signs = {"COOH": -1.0, "NH": 1.0}
    charges = np.array([signs[network.state(arm)] * shares[network.state(arm)] for arm in arms])
    z = np.array([network.positions[network.centre(arm), 2] for arm in arms])
    beyond = (high - low) / 2
    cell = Geometry(
        (NM * (low - beyond), NM * (high + beyond)),
        (NM * low, NM * high),
        NM**2 * float(np.prod(network.box_nm[:2])),
    )
    return ChargeProfile.of_groups(
        z, charges, cell, width=NM * (high - low) / options.charge_layers
    )
