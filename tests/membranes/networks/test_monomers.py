"""Monomers and arm states against the force field's templates."""

from itertools import combinations_with_replacement

import numpy as np
import pytest

from mdtools.forcefield import STATES, template_name, templates
from membranes.networks.monomers import MONOMERS, element, geometry, state_atoms, state_bonds

EVERY_RESIDUE = [
    (kind, states)
    for kind, monomer in MONOMERS.items()
    for states in combinations_with_replacement(STATES[kind], len(monomer.centres))
]


def skeleton(kind, states):
    """Names and bonds of a residue in the given arm states, from the monomer and the states."""
    monomer = MONOMERS[kind]
    names, _, bonds = geometry(kind)
    leaving = {atom for c in monomer.centres for atom in state_atoms(c, monomer.packed_state)}
    names = {name for name in names if name not in leaving}
    bonds = {frozenset(bond) for bond in bonds if not leaving.intersection(bond)}
    for centre, state in zip(monomer.centres, states, strict=True):
        names.update(state_atoms(centre, state))
        bonds.update(map(frozenset, state_bonds(centre, state)))
    return names, bonds


@pytest.mark.parametrize(("kind", "states"), EVERY_RESIDUE)
def test_every_arm_state_has_the_atoms_and_bonds_of_its_template(kind, states):
    template = templates()[template_name(kind, states)]
    names, bonds = skeleton(kind, states)
    assert names == {atom[0] for atom in template.atoms}
    assert bonds == {frozenset(bond) for bond in template.bonds}


def test_there_are_six_piperazine_and_twenty_trimesoyl_residues():
    kinds = [kind for kind, _ in EVERY_RESIDUE]
    assert (kinds.count("PIP"), kinds.count("TMC")) == (6, 20)


@pytest.mark.parametrize("kind", MONOMERS)
def test_geometry_has_sensible_bond_lengths(kind):
    names, positions, bonds = geometry(kind)
    at = dict(zip(names, positions, strict=True))
    for a, b in bonds:
        length = np.linalg.norm(at[a] - at[b])
        if "H" in (element(a), element(b)):
            assert 0.095 < length < 0.115
        elif "Cl" in (element(a), element(b)):
            assert 0.17 < length < 0.185
        else:
            assert 0.115 < length < 0.158
