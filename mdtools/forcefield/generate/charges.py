"""Template charges with exact sums, from AM1-BCC charges of capped models.

Per template: mean over conformers, mean over symmetry-equivalent atoms, caps dropped, then a
small shift near each amide so that the acyl side of the bond carries +d and the amine side
-d beyond the formal charge. With one d for all
templates every network has its integer formal charge, whatever its connectivity. The arithmetic
is on fractions, so that the result does not hang on the last bit of a mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor, sqrt
from statistics import fmean

from ..states import AMINES, ARMS, TRANSFER_CHARGE, template_name
from .graphs import Graph, all_states, capped, is_cap, residue, symmetry_classes

MICRO = 1_000_000
"""Charges are integers in units of 1e-6 e."""

SIDE = {kind: -1 if kind in AMINES else +1 for kind in ARMS}
"""Sign of the transfer charge on each side of an amide bond."""

FITTED = ("PIP", "TMC")
"""Residue kinds whose surplus sets the transfer charge."""


@dataclass(frozen=True)
class Shift:
    """The unshifted and final charges (e) of one template, by atom name."""

    raw: dict[str, float]
    final: dict[str, float]

    @property
    def rms(self) -> float:
        """Root mean square change per atom in e."""
        return sqrt(fmean((self.final[n] - q) ** 2 for n, q in self.raw.items()))


def averaged(graph: Graph, entry: dict) -> dict[str, Fraction]:
    """Average each atom's charge (e) in a capped model over conformers and equivalent atoms."""
    runs = [_by_class(graph, entry, run) for run in entry["conformers"]]
    return {name: _mean([run[name] for run in runs]) for name in entry["atoms"]}


def rotamer_spread(graph: Graph, entry: dict) -> float:
    """Find the largest half range (e) over conformers of a residue atom, after symmetry."""
    runs = [_by_class(graph, entry, run) for run in entry["conformers"]]
    values = [[run[name] for run in runs] for name in entry["atoms"] if not is_cap(name)]
    return float(max((max(v) - min(v)) / 2 for v in values))


def arm_surpluses(document: dict) -> dict[str, float]:
    """Compute the charge (e) beyond the formal one per amide arm of each residue, unshifted."""
    surplus = {}
    for kind, states in all_states():
        core, name = residue(kind, states), template_name(kind, states)
        if core.external:
            charges = averaged(capped(kind, states), document["models"][name])
            total = sum(charges[a.name] for a in core.atoms)
            surplus[name] = float(SIDE[kind] * (total - core.formal_charge) / len(core.external))
    return surplus


def fitted_transfer_charge(document: dict) -> float:
    """Fit the d (e) that shifts both sides equally: the midpoint of the two sides' means.

    Templates without ions count. A bare ion in vacuum draws 0.04-0.14 e more through the amide
    bond out of the cap, which its surroundings in a wet membrane would screen.
    """
    surplus = arm_surpluses(document)
    neutral = {n: q for n, q in surplus.items() if not document["models"][n]["charge"]}
    return fmean(fmean(q for n, q in neutral.items() if n.startswith(kind)) for kind in FITTED)


def shifted(kind: str, states: tuple[str, ...], document: dict) -> Shift:
    """Shift the charges of one template to the exact sum of formal charge + side * n_amide * d."""
    core = residue(kind, states)
    charges = averaged(capped(kind, states), document["models"][template_name(kind, states)])
    raw = {a.name: charges[a.name] for a in core.atoms}
    target = core.formal_charge + SIDE[kind] * len(core.external) * _exact(TRANSFER_CHARGE)
    zone = amide_zone(core)
    step = (target - sum(raw.values())) / len(zone)
    final = _rounded({n: q + step * zone.count(n) for n, q in raw.items()}, int(target * MICRO))
    return Shift({n: float(q) for n, q in raw.items()}, final)


def amide_zone(core: Graph) -> list[str]:
    """Select the atoms that share the shift: amide atoms and neighbours, so that dipoles stay.

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
    """Average the charges of one conformer over symmetry-equivalent atoms."""
    charges = dict(zip(entry["atoms"], map(_exact, run["charges"]), strict=True))
    classes = symmetry_classes(graph)
    members: dict[int, list[Fraction]] = {}
    for name, charge in charges.items():
        members.setdefault(classes[name], []).append(charge)
    mean = {number: _mean(values) for number, values in members.items()}
    return {name: mean[classes[name]] for name in charges}


def _rounded(charges: dict[str, Fraction], total: int) -> dict[str, float]:
    """Round to 1e-6 e so that the sum is `total` micro-charges (largest remainders first)."""
    micro = {n: floor(q * MICRO) for n, q in charges.items()}
    missing = total - sum(micro.values())
    by_remainder = sorted(charges, key=lambda n: micro[n] - charges[n] * MICRO)
    for name in by_remainder[:missing]:
        micro[name] += 1
    return {n: q / MICRO for n, q in micro.items()}
