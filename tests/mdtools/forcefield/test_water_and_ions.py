"""TIP4P, ion sets and graphene against the published numbers."""

from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import openmm
import pytest
from openmm import app, unit

from mdtools import forcefield
from mdtools.ions import SHAPES
from mdtools.roles import charge

KCAL = 4.184


def water(topology, chain):
    residue = topology.addResidue("HOH", chain)
    elements = (app.element.oxygen, app.element.hydrogen, app.element.hydrogen, None)
    atoms = [
        topology.addAtom(n, e, residue)
        for n, e in zip(("O", "H1", "H2", "M"), elements, strict=True)
    ]
    topology.addBond(atoms[0], atoms[1])
    topology.addBond(atoms[0], atoms[2])


@pytest.fixture(scope="module")
def waters(force_field):
    """System of some rigid waters."""

    def make(count):
        topology = app.Topology()
        for _ in range(count):
            water(topology, topology.addChain())
        return force_field.createSystem(topology, rigidWater=True)

    return make


def nonbonded(system):
    return next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))


def settled(context, positions):
    context.setPositions(positions)
    context.applyConstraints(1e-10)
    context.computeVirtualSites()
    state = context.getState(getPositions=True, getEnergy=True)
    return state.getPositions(asNumpy=True).value_in_unit(unit.angstrom), state


START = np.array([[0, 0, 0, 0], [0.1, -0.03, 0, 0], [0, 0.09, 0, 0]]).T


def test_rigid_tip4p_has_its_published_geometry(waters, context_of):
    system = waters(1)
    assert system.getNumConstraints() == 3
    xyz, _ = settled(context_of(system), START)
    o, h1, h2, m = xyz
    assert np.linalg.norm(h1 - o) == pytest.approx(0.9572, abs=1e-6)
    assert np.linalg.norm(h2 - o) == pytest.approx(0.9572, abs=1e-6)
    cosine = (h1 - o) @ (h2 - o) / np.linalg.norm(h1 - o) / np.linalg.norm(h2 - o)
    assert np.degrees(np.arccos(cosine)) == pytest.approx(104.52, abs=1e-4)
    bisector = (h1 + h2) / 2 - o
    assert m - o == pytest.approx(0.15 * bisector / np.linalg.norm(bisector), abs=1e-6)


def test_tip4p_dipole_is_2_18_debye(waters, context_of):
    system = waters(1)
    xyz, _ = settled(context_of(system), START)
    force = nonbonded(system)
    charges = [force.getParticleParameters(i)[0]._value for i in range(4)]
    assert sum(charges) == pytest.approx(0.0, abs=1e-12)
    assert np.linalg.norm(charges @ xyz) * 4.80320 == pytest.approx(2.18, abs=0.005)


def test_tip4p_dimer_has_its_published_minimum(waters, context_of):
    """-6.24 kcal/mol at an O-O distance of 2.75 angstrom (Jorgensen et al. 1983, table)."""
    context = context_of(waters(2))
    donor = START * [1, 1, 1]
    acceptor = np.array([[0.28, -0.03, 0], [0.33, -0.06, 0.08], [0.33, -0.06, -0.08], [0, 0, 0]])
    context.setPositions(np.vstack([donor, acceptor]))
    context.applyConstraints(1e-10)
    context.computeVirtualSites()
    openmm.LocalEnergyMinimizer.minimize(context, 1e-3, 0)
    state = context.getState(getPositions=True, getEnergy=True)
    xyz = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
    energy = state.getPotentialEnergy().value_in_unit(unit.kilocalorie_per_mole)
    assert energy == pytest.approx(-6.24, abs=0.02)
    assert np.linalg.norm(xyz[0] - xyz[4]) == pytest.approx(2.75, abs=0.01)


ATOMS = {
    "Li+": ("LI", "Li"),
    "Na+": ("NA", "Na"),
    "K+": ("K", "K"),
    "Mg2+": ("MG", "Mg"),
    "Ca2+": ("CA", "Ca"),
    "Cl-": ("CL", "Cl"),
}
CHARGE = {"Li+": 1, "Na+": 1, "K+": 1, "Mg2+": 2, "Ca2+": 2, "Cl-": -1}

PUBLISHED = {
    "beglov-roux-1994": {
        "Li+": (1.2975, 0.00233),
        "Na+": (1.36375, 0.0469),
        "Cl-": (2.27, 0.150),
        "Mg2+": (1.185, 0.015),
        "Ca2+": (1.367, 0.120),
        "K+": (1.76375, 0.0870),
    },
    "joung-cheatham-li-merz-tip4pew": {
        "Li+": (0.808, 0.1039884),
        "Na+": (1.226, 0.1684375),
        "K+": (1.590, 0.2794651),
        "Cl-": (2.760, 0.0116615),
        "Mg2+": (1.353, 0.00941798),
        "Ca2+": (1.657, 0.11068733),
    },
}
"""Rmin/2 in angstrom, epsilon in kcal/mol."""


@pytest.mark.parametrize("ion_set", PUBLISHED)
@pytest.mark.parametrize("ion", ATOMS)
def test_ions_have_their_published_well(ion_set, ion, context_of):
    """The ion pair's Lennard-Jones minimum is at Rmin with depth epsilon."""
    topology, chosen = app.Topology(), {}
    atom, symbol = ATOMS[ion]
    for _ in range(2):
        residue = topology.addResidue(atom, topology.addChain())
        topology.addAtom(atom, app.Element.getBySymbol(symbol), residue)
        chosen[residue] = ion
    system = forcefield.load(ion_set).createSystem(topology, residueTemplates=chosen)
    force = nonbonded(system)
    own, sigma, epsilon = force.getParticleParameters(0)
    assert own._value == CHARGE[ion]
    for i in range(2):
        force.setParticleParameters(i, 0.0, sigma, epsilon)
    radius, depth = PUBLISHED[ion_set][ion]
    context = context_of(system)
    context.setPositions([[0, 0, 0], [0.2 * radius, 0, 0]])
    state = context.getState(getEnergy=True, getForces=True)
    assert state.getPotentialEnergy()._value == pytest.approx(-depth * KCAL, rel=1e-8)
    assert state.getForces()[0].x == pytest.approx(0.0, abs=1e-5)


def test_the_second_ion_set_equals_the_values_that_openmm_ships(force_field):
    shipped = app.ForceField("amber14/tip4pew.xml")
    ours = forcefield.load("joung-cheatham-li-merz-tip4pew")
    for ion, (atom, symbol) in ATOMS.items():
        topology = app.Topology()
        residue = topology.addResidue(atom, topology.addChain())
        topology.addAtom(atom, app.Element.getBySymbol(symbol), residue)
        mine, theirs = (
            [p._value for p in nonbonded(ff.createSystem(topology)).getParticleParameters(0)]
            for ff in (ours, shipped)
        )
        assert mine == pytest.approx(theirs, rel=1e-6), ion


@pytest.mark.parametrize(("ion", "theirs"), [("Li+", "LIT"), ("Mg2+", "MG"), ("Ca2+", "CAL")])
def test_the_first_ion_set_equals_the_charmm_values_that_openmm_ships(ion, theirs):
    atom, symbol = ATOMS[ion]
    file = Path(app.__file__).parent / "data" / "charmm36" / "tip4pew.xml"
    wells = {
        site.get("type"): (float(site.get("sigma")), float(site.get("epsilon")))
        for site in ElementTree.parse(file).iterfind("LennardJonesForce/Atom")
    }
    topology = app.Topology()
    residue = topology.addResidue(atom, topology.addChain())
    topology.addAtom(atom, app.Element.getBySymbol(symbol), residue)
    system = forcefield.load().createSystem(topology, residueTemplates={residue: ion})
    _, sigma, epsilon = nonbonded(system).getParticleParameters(0)
    assert (sigma._value, epsilon._value) == pytest.approx(wells[theirs], rel=1e-6)


def anion(name, ion_set):
    """Topology, force-field System and resting places (n, 3) in nm of one ion of several atoms."""
    shape, topology = SHAPES[name], app.Topology()
    residue = topology.addResidue(name, topology.addChain())
    atoms = [
        topology.addAtom(n, app.Element.getBySymbol(e), residue)
        for n, e in zip(shape.names, shape.elements, strict=True)
    ]
    for a, b in shape.bonds:
        topology.addBond(atoms[a], atoms[b])
    field = forcefield.load(ion_set)
    return field.createSystem(topology, residueTemplates={residue: name}), shape.places_nm


def bend(xyz, a, b, c):
    u, v = xyz[a] - xyz[b], xyz[c] - xyz[b]
    return np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v))


def twist(xyz, a, b, c, d):
    u, v, w = xyz[b] - xyz[a], xyz[c] - xyz[b], xyz[d] - xyz[c]
    left, right = np.cross(u, v), np.cross(v, w)
    return np.arctan2(np.linalg.norm(v) * (u @ right), left @ right)


OXYANIONS = {
    # Charges, bond (nm, kJ/mol/nm2), angle (degrees, kJ/mol/rad2), V2/2 of O-N-O-O in kJ/mol.
    "NO3-": (0.794, -0.598, 0.1256, 530698.56, 120.0, 1011.022, 4.184),
    "SO4--": (2.0, -1.0, 0.152, 376560.0, 109.5, 520.0, 0.0),
}
"""As the files of OPLS-2009IL, of the tutorial and, for the stiffness of the bonds of sulfate, of
Schweighofer et al. (1997) print them, in GROMACS's units and forms."""


@pytest.mark.parametrize("name", OXYANIONS)
def test_oxyanions_have_the_energies_of_their_published_terms(name, context_of):
    central, oxygen, length, stretch_k, degrees, bend_k, planar = OXYANIONS[name]
    system, rest = anion(name, "joung-cheatham-li-merz-tip4pew")
    force, n = nonbonded(system), len(rest)
    charges = [force.getParticleParameters(i)[0]._value for i in range(n)]
    assert charges == pytest.approx([central, *[oxygen] * (n - 1)])
    assert sum(charges) == pytest.approx(charge(name))
    context = context_of(system)
    rng, found, expected = np.random.default_rng(1), [], []
    for size in (0.0, 0.001, 0.002, 0.003, 0.004):
        xyz = rest + size * rng.normal(size=rest.shape)
        ends = list(combinations(range(1, n), 2))
        bonds = [np.linalg.norm(xyz[k] - xyz[0]) - length for k in range(1, n)]
        angles = [bend(xyz, a, 0, b) - np.radians(degrees) for a, b in ends]
        turns = [twist(xyz, 1, 0, 2, 3), twist(xyz, 2, 0, 1, 3), twist(xyz, 3, 0, 1, 2)]
        expected.append(
            0.5 * stretch_k * np.square(bonds).sum()
            + 0.5 * bend_k * np.square(angles).sum()
            + planar * (1 - np.cos(2 * np.array(turns))).sum()
        )
        context.setPositions(xyz)
        found.append(context.getState(getEnergy=True).getPotentialEnergy()._value)
    assert found == pytest.approx(expected, rel=2e-3, abs=1e-3)
    assert max(expected) > 1


def test_scaled_ions_are_neutralised_by_membrane_groups_of_scaled_charge():
    field = forcefield.load("ecc-kohagen-martinek")
    full = forcefield.load()
    for name, template in forcefield.templates().items():
        ours = [atom.parameters["charge"] for atom in field._templates[name].atoms]
        theirs = [atom.parameters["charge"] for atom in full._templates[name].atoms]
        assert sum(theirs) - sum(ours) == pytest.approx(0.25 * template.formal_charge, abs=1e-9)
        changed = sum(a != b for a, b in zip(ours, theirs, strict=True))
        kinds = {"NH2+": 9, "COO-": 4}
        assert changed <= sum(kinds.get(state, 0) for state in template.states)
        assert bool(changed) == any(state in kinds for state in template.states)


def test_a_scaled_carboxylate_has_about_three_quarters_of_each_charge():
    field, full = forcefield.load("ecc-kohagen-martinek"), forcefield.load()
    name = forcefield.template_name("TMC", ["amide", "amide", "COO-"])
    for mine, whole in zip(field._templates[name].atoms, full._templates[name].atoms, strict=True):
        ratio = mine.parameters["charge"] / whole.parameters["charge"]
        assert ratio == 1 or 0.65 < ratio < 0.8, (mine.name, ratio)


def test_an_unknown_ion_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="beglov-roux-1994"):
        forcefield.xml_paths("beglov")


@pytest.mark.parametrize("ion_set", forcefield.ION_SETS)
def test_every_file_exists_and_loads(ion_set):
    assert all(path.is_file() for path in forcefield.xml_paths(ion_set))
    forcefield.load(ion_set)


def test_graphene_carbon_is_uncharged_gaff_ca(force_field):
    topology = app.Topology()
    residue = topology.addResidue("GRA", topology.addChain())
    topology.addAtom("C", app.element.carbon, residue)
    system = force_field.createSystem(topology, residueTemplates={residue: "graphene"})
    own, sigma, epsilon = (p._value for p in nonbonded(system).getParticleParameters(0))
    assert own == 0.0
    assert sigma == pytest.approx(2 * 0.1908 / 2 ** (1 / 6), rel=1e-9)
    assert epsilon == pytest.approx(0.086 * KCAL, rel=1e-9)
    assert system.getParticleMass(0)._value == pytest.approx(12.011)


def test_sheet_constants_equal_the_aromatic_ring_of_the_polyamide(build, force_field):
    topology, chosen = build(["TMC(COCl,COCl,COCl)"])
    system = force_field.createSystem(topology, residueTemplates=chosen)
    by_type = {type(f): f for f in system.getForces()}
    names = [a.name for a in topology.atoms()]
    ring = {names.index(f"C{i}") for i in range(1, 7)}
    bonds = by_type[openmm.HarmonicBondForce]
    found = [bonds.getBondParameters(i) for i in range(bonds.getNumBonds())]
    found = [(r._value, k._value) for a, b, r, k in found if {a, b} <= ring]
    expected = (forcefield.CC_BOND_LENGTH_NM, forcefield.CC_BOND_K_KJ_MOL_NM2)
    assert len(found) == 6 and all(x == pytest.approx(expected, rel=1e-8) for x in found)
    angles = by_type[openmm.HarmonicAngleForce]
    found = [angles.getAngleParameters(i) for i in range(angles.getNumAngles())]
    found = [(t._value, k._value) for a, b, c, t, k in found if {a, b, c} <= ring]
    expected = (forcefield.CCC_ANGLE_RAD, forcefield.CCC_ANGLE_K_KJ_MOL_RAD2)
    assert len(found) == 6 and all(x == pytest.approx(expected, rel=1e-8) for x in found)
    torsions = by_type[openmm.PeriodicTorsionForce]
    found = [torsions.getTorsionParameters(i) for i in range(torsions.getNumTorsions())]
    found = [(n, p._value, k._value) for *abcd, n, p, k in found if set(abcd) <= ring]
    expected = (
        forcefield.CCCC_TORSION_PERIODICITY,
        forcefield.CCCC_TORSION_PHASE_RAD,
        forcefield.CCCC_TORSION_K_KJ_MOL,
    )
    assert len(found) == 6 and all(x == pytest.approx(expected, rel=1e-8) for x in found)
