"""Networks polymerised by real dynamics."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mdtools.errors import PhysicsError
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes import Network, build
from membranes.building.dynamics import Dynamics
from membranes.building.options import MembraneOptions
from membranes.building.reaction import ConversionError
from membranes.layouts.capacity import guaranteed_sites
from membranes.networks.report import link_lengths_angstrom
from membranes.networks.soundness import check_structure
from tests.campaigns import demo_membrane

CPU = PlatformOptions(name="CPU", cpu_threads=1)
REACH_ANGSTROM, LONGEST_ANGSTROM = 6.0, 7.5
SMALL = {
    "monomers": {"PIP": 8, "TMC": 6},
    "box_nm": (1.9, 1.9, 1.1),
    "reaction": {
        "stages": ({"cutoff_angstrom": REACH_ANGSTROM, "duration_ps": 0.25},),
        "search_every_ps": 0.05,
        "batch_percent": 15,
        "longest_new_bond_angstrom": LONGEST_ANGSTROM,
        "bond_stages": 3,
        "bond_stage_fs": 10,
        "temperature_K": 600,
        "required_nh_conversion": 0.1,
    },
    "relaxation": {"duration_ps": 0.1},
}
"""Five searches that find four batches or so."""


def quiet(_):
    pass


def links(network):
    """Amide bonds as sorted pairs of stable atom ids."""
    return sorted(map(tuple, network.ids[network.links].tolist()))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    directory = tmp_path_factory.mktemp("network")
    network = build(MembraneOptions(**SMALL), seed=1, directory=directory, platform=CPU, log=quiet)
    return network, directory


@pytest.mark.slow
def test_same_seed_gives_the_same_network_and_another_seed_another(built):
    network, _ = built
    again = build(MembraneOptions(**SMALL), seed=1, platform=CPU, log=quiet)
    other = build(MembraneOptions(**SMALL), seed=2, platform=CPU, log=quiet)
    assert links(again) == links(network)
    assert np.array_equal(again.positions, network.positions)
    assert links(other) != links(network)


def test_report_counts_what_the_event_log_says(built):
    network, directory = built
    events = pd.read_csv(directory / "events.csv")
    report = network.report()
    assert report["amide_bonds"] == len(events) == len(network.links)
    assert report["nh_conversion"] == pytest.approx(len(events) / 16)
    assert report["acyl_conversion"] == pytest.approx(len(events) / 18)
    assert report["carboxylic_acids"] == 18 - len(events)
    assert report["acyl_chlorides"] == 0
    pairs = events[["amine", "acyl"]].apply(tuple, axis=1)
    assert pairs.is_unique
    assert (events["nitrogen_carbon_before_angstrom"] <= LONGEST_ANGSTROM).all()
    assert (events["hydrogen_chlorine_angstrom"] <= REACH_ANGSTROM).all()


def test_composition_follows_from_the_conversion(built):
    network, _ = built
    acids = len(network.arms_in("COOH"))
    assert network.report()["o_over_n"] == pytest.approx((18 + acids) / 16)


def test_network_is_whole_centred_and_sound(built):
    network, directory = built
    report = network.report()
    assert report["pierced_rings"] == 0
    assert report["longest_amide_angstrom"] < 1.6
    assert abs(report["template_charge_e"] - report["formal_charge_e"]) < 1e-6
    assert abs(np.average(network.positions[:, 2], weights=network.masses)) < 1e-9
    assert np.ptp(network.positions[:, 2]) < SMALL["box_nm"][2] + 0.2
    for row in range(len(network.kinds)):
        assert np.ptp(network.positions[network.residue == row], axis=0).max() < 1.0
    assert Network.load(directory).residues == network.residues


def test_conversion_out_of_reach_is_an_error_that_says_what_to_change():
    impossible = SMALL | {
        "reaction": SMALL["reaction"]
        | {"required_nh_conversion": 1.0, "highest_nh_conversion": 1.0}
    }
    impossible["reaction"]["stages"] = ({"cutoff_angstrom": 2.5, "duration_ps": 0.05},)
    with pytest.raises(ConversionError, match=r"required_nh_conversion is 100%.*stages"):
        build(MembraneOptions(**impossible), seed=1, platform=CPU, log=quiet)


def test_reaction_stops_where_sites_for_charges_are_kept():
    capped = SMALL | {"reaction": SMALL["reaction"] | {"highest_nh_conversion": 0.25}}
    options = MembraneOptions(**capped)
    network = build(options, seed=1, platform=CPU, log=quiet)
    assert len(network.links) == 4
    sites = guaranteed_sites(options).counts
    assert sites == {"NH2+": 12, "COO-": 14}
    assert len(network.arms_in("NH")) == sites["NH2+"]
    assert len(network.arms_in("COOH")) == sites["COO-"]


def test_torn_amide_is_refused_with_its_length(built):
    network, _ = built
    positions = network.positions.copy()
    positions[network.links[0, 0]] += [0, 0, 0.4]
    with pytest.raises(PhysicsError, match=r"amide C-N bond is .* A after relaxation"):
        check_structure(replace(network, positions=positions))


def test_pierced_ring_is_refused_by_residue(built):
    network, _ = built
    ring = [network.rows[8, f"C{k}"] for k in range(1, 7)]
    corners = network.positions[ring]
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    normal *= 0.06 / np.linalg.norm(normal)
    positions = network.positions.copy()
    for name, side in (("C2", -1), ("H21", 1)):
        positions[network.rows[0, name]] = corners.mean(axis=0) + side * normal
    with pytest.raises(PhysicsError, match=r"of residues \[.*8\]"):
        check_structure(replace(network, positions=positions))


def test_coincident_atoms_end_in_an_error_that_names_force_and_atoms(monomers):
    positions = monomers.positions.copy()
    first, second = monomers.rows[0, "N1"], monomers.rows[6, "O7"]
    positions[second] = positions[first] + [0, 0, 1e-7]
    dynamics = Dynamics(
        replace(monomers, positions=positions),
        NonbondedOptions(),
        CPU,
        temperature_K=300,
        friction_per_ps=2,
        timestep_fs=1,
        seed=1,
    )
    with pytest.raises(PhysicsError, match=r"NonbondedForce") as error:
        dynamics.run(0.05)
    assert "O7 of TMC" in str(error.value) or "N1 of PIP" in str(error.value)
    assert error.value.exit_code == 65


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_demo_network_is_well_crosslinked_and_sound_for_any_seed(seed):
    network = build(demo_membrane(), seed=seed, platform=CPU, log=quiet)
    report = network.report()
    assert report["nh_conversion"] >= 0.8
    assert link_lengths_angstrom(network).max() <= 1.6
    assert report["pierced_rings"] == 0
    assert abs(report["template_charge_e"] - report["formal_charge_e"]) < 1e-6
    pairs = network.residue[network.links].tolist()
    assert len({tuple(pair) for pair in pairs}) == len(pairs)
