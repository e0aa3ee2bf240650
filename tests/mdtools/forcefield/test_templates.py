"""Names, atoms and exact charges of the residue templates."""

import dataclasses
import itertools

import numpy as np
import openmm
import pytest
from openmm import unit

from mdtools import forcefield
from mdtools.forcefield import STATES, TRANSFER_CHARGE, template_name, templates

DIACYLS = ("OC", "MC", "SC", "GC")
AMINES = ("PIP", "MPD")
SIDE = {**dict.fromkeys(AMINES, -1), "TMC": 1, **dict.fromkeys(DIACYLS, 1)}
ARMS = {"PIP": 2, "TMC": 3, **dict.fromkeys(DIACYLS, 2), "MPD": 2}


def test_there_is_one_template_per_multiset_of_arm_states():
    expected = [
        template_name(kind, states)
        for kind, arms in ARMS.items()
        for states in itertools.combinations_with_replacement(STATES[kind], arms)
    ]
    assert len(expected) == 6 + 20 + 4 * 10 + 6
    assert list(templates()) == expected


def test_states_may_come_in_any_order():
    for states in itertools.permutations(("COO-", "COCl", "amide")):
        assert template_name("TMC", states) == "TMC(COCl,amide,COO-)"
    assert template_name("PIP", ["amide", "NH2+"]) == "PIP(NH2+,amide)"


@pytest.mark.parametrize(
    ("kind", "states", "words"),
    [
        ("PIP", ["NH", "COOH"], ["'COOH'", "NH2+", "amide"]),
        ("TMC", ["NH", "COCl", "COCl"], ["'NH'", "COCl", "COO-"]),
        ("TMC", ["COCl", "COCl"], ["3 arms", "2"]),
        ("PPD", ["NH", "NH"], ["'PPD'", "PIP", "MPD", "TMC"]),
        ("MPD", ["NH", "COO-"], ["'COO-'", "NH2+", "amide"]),
    ],
)
def test_a_wrong_state_is_named_together_with_what_is_allowed(kind, states, words):
    with pytest.raises(ValueError) as error:
        template_name(kind, states)
    assert all(word in str(error.value) for word in words)


def test_atom_names_follow_the_states_of_the_arms():
    pip = {a[0]: a[1] for a in templates()["PIP(NH,NH2+)"].atoms}
    assert set(pip) == set("N1 C2 C3 N4 C5 C6 H21 H22 H31 H32 H51 H52 H61 H62 H1 H4 H4B".split())
    tmc = {a[0]: a[1] for a in templates()["TMC(COCl,amide,COOH)"].atoms}
    ring = "C1 C2 C3 C4 C5 C6 H2 H4 H6".split()
    assert set(tmc) == {*ring, *"C7 O7 CL7 C8 O8 C9 O9 O9B H9".split()}
    assert tmc["CL7"] == "Cl"
    ring = "C1 C2 C3 C4 C5 C6 H2 H4 H5 H6".split()
    mpd = {a[0]: a[2] for a in templates()["MPD(NH,amide)"].atoms}
    assert set(mpd) == {*ring, *"N1 H1A H1 N3 H3A".split()}
    assert (mpd["N1"], mpd["N3"]) == ("nh", "n")
    mpd = {a[0] for a in templates()["MPD(NH2+,NH2+)"].atoms}
    assert mpd == {*ring, *"N1 H1A H1 H1B N3 H3A H3 H3B".split()}
    malonyl = {a[0] for a in templates()["MC(COCl,COOH)"].atoms}
    assert malonyl == set("C7 O7 CL7 C1 H11 H12 C8 O8 O8B H8".split())
    acid = {a[0] for a in templates()["TMC(COO-,COO-,COO-)"].atoms}
    ring = "C1 C2 C3 C4 C5 C6 H2 H4 H6".split()
    assert acid == {*ring, *"C7 O7 O7B C8 O8 O8B C9 O9 O9B".split()}


def test_only_amide_arms_reach_into_the_next_residue():
    sites = {"PIP": ("N1", "N4"), "MPD": ("N1", "N3"), "TMC": ("C7", "C8", "C9")}
    sites |= dict.fromkeys(DIACYLS, ("C7", "C8"))
    for template in templates().values():
        arms = zip(sites[template.kind], template.states, strict=True)
        assert template.external == tuple(site for site, state in arms if state == "amide")


def test_template_charges_sum_to_formal_charge_and_transfer_charges():
    for template in templates().values():
        charges = np.round([1e6 * a[3] for a in template.atoms]).astype(int)
        target = template.formal_charge + SIDE[template.kind] * template.n_amide * TRANSFER_CHARGE
        assert charges.sum() == round(1e6 * target)
        assert template.charge_sum == pytest.approx(target, abs=1e-9)


def test_equivalent_atoms_have_equal_charges():
    charge = {a[0]: a[3] for a in templates()["TMC(amide,amide,COO-)"].atoms}
    for a, b in (("C7", "C8"), ("O7", "O8"), ("C1", "C3"), ("O9", "O9B"), ("H4", "H6")):
        assert charge[a] == pytest.approx(charge[b], abs=1.5e-6)


def test_a_template_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        templates()["PIP(NH,NH)"].charge_sum = 0.0
    with pytest.raises(TypeError):
        templates()["PIP(NH,NH)"] = None


@pytest.mark.parametrize("size", [5, 17, 60, 200])
def test_any_random_network_has_its_integer_formal_charge(size, random_network):
    for seed in range(20):
        names, _ = random_network(size, seed)
        formal = sum(templates()[n].formal_charge for n in names)
        assert sum(templates()[n].charge_sum for n in names) == pytest.approx(formal, abs=1e-9)


def test_openmm_gives_a_random_network_its_integer_charge(random_network, build, force_field):
    names, links = random_network(200, 1)
    topology, chosen = build(names, links)
    system = force_field.createSystem(topology, residueTemplates=chosen)
    force = next(f for f in system.getForces() if isinstance(f, openmm.NonbondedForce))
    charges = [
        force.getParticleParameters(i)[0].value_in_unit(unit.elementary_charge)
        for i in range(force.getNumParticles())
    ]
    formal = sum(templates()[n].formal_charge for n in names)
    assert len(links) > 100
    assert sum(charges) == pytest.approx(formal, abs=1e-9)


def test_matching_by_graph_finds_the_same_templates(random_network, build, force_field):
    names, links = random_network(60, 3)
    topology, chosen = build(names, links)
    explicit = force_field.createSystem(topology, residueTemplates=chosen)
    matched = force_field.createSystem(topology)
    serialize = openmm.XmlSerializer.serialize
    assert serialize(matched) == serialize(explicit)


@pytest.fixture(scope="module")
def random_network():
    """Names and links of a network with random arms, links and ions."""

    def make(size, seed):
        random = np.random.default_rng((size, seed))
        acyls = ("TMC", "TMC", *DIACYLS)
        kinds = [
            AMINES[random.integers(2)]
            if random.random() < 0.6
            else acyls[random.integers(len(acyls))]
            for _ in range(size - 2)
        ]
        kinds = ["PIP", "TMC", *kinds]
        arms = ARMS
        free = {"amine": [], "acyl": []}
        for i, kind in enumerate(kinds):
            side = "amine" if kind in AMINES else "acyl"
            free[side] += [(i, arm) for arm in range(arms[kind])]
        for sites in free.values():
            random.shuffle(sites)
        pairs, joined = [], set()
        for (i, a), (j, b) in zip(free["amine"], free["acyl"], strict=False):
            if (i, j) not in joined and random.random() < 0.9:
                joined.add((i, j))
                pairs.append(((i, a), (j, b)))
        states = {}
        for i, kind in enumerate(kinds):
            others = [s for s in STATES[kind] if s != "amide"]
            for arm in range(arms[kind]):
                states[i, arm] = others[random.integers(len(others))]
        for amine, acyl in pairs:
            states[amine] = states[acyl] = "amide"
        names = [
            template_name(kind, [states[i, a] for a in range(arms[kind])])
            for i, kind in enumerate(kinds)
        ]
        open_sites = {i: list(templates()[n].external) for i, n in enumerate(names)}
        links = [(i, open_sites[i].pop(), j, open_sites[j].pop()) for (i, _), (j, _) in pairs]
        return names, links

    return make


def test_the_package_offers_what_other_rooms_import():
    assert all(hasattr(forcefield, name) for name in forcefield.__all__)
