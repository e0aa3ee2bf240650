"""From AM1-BCC charges of capped models to template charges with exact sums.

Per template: mean over conformers, mean over symmetry-equivalent atoms, caps dropped, then a
small shift near each amide so that the acyl side of the bond carries +d and the piperazine side
-d beyond the formal charge. With one d for all
templates every network has its integer formal charge, whatever its connectivity. The arithmetic
is on fractions, so that the result does not hang on the last bit of a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, sqrt
from statistics import fmean

from ..states import TRANSFER_CHARGE, template_name
from .graphs import Graph, all_states, capped, is_cap, residue, symmetry_classes

MICRO = 1_000_000
"""Charges are integers in units of 1e-6 e."""

SIDE = {"PIP": -1, "TMC": +1}
"""Sign of the transfer charge on each side of an amide bond."""


@dataclass(frozen=True)
class Shift:
    """Unshifted and final charges (e) of one template, by atom name."""

    raw: dict[str, float]
    final: dict[str, float]

    @property
    def rms(self) -> float:
        """Root mean square change per atom in e."""
        return sqrt(fmean((self.final[n] - q) ** 2 for n, q in self.raw.items()))


def averaged(graph: Graph, entry: dict) -> dict[str, Fraction]:
    """Mean charge (e) of each atom of a capped model over conformers and equivalent atoms."""
    runs = [_by_class(graph, entry, run) for run in entry["conformers"]]
    return {name: _mean([run[name] for run in runs]) for name in entry["atoms"]}


def rotamer_spread(graph: Graph, entry: dict) -> float:
    """Largest half range over conformers of any residue atom's charge (e), after symmetry."""
    runs = [_by_class(graph, entry, run) for run in entry["conformers"]]
    values = [[run[name] for run in runs] for name in entry["atoms"] if not is_cap(name)]
    return float(max((max(v) - min(v)) / 2 for v in values))


def arm_surpluses(document: dict) -> dict[str, float]:
    """Charge (e) beyond the formal one that each amide arm leaves on its residue, unshifted."""
    surplus = {}
    for kind, states in all_states():
        core, name = residue(kind, states), template_name(kind, states)
        if core.external:
            charges = averaged(capped(kind, states), document["models"][name])
            total = sum(charges[a.name] for a in core.atoms)
            surplus[name] = float(SIDE[kind] * (total - core.formal_charge) / len(core.external))
    return surplus


def fitted_transfer_charge(document: dict) -> float:
    """The d (e) that asks for equal shifts of both sides: midpoint of the two sides' means.

    Templates without ions count. A bare ion in vacuum draws 0.04-0.14 e more through the amide
    bond out of the cap, which its surroundings in a wet membrane would screen.
    """
    surplus = arm_surpluses(document)
    neutral = {n: q for n, q in surplus.items() if not document["models"][n]["charge"]}
    return fmean(fmean(q for n, q in neutral.items() if n.startswith(kind)) for kind in SIDE)


def shifted(kind: str, states: tuple[str, ...], document: dict) -> Shift:
    """Charges of one template that sum exactly to formal charge + side * n_amide * d."""
    core = residue(kind, states)
    charges = averaged(capped(kind, states), document["models"][template_name(kind, states)])
    raw = {a.name: charges[a.name] for a in core.atoms}
    target = core.formal_charge + SIDE[kind] * len(core.external) * _exact(TRANSFER_CHARGE)
    zone = amide_zone(core)
    step = (target - sum(raw.values())) / len(zone)
    final = _rounded({n: q + step * zone.count(n) for n, q in raw.items()}, int(target * MICRO))
    return Shift({n: float(q) for n, q in raw.items()}, final)


def amide_zone(core: Graph) -> list[str]:
    """Atoms that share the shift: each amide atom and its neighbours, so that dipoles stay.

    In a charged residue all atoms share it: most of the shift takes back what the bare ion drew
    in from the caps, and that sits everywhere.
    """
    near = core.neighbours()
    zone = [n for site in core.external for n in (site, *near[site])]
    return zone if zone and not core.formal_charge else [a.name for a in core.atoms]


def _exact(charge: float) -> Fraction:
    return Fraction(round(charge * MICRO), MICRO)


def _mean(charges: list[Fraction]) -> Fraction:
    return sum(charges, Fraction(0)) / len(charges)


def _by_class(graph: Graph, entry: dict, run: dict) -> dict[str, Fraction]:
    """Charges of one conformer, averaged over symmetry-equivalent atoms."""
    charges = dict(zip(entry["atoms"], map(_exact, run["charges"]), strict=True))
    classes = symmetry_classes(graph)
    members: dict[int, list[Fraction]] = {}
    for name, charge in charges.items():
        members.setdefault(classes[name], []).append(charge)
    mean = {number: _mean(values) for number, values in members.items()}
    return {name: mean[classes[name]] for name in charges}


def _rounded(charges: dict[str, Fraction], total: int) -> dict[str, float]:
    """Round to 1e-6 e so that the sum is `total` micro-charges (largest remainders first)."""
    whole = {n: floor(q * MICRO) for n, q in charges.items()}
    missing = total - sum(whole.values())
    by_remainder = sorted(charges, key=lambda n: whole[n] - charges[n] * MICRO)
    for name in by_remainder[:missing]:
        whole[name] += 1
    return {n: q / MICRO for n, q in whole.items()}
