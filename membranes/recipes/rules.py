"""Which sites may react: amines that are protonated may not, acyl chlorides by their height.

Height is 0 at the aqueous face of the film, at large z, and 1 at the organic face, from where the
acyl chloride comes. A protonated amine keeps its chloride beside it and is, to the dynamics, the
neutral amine: in n-hexane and at its interface the two stay a pair.

Numbers of sites are the rounded expectations and only their places are drawn, as a film of tens of
sites has no room for the scatter of independent draws.
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
    """Draw the acyl chlorides that take no part in a reaction, in each zone its share of them.

    They are drawn once, so that the film that forms does not depend on how often pairs are looked
    for.
    """
    arms = network.arms_in("COCl")
    if not zones or not arms:
        return frozenset()
    zone_of = np.searchsorted([zone.up_to for zone in zones], heights(network, arms))
    closed: set[Arm] = set()
    for number, zone in enumerate(zones):
        inside = np.flatnonzero(zone_of == number)
        count = round((1 - zone.probability) * len(inside))
        closed.update(arms[row] for row in generator.choice(inside, count, replace=False))
    return frozenset(closed)


def after_exchange(network: Network, protonated: AbstractSet[Arm], generator) -> frozenset[Arm]:
    """Return the amines that keep their proton where the solution takes protons from the film.

    The dense part of a film forms first, in contact with an excess of free piperazine, which
    takes the protons of amines beside it. Rule: a proton at height h stays with probability h.
    """
    arms = sorted(protonated)
    chances = heights(network, arms)
    return frozenset(arms[row] for row in _weighted(chances, round(chances.sum()), generator))


def _weighted(weights: np.ndarray, count: int, generator) -> list[int]:
    """Draw rows without replacement, in proportion to weights, as many as have one at most."""
    count = min(count, int((weights > 0).sum()))
    if not count:
        return []
    return generator.choice(len(weights), count, replace=False, p=weights / weights.sum()).tolist()


class HydrochloricAcid:
    """Hydrogen chloride that protonates the film: the self-limitation of the reaction.

    Rule: HCl that forms at height h has to pass the share h of the film to the solution and meets
    bases on its way, of which the speciation's ``cation`` are taken. So a share cation * h of it
    stays and protonates the free amine nearest to where it formed; the solution takes the rest.
    At the study's pH 11.6 that is one in a hundred at most, at pH 10.3 one in five.

    Parameters
    ----------
    forms : Speciation
        Of the piperazine solution.
    before : set of Arm
        Amides of earlier steps, whose HCl is accounted for.
    """

    def __init__(self, forms: Speciation, before: AbstractSet[Arm] = frozenset()) -> None:
        self._chance, self._before = forms.cation, before

    def protonates(
        self,
        network: Network,
        reacted: Sequence[Arm],
        taken: AbstractSet[Arm],
        done: int,
        generator,
    ) -> frozenset[Arm]:
        """Return the amines that the HCl of a batch of new amides protonates.

        Parameters
        ----------
        reacted : sequence of Arm
            Amine arms of the new amides.
        taken : set of Arm
            Amines that carry a proton already.
        done : int
            How many of them from HCl.
        """
        found: set[Arm] = set()
        amides = [amide for amide in network.sites_in("amide") if amide not in self._before]
        due = int(self._chance * heights(network, amides).sum() + 0.5) - done
        for row in _weighted(heights(network, reacted), max(due, 0), generator):
            arm = reacted[row]
            free = [amine for amine in network.arms_in("NH") if amine not in (taken | found)]
            if free:
                atoms = np.array([network.centre(amine) for amine in free])
                gaps = network.distances(network.centre(arm), atoms)
                found.add(free[int(np.argmin(gaps))])
        return frozenset(found)
