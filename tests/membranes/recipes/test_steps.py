"""Each step of a recipe alone, on networks whose outcome is known."""

from dataclasses import replace

import numpy as np
import pytest

from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.builder import build
from membranes.building.journal import Journal, fingerprint
from membranes.building.options import MembraneOptions, ReactionOptions
from membranes.building.packing import pack
from membranes.building.reaction import Reactor
from membranes.building.site_rules import SiteRules
from membranes.networks.clusters import clusters
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network
from membranes.networks.report import link_lengths_angstrom
from membranes.networks.residues import joined, without
from membranes.recipes.amidation import attachments, second_amidation
from membranes.recipes.entry import _from_top, accessible, enter
from membranes.recipes.errors import DoseError, LeachError, RecipeError
from membranes.recipes.fabricate import fabricate
from membranes.recipes.film import Film
from membranes.recipes.leach import leach
from membranes.recipes.membrane import amounts
from membranes.recipes.options import Pack, Recipe, SecondAmidation, Soak, Zone
from membranes.recipes.rules import (
    HydrochloricAcid,
    after_exchange,
    closed_acyls,
    heights,
    protonated_amines,
)
from membranes.recipes.speciation import Speciation, speciation
from membranes.recipes.swelling import soak
from tests.membranes.conftest import grid_network

CPU = PlatformOptions(name="CPU", cpu_threads=1)
NONBONDED = NonbondedOptions(cutoff_nm=0.6)
HOT = {
    "stages": ({"cutoff_angstrom": 7.0, "duration_ps": 0.2},),
    "search_every_ps": 0.1,
    "batch_percent": 50,
    "longest_new_bond_angstrom": 8.0,
    "bond_stages": 2,
    "bond_stage_fs": 10,
    "temperature_K": 600,
    "required_nh_conversion": 0,
    "highest_nh_conversion": 1,
}
COUNTS, BOX = {"PIP": 5, "TMC": 4}, (1.3, 1.3, 1.5)


def quiet(_):
    pass


def linked(network, *pairs):
    """Amides between residues (amine, acyl), each on its first free arm."""
    for amine, acyl in pairs:
        arms = tuple(
            next(arm for arm in network.arms_in(state) if arm[0] == row)
            for row, state in ((amine, "NH"), (acyl, "COCl"))
        )
        network = network.change(dict.fromkeys(arms, "amide"), [arms])
    return network


@pytest.fixture(scope="module")
def chain():
    """Six PIP (rows 0-5) and four TMC (6-9): clusters of 5, 2, 1, 1 and 1 residues."""
    return linked(grid_network(), (0, 6), (0, 7), (1, 7), (2, 7), (3, 8))


@pytest.fixture(scope="module")
def reacted():
    """A tiny film made by dynamics, with amines and acyl chlorides left."""
    steps = [
        {"step": "pack", "monomers": COUNTS, "box_nm": BOX},
        {"step": "react", **HOT, "highest_nh_conversion": 0.6},
        {"step": "hydrolyse"},
        {"step": "relax", "duration_ps": 0.1},
    ]
    from membranes.recipes.fabricate import _after

    recipe = Recipe(steps=steps)
    return _after(recipe.steps, 2, 3, None, (NONBONDED, CPU), quiet)


def test_the_one_step_membrane_is_the_simplest_recipe_bit_by_bit():
    relax = {"duration_ps": 0.02}
    block = {"monomers": COUNTS, "box_nm": BOX, "reaction": HOT, "relaxation": relax}
    steps = [
        {"step": "pack", "monomers": COUNTS, "box_nm": BOX},
        {"step": "react", **HOT},
        {"step": "hydrolyse"},
        {"step": "relax", **relax},
    ]
    machine = {"nonbonded": NONBONDED, "platform": CPU, "log": quiet}
    plain = build(MembraneOptions(**block), seed=5, **machine)
    film = fabricate(Recipe(steps=steps), seed=5, **machine)
    assert len(plain.links) > 3
    assert fingerprint(film.network) == fingerprint(plain)


def test_recipes_that_begin_alike_share_the_films_of_their_first_steps(tmp_path):
    first = [
        {"step": "pack", "monomers": COUNTS, "box_nm": BOX},
        {"step": "react", **HOT},
    ]
    last = [{"step": "hydrolyse"}, {"step": "relax", "duration_ps": 0.02}]
    said = []
    machine = {"nonbonded": NONBONDED, "platform": CPU, "store": tmp_path}
    plain = fabricate(Recipe(steps=[*first, *last]), seed=5, log=quiet, **machine)
    washed = [*first, last[0], {"step": "leach", "largest_residues": 1}, last[1]]
    film = fabricate(Recipe(steps=washed), seed=5, log=said.append, **machine)
    assert not [line for line in said if line.startswith(("step 1", "step 2"))]
    again = fabricate(Recipe(steps=[*first, *last]), seed=5, log=quiet, **machine)
    assert fingerprint(again.network) == fingerprint(plain.network)
    bound = np.bincount(clusters(plain.network))
    assert len(film.network.kinds) == bound[bound > 1].sum()


def test_protonated_amines_do_not_react():
    network = pack(COUNTS, BOX, tolerance_angstrom=2.0, seed=1, network_seed=1)
    amines = network.arms_in("NH")
    free = amines[3]
    rules = SiteRules(protonated=frozenset(amines) - {free})
    options = ReactionOptions(**HOT | {"stages": ({"cutoff_angstrom": 9.0, "duration_ps": 0.3},)})
    reactor = Reactor(
        network, options, NONBONDED, CPU, seed=1, journal=Journal(None, {}), rules=rules, log=quiet
    )
    after = reactor.run()
    assert len(after.links) == 1
    assert after.state(free) == "amide"


def test_closed_acyl_chlorides_do_not_react():
    network = pack(COUNTS, BOX, tolerance_angstrom=2.0, seed=1, network_seed=1)
    acyls = network.arms_in("COCl")
    rules = SiteRules(closed=frozenset(acyls[1:]))
    options = ReactionOptions(**HOT | {"stages": ({"cutoff_angstrom": 9.0, "duration_ps": 0.3},)})
    reactor = Reactor(
        network, options, NONBONDED, CPU, seed=1, journal=Journal(None, {}), rules=rules, log=quiet
    )
    assert [after for after in reactor.run().arms_in("amide") if after[0] >= COUNTS["PIP"]] == [
        acyls[0]
    ]


def test_as_many_amines_are_protonated_as_the_speciation_says():
    network = grid_network(pip=40, tmc=2, box=(4.0, 4.0, 4.0))
    forms = Speciation(free=0.5, once=0.3, twice=0.2)
    drawn = protonated_amines(network, forms, np.random.default_rng(1))
    per_molecule = np.bincount([row for row, _ in drawn], minlength=40)
    assert np.bincount(per_molecule).tolist() == [20, 12, 8]


def test_piperazine_alone_in_water_has_the_pH_of_its_solution():
    """0.8 wt% in water: the study measured about 11.6; activities and carbonate are left out."""
    total, water = 8.0 / 86.138, 1e-14
    low, high = 7.0, 14.0
    for _ in range(60):
        pH = (low + high) / 2
        forms = speciation(pH)
        charge = total * (forms.once + 2 * forms.twice) + 10**-pH - water / 10**-pH
        low, high = (pH, high) if charge > 0 else (low, pH)
    assert pH == pytest.approx(11.6, abs=0.35)


def test_more_piperazine_is_packed_until_as_many_nitrogens_are_free():
    step = Pack(monomers={"PIP": 100, "TMC": 70}, box_nm=(3, 3, 5), hold="reactive amines")
    counts, box = amounts(step, speciation(10.3))
    share = speciation(10.3).nitrogens
    assert counts["PIP"] * (1 - share) == pytest.approx(100, abs=0.5)
    assert counts["TMC"] == 70
    mass = (counts["PIP"] * 86.138 + 70 * 265.47) / (100 * 86.138 + 70 * 265.47)
    assert box[2] / 5 == pytest.approx(mass, rel=1e-4)
    plain, same = amounts(step.model_copy(update={"hold": "molecules"}), speciation(10.3))
    assert plain["PIP"] == 100 and same == (3, 3, 5)


def test_each_zone_closes_its_share_of_acyl_chlorides():
    network = grid_network(pip=2, tmc=60, box=(4.0, 4.0, 4.0))
    zones = (Zone(up_to=0.5, probability=1.0), Zone(up_to=1.0, probability=0.25))
    closed = closed_acyls(network, zones, np.random.default_rng(0))
    top = np.array(heights(network, network.arms_in("COCl"))) > 0.5
    assert len(closed) == round(0.75 * top.sum())
    assert (heights(network, sorted(closed)) > 0.5).all()
    again = closed_acyls(network, zones, np.random.default_rng(0))
    assert again == closed


def test_height_is_one_at_the_organic_face():
    network = grid_network(1, 1)
    z = network.positions[network.centre((0, 0)), 2]
    top = replace(network, positions=network.positions - [0, 0, z])
    assert heights(top, [(0, 0)])[0] == pytest.approx(1.0)


def test_protons_stay_toward_the_organic_face():
    network = grid_network(pip=60, tmc=2, box=(4.0, 4.0, 4.0))
    amines = frozenset(network.arms_in("NH"))
    kept = after_exchange(network, amines, np.random.default_rng(0))
    expected = heights(network, sorted(amines)).sum()
    assert len(kept) == round(expected)
    assert heights(network, sorted(kept)).mean() > heights(network, sorted(amines)).mean() + 0.05


@pytest.mark.parametrize(("cation", "shares"), [(1.0, 1.0), (0.2, 0.2), (0.0, 0.0)])
def test_hydrochloric_acid_protonates_by_the_stated_rule(cation, shares):
    network = grid_network(pip=20, tmc=8, box=(4.0, 4.0, 4.0))
    pairs = [(row, 20 + row % 8) for row in range(10)]
    network = linked(network, *pairs)
    amides = [arm for arm in network.arms_in("amide") if arm[0] < 20]
    acid = HydrochloricAcid(Speciation(1 - cation, cation, 0.0))
    found = acid.protonates(network, amides, frozenset(), 0, np.random.default_rng(0))
    expected = int(shares * heights(network, amides).sum() + 0.5)
    assert len(found) == min(expected, 10)
    assert {network.state(arm) for arm in found} <= {"NH"}
    taken = frozenset(found)
    assert not acid.protonates(network, amides, taken, len(taken), np.random.default_rng(1))


def test_leach_removes_clusters_up_to_a_size_and_nothing_else(chain):
    film = Film(chain, protonated=frozenset({(3, 1), (1, 1)}))
    washed = leach(film, 2)
    assert sorted(washed.network.kinds) == ["PIP"] * 3 + ["TMC"] * 2
    assert len(washed.network.links) == 4
    washed.network.check()
    numbers = washed.steps[-1]
    assert (numbers["clusters_removed"], numbers["residues_removed"]) == (4, 5)
    assert washed.protonated == {(1, 1)}
    assert leach(film, 1).steps[-1]["residues_removed"] == 3


def test_leach_of_everything_stops_with_the_numbers(chain):
    with pytest.raises(LeachError, match=r"up to 5 residues.*has 5 of 10 residues.*at most 4"):
        leach(Film(chain), 5)


def test_residues_that_amides_hold_cannot_be_taken_out(chain):
    with pytest.raises(NetworkError, match="1 amides"):
        without(chain, [1])


def test_taking_residues_out_and_putting_others_in_keeps_atoms_and_ids(chain):
    rest = without(chain, [9])
    assert set(rest.ids.tolist()) <= set(chain.ids.tolist())
    more = joined(rest, grid_network(1, 0))
    assert len(set(more.ids.tolist())) == len(more.ids)
    assert len(more.bonds) == len(rest.bonds) + 16
    assert more.kinds[-1] == "PIP"


def test_only_voids_that_are_open_to_the_organic_face_are_entered():
    void = np.zeros((6, 6, 8), dtype=bool)
    void[:, :, :2] = True
    void[0, 0, 2:5] = True
    void[5, 0, 4] = True
    void[2:4, 2:4, 6:8] = True
    reached = _from_top(void)
    assert reached[:, :, :2].all() and reached[0, 0, 2:5].all()
    assert reached[5, 0, 4]
    assert not reached[2:4, 2:4, 6:8].any()


def test_a_dose_that_does_not_fit_stops_with_the_numbers():
    network = grid_network(24, 16, box=(1.9, 1.9, 1.9))
    with pytest.raises(DoseError, match=r"\d+ of 20 MC fit into the .* nm3"):
        enter(network, "MC", 20, probe_nm=0.22, closest_nm=0.18, generator=np.random.default_rng(0))


def test_molecules_enter_without_touching_what_is_there():
    network = grid_network(2, 2, box=(3.0, 3.0, 3.0))
    filled, volume = enter(
        network, "GC", 5, probe_nm=0.25, closest_nm=0.2, generator=np.random.default_rng(0)
    )
    assert filled.kinds[4:] == ("GC",) * 5
    own = filled.residue >= 4
    for row in range(4, 9):
        apart = filled.distances(
            np.flatnonzero(filled.residue == row)[:, None],
            np.flatnonzero(filled.residue != row)[None],
        )
        assert apart.min() >= 0.2
    assert own.sum() == 5 * 15
    # Of 27 nm3, four molecules keep less than two from the probe.
    assert 22 < volume < 27
    assert len(accessible(network, 0.25)) == pytest.approx(volume * 1000, rel=0.01)


def test_grafts_and_bridges_are_told_apart():
    network = joined(grid_network(3, 0), grid_network(0, 1))
    generator = np.random.default_rng(0)
    network, _ = enter(network, "MC", 3, probe_nm=0.2, closest_nm=0.15, generator=generator)
    first = len(network.kinds) - 3
    network = linked(network, (0, first), (1, first), (2, first + 1))
    held = attachments(network, range(first, first + 3))
    assert held == {"bridges": [first], "grafts": [first + 1], "loose": [first + 2]}
    acids = network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))
    assert attachments(acids, range(first, first + 3)) == held
    assert len(acids.arms_in("COOH")) == 3 + 1 + 2


def test_a_film_swells_by_the_factor_and_keeps_its_bonds(reacted):
    options = Soak(swelling=1.12, duration_ps=0.05)
    swollen = soak(reacted, options, NONBONDED, CPU, seed=1, log=quiet)
    assert swollen.network.box_nm[2] == pytest.approx(1.12 * BOX[2])
    assert swollen.dry_height_nm == pytest.approx(BOX[2])
    assert len(swollen.network.links) == len(reacted.network.links)
    assert link_lengths_angstrom(swollen.network).max() < 1.6


def test_a_second_amidation_binds_its_reagent_to_residual_amines_only(reacted):
    roomy = replace(reacted.network, box_nm=np.array([*BOX[:2], BOX[2] + 0.9]))
    moved = replace(roomy, positions=roomy.positions + [0, 0, 0.9])
    options = SecondAmidation(reagent="MC", molecules=3, reaction=HOT)
    step = second_amidation(Film(moved), options, (NONBONDED, CPU), seed=2, log=quiet)
    numbers = step.steps[-1]
    assert numbers["grafts"] + numbers["bridges"] + numbers["rinsed"] == 3
    assert numbers["amines_left"] == numbers["residual_amines"] - numbers["amides"]
    assert step.network.kinds.count("MC") == 3 - numbers["rinsed"]
    before = len(moved.arms_in("COCl"))
    first = [arm for arm in step.network.arms_in("COCl") if step.network.kinds[arm[0]] == "TMC"]
    assert len(first) == before
    step.network.check()
    assert abs(step.network.template_charge) < 1e-6


def test_a_step_whose_sites_are_gone_stops_with_the_numbers(reacted):
    network: Network = reacted.network
    protonated = frozenset(network.arms_in("NH"))
    options = SecondAmidation(reagent="MC", molecules=1, deprotonate=False, reaction=HOT)
    with pytest.raises(RecipeError, match=rf"needs free amines.*has {len(protonated)}, of which"):
        second_amidation(Film(network, protonated), options, (NONBONDED, CPU), seed=1)
