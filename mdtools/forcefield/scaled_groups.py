"""Charged groups of membranes whose charges are scaled as those of the ions around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .templates import Template, templates

if TYPE_CHECKING:
    from openmm.app import ForceField


def scale_groups(field: ForceField, scale: float) -> None:
    """Give the charged templates of a force field the net charge that scaled ions neutralise.

    The charges of a group's atoms are multiplied by one factor, such that the template sums to its
    charge less (1 - scale) of its formal charge; all others stay, and so does what an amide bond
    takes and leaves.
    """
    for name, template in templates().items():
        if not template.formal_charge:
            continue
        atoms = set(group_atoms(template))
        charges = {atom: charge for atom, _, _, charge in template.atoms if atom in atoms}
        lost = (1 - scale) * template.formal_charge
        factor = 1 - lost / sum(charges.values())
        for atom in field._templates[name].atoms:
            if atom.name in charges:
                atom.parameters["charge"] = factor * charges[atom.name]


def group_atoms(template: Template) -> Iterator[str]:
    """Give the atoms of a template's charged groups.

    Of an amine, N of four neighbours with them and their hydrogens; of a carboxylate, C with two
    oxygens of one neighbour, and the atom that it hangs on.
    """
    element = {name: symbol for name, symbol, *_ in template.atoms}
    near: dict[str, list[str]] = {name: [] for name in element}
    for one, other in template.bonds:
        near[one].append(other)
        near[other].append(one)
    for name, others in near.items():
        bare = [other for other in others if element[other] == "O" and len(near[other]) == 1]
        if element[name] == "N" and len(others) == 4:
            yield name
            for other in others:
                yield other
                yield from (far for far in near[other] if element[far] == "H")
        elif element[name] == "C" and len(bare) == 2:
            yield from (name, *others)
