"""Shapes of minimised molecules in vacuum."""

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools.forcefield.generate.models import dihedral, is_chair

PIPERAZINE = ("N1", "C2", "C3", "N4", "C5", "C6")


@pytest.fixture(scope="module")
def minimised(oligomers, geometries, build, force_field, context_of):
    """Positions (angstrom) of a minimised oligomer by (residue, atom name), and its links."""

    def make(name):
        topology, chosen = build(oligomers[name]["residues"], oligomers[name]["links"])
        context = context_of(force_field.createSystem(topology, residueTemplates=chosen))
        context.setPositions(geometries[name][0] * 0.1)
        openmm.LocalEnergyMinimizer.minimize(context, 0.01, 0)
        positions = context.getState(getPositions=True).getPositions(asNumpy=True)
        xyz = positions.value_in_unit(unit.angstrom)
        at = {(a.residue.index, a.name): xyz[a.index] for a in topology.atoms()}
        return at, oligomers[name]

    return make


AMIDES = ("pip_nh_amide", "pip_nh2p_amide", "pip_amide_amide", "tmc_cocl_amide_coom")
AMIDES += ("tmc_amide_amide_cooh", "tmc_amide_amide_amide")


def amide(at, link):
    """Acyl carbon, oxygen, ring carbon, nitrogen and its two carbons of an amide bond."""
    sides = (link[:2], link[2:])
    (i, carbon), (j, nitrogen) = sorted(sides, key=lambda s: s[1].startswith("N"))
    ring = {"C7": "C1", "C8": "C3", "C9": "C5"}[carbon]
    alpha = {"N1": ("C2", "C6"), "N4": ("C3", "C5")}[nitrogen]
    names = [(i, carbon), (i, f"O{carbon[1]}"), (i, ring), (j, nitrogen)]
    return [at[n] for n in (*names, (j, alpha[0]), (j, alpha[1]))]


@pytest.mark.parametrize("name", AMIDES)
def test_amide_bond_is_as_long_as_gaff_makes_it(name, minimised):
    """GAFF 1.81 puts r0(c-n) at 1.379 angstrom and the crowded tertiary amide stretches it."""
    at, oligomer = minimised(name)
    for link in oligomer["links"]:
        carbon, _, _, nitrogen, _, _ = amide(at, link)
        assert 1.379 < np.linalg.norm(carbon - nitrogen) < 1.40


@pytest.mark.parametrize("name", AMIDES)
def test_amide_group_keeps_its_plane(name, minimised):
    """Winkler and Dunitz (J. Mol. Biol. 1971, 59, 169): twist, and pyramidality at C and N.

    The carbon is flat. The nitrogen of a benzoylpiperazine is pyramidal in GAFF, whose
    improper on n is only 1.1 kcal/mol; the AMBER topologies give the same.
    """
    at, oligomer = minimised(name)
    for link in oligomer["links"]:
        carbon, oxygen, ring, nitrogen, a, b = amide(at, link)
        if abs(dihedral(oxygen, carbon, nitrogen, a)) > 90.0:
            a, b = b, a
        cis = dihedral(oxygen, carbon, nitrogen, a)
        trans = dihedral(ring, carbon, nitrogen, b)
        at_nitrogen = wrapped(cis - dihedral(oxygen, carbon, nitrogen, b) + 180.0)
        at_carbon = wrapped(cis - dihedral(ring, carbon, nitrogen, a) + 180.0)
        assert abs(at_carbon) < 5.0
        assert abs(cis + trans) / 2 < 25.0
        assert abs(at_nitrogen) < 30.0


def wrapped(degrees):
    return (degrees + 180.0) % 360.0 - 180.0


@pytest.mark.parametrize("name", ["mpd_nh_amide", "mpd_amide_amide"])
def test_anilide_is_flat_and_trans(name, minimised):
    """H opposite to O in one plane; r0(ca-n) is 1.412 and r0(c-n) 1.379 angstrom in GAFF 1.81."""
    at, oligomer = minimised(name)
    for j, nitrogen, i, carbon in oligomer["links"]:
        acyl, number = at[j, nitrogen] - at[i, carbon], nitrogen[1]
        aryl = at[j, nitrogen] - at[j, f"C{number}"]
        assert 1.36 < np.linalg.norm(acyl) < 1.39
        assert np.linalg.norm(aryl) == pytest.approx(1.41, abs=0.02)
        points = (at[i, f"O{carbon[1]}"], at[i, carbon], at[j, nitrogen], at[j, f"H{number}A"])
        assert abs(abs(dihedral(*points)) - 180.0) < 12.0


@pytest.mark.parametrize("name", [*AMIDES, "pip_nh_nh", "pip_nh_nh2p", "pip_nh2p_nh2p"])
def test_piperazine_stays_a_chair(name, minimised):
    at, oligomer = minimised(name)
    rings = [i for i, n in enumerate(oligomer["residues"]) if n.startswith("PIP")]
    assert rings
    for i in rings:
        assert is_chair(np.array([at[i, n] for n in PIPERAZINE]))


@pytest.mark.parametrize("name", ["tmc_coom_coom_coom", "tmc_cocl_cocl_coom", "tmc_cooh_cooh_coom"])
def test_carboxylate_is_symmetric(name, minimised):
    at, _ = minimised(name)
    carbon, first, second = at[0, "C9"], at[0, "O9"], at[0, "O9B"]
    lengths = [np.linalg.norm(o - carbon) for o in (first, second)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-3)
    ring = at[0, "C5"]
    assert abs(dihedral(ring, first, second, carbon)) < 1.0
