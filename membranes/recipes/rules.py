"""Which sites may react: amines that are protonated may not, acyl chlorides by their height.

Height is 0 at the aqueous face of the film, at large z, and 1 at the organic face, from where the
acyl chloride comes. A protonated amine keeps its chloride beside it and is, to the dynamics, the
neutral amine: in n-hexane and at its interface the two stay a pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from membranes.networks.network import Network
from membranes.networks.structure import Arm
from membranes.recipes.options import Zone
from membranes.recipes.speciation import Speciation


def heights(network: Network, arms: Sequence[Arm]) -> np.ndarray:
    """Return the heights (N,), 0 aqueous to 1 organic, of arms of a network between its walls."""
    z = np.array([network.positions[network.centre(arm), 2] for arm in arms])
    return np.clip(1 - z / network.box_nm[2], 0.0, 1.0)


def protonated_amines(network: Network, forms: Speciation, generator) -> frozenset[Arm]:
    """Draw which amines of the packed piperazines carry a proton: as many as the speciation says.

    Of a molecule that is protonated once, either nitrogen may be the one.
    """
    rows = [row for row, kind in enumerate(network.kinds) if kind == "PIP"]
    order = generator.permutation(rows).tolist()
    twice, once = round(forms.twice * len(rows)), round(forms.once * len(rows))
    both = [(row, arm) for row in order[:twice] for arm in (0, 1)]
    one = [(row, int(generator.integers(2))) for row in order[twice : twice + once]]
    return frozenset(both + one)


def closed_acyls(network: Network, zones: Sequence[Zone], generator) -> frozenset[Arm]:
    """Draw the acyl chlorides that take no part in a reaction, each by the zone that it is in.

    One draw for each site, so that the film that forms does not depend on how often pairs are
    looked for.
    """
    arms = network.arms_in("COCl")
    if not zones or not arms:
        return frozenset()
    ends = np.array([zone.up_to for zone in zones])
    chances = np.array([zone.probability for zone in zones])
    probability = chances[np.searchsorted(ends, heights(network, arms))]
    closed = generator.random(len(arms)) >= probability
    return frozenset(arm for arm, shut in zip(arms, closed, strict=True) if shut)


class HydrochloricAcid:
    """Hydrogen chloride that protonates the film: the self-limitation of the reaction.

    Rule: HCl that forms at height h has to pass the share h of the film to the solution and meets
    bases on its way, of which the speciation's ``cation`` are taken. With probability cation * h
    it stays and protonates the free amine nearest to where it formed; else the solution takes it.
    At the study's pH 11.6 that is one in a hundred at most, at pH 10.3 one in five.
    """

    def __init__(self, forms: Speciation) -> None:
        self._chance = forms.cation

    def protonates(
        self, network: Network, reacted: Sequence[Arm], taken: AbstractSet[Arm], generator
    ) -> frozenset[Arm]:
        """Return the amines that the HCl of a batch of new amides protonates.

        Parameters
        ----------
        reacted : sequence of Arm
            Amine arms of the new amides.
        taken : set of Arm
            Amines that carry a proton already.
        """
        found: set[Arm] = set()
        for arm, height in zip(reacted, heights(network, reacted), strict=True):
            if generator.random() >= self._chance * height:
                continue
            free = [amine for amine in network.arms_in("NH") if amine not in (taken | found)]
            if free:
                atoms = np.array([network.centre(amine) for amine in free])
                gaps = network.distances(network.centre(arm), atoms)
                found.add(free[int(np.argmin(gaps))])
        return frozenset(found)
