"""Each step of a hydration alone: schedule, opening, filling, measures, criterion, journal."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtools.cells.water_tiling import nearest
from mdtools.constants import G_CM3_PER_DA_NM3, WATER_DA
from mdtools.errors import SettingsError
from mdtools.options import HydrationOptions
from mdtools.periodic import minimum_image
from mdtools.slab import mass_faces
from mdtools.swelling import criterion
from mdtools.swelling.expansion import expand
from mdtools.swelling.journal import Journal, Snapshot
from mdtools.swelling.measures import Slab
from mdtools.swelling.schedule import before_blocks, block, longest_ps, most_blocks
from mdtools.swelling.wet_slab import WetSlab


@given(st.floats(0.5, 50), st.lists(st.floats(1, 300), max_size=3))
def test_stretches_follow_on_each_other_and_are_short_enough_to_lose(segment_ps, durations):
    cycle = [
        {"duration_ps": d, "temperature_K": 300 + 10 * k, "pressure_MPa": 1}
        for k, d in enumerate(durations, 1)
    ]
    options = HydrationOptions(segment_ps=segment_ps, cycle=cycle, refill_ps=(3, 10))
    stretches = [*before_blocks(options), *block(options, 1), *block(options, 2)]
    ends = [stretch.start_ps + stretch.duration_ps for stretch in stretches]
    assert [stretch.start_ps for stretch in stretches[1:]] == pytest.approx(ends[:-1])
    assert max(stretch.duration_ps for stretch in stretches) <= segment_ps * (1 + 1e-9)
    assert ends[-1] == pytest.approx(10 + sum(durations) + 2 * options.block_ps)
    assert [end for s, end in zip(stretches, ends, strict=True) if s.refill] == pytest.approx(
        [3, 10]
    )
    heated = [stretch for stretch in stretches if stretch.stage == "cycle"]
    for one, two in zip(heated, heated[1:], strict=False):
        assert one.to_K == pytest.approx(two.from_K)
    assert {stretch.pressure_MPa for stretch in stretches if stretch.block} == {0.1}


def test_longest_hydration_counts_whole_blocks_up_to_the_cap():
    options = HydrationOptions(block_ps=300, cap_ps=1000)
    assert most_blocks(options) == 3
    assert longest_ps(options) == 1000 + 4000 + 900


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cap_ps": 10, "block_ps": 20}, "cap_ps is 10, allowed is at least two blocks, 40 ps"),
        ({"cap_ps": 30, "block_ps": 20}, "cap_ps is 30, allowed is at least two blocks, 40 ps"),
        ({"timestep_fs": 4, "hydrogens": "rigid"}, "allowed is at most 2 with rigid hydrogens"),
        ({"refill_ps": (5, 2)}, "refill_ps must rise"),
        ({"stretch": 0.9}, "greater than or equal to 1"),
    ],
)
def test_options_that_cannot_be_are_refused(changes, said):
    with pytest.raises(ValueError, match=said):
        HydrationOptions(**changes)


def test_expansion_opens_the_slab_and_keeps_its_bonds(polymer, brief, one_thread):
    found = expand(polymer, brief, one_thread, seed=1, log=lambda _: None)
    assert found.stretch > 1.1
    assert mass_faces(found.positions[:, 2], Slab(polymer).mass_Da) == pytest.approx(
        np.array([-1, 1]) * found.after_nm / 2, abs=0.5
    )
    a, b = polymer.bonds.T
    lengths = np.linalg.norm(
        minimum_image(found.positions[a] - found.positions[b], polymer.box_nm), axis=1
    )
    assert lengths.max() < 0.2


def test_stretch_of_one_leaves_the_dry_network_as_it_is(polymer, brief, one_thread):
    dry = brief.model_copy(update={"stretch": 1.0})
    found = expand(polymer, dry, one_thread, seed=1)
    assert found.stretch == 1
    assert np.array_equal(found.positions, polymer.positions)


def test_voids_are_filled_without_contacts_and_filled_again_only_where_they_open(polymer, short):
    slab = WetSlab(polymer, short, None)
    parts = slab.fill(polymer.positions, 60, seed=1)
    heavy = (polymer.atoms["element"] != "H").to_numpy()
    apart = nearest(parts.waters[:, 0], parts.membrane[heavy], polymer.box_nm)
    assert apart.min() > 0.26
    # Water tiled from another height finds a few places that the first did not.
    assert len(slab.refill(parts).waters) - len(parts.waters) <= 6
    stretched = parts.membrane * [1, 1, 1.5]
    opened = dataclasses.replace(parts, membrane=stretched, waters=parts.waters[:0])
    inside = slab.refill(opened).waters[:, 0, 2]
    low, high = mass_faces(stretched[:, 2], slab.mass_Da)
    assert len(inside) > 0 and low <= inside.min() and inside.max() <= high


def test_wet_slab_is_neutral_and_takes_itself_apart(polymer, short):
    slab = WetSlab(polymer, short, None)
    parts = slab.fill(polymer.positions, 60, seed=1)
    assert slab.ions["species"].tolist() == ["Cl-"]
    built = slab.construct(parts, slab.height(parts), pressure_MPa=0.1)
    again = slab.split(built.positions, len(parts.waters))
    assert again.waters.shape == parts.waters.shape
    assert again.ions == pytest.approx(parts.ions)
    assert np.array_equal(slab.split(parts.positions, len(parts.waters)).sheets, parts.sheets)


def test_area_that_graphene_does_not_fit_is_refused(polymer, short):
    odd = dataclasses.replace(polymer, box_nm=np.array([1.48, 1.9]))
    with pytest.raises(SettingsError, match="graphene would be strained"):
        WetSlab(odd, short, None)


def test_measures_of_a_uniform_slab_are_those_of_arithmetic(polymer):
    """Atoms spread evenly over 2 nm, and one water in each tenth of a nanometre over 4 nm."""
    slab = Slab(polymer)
    share = (np.cumsum(slab.mass_Da) - slab.mass_Da / 2) / slab.mass_Da.sum()
    places = np.stack([*np.zeros((2, len(share))), 2 * share - 1], axis=1)
    found = slab.measure(places, np.linspace(-1.95, 1.95, 40))
    # The running mean over 0.2 nm moves a sharp face out by less than half its window.
    assert found["thickness_nm"] == pytest.approx(2.18, abs=0.05)
    assert found["waters"] == 22
    water, dry = 22 * WATER_DA, slab.mass_Da.sum()
    assert found["water_percent"] == pytest.approx(100 * water / (water + dry))
    expected = slab.mass_Da.sum() / (2 * np.prod(polymer.box_nm)) * G_CM3_PER_DA_NM3
    assert found["density_g_cm3"] == pytest.approx(expected, rel=0.05)


def test_piece_that_has_left_the_slab_is_named(polymer):
    slab = Slab(polymer)
    assert slab.pieces_gone(polymer.positions) == []
    residue = polymer.atoms["residue"].to_numpy()
    first = set(residue[polymer.bonds[0]])
    while True:
        grown = first | {r for a, b in residue[polymer.bonds] for r in (a, b) if {a, b} & first}
        if grown == first:
            break
        first = grown
    smaller = np.isin(residue, list(first))
    smaller = smaller if smaller.sum() < len(smaller) / 2 else ~smaller
    assert smaller.sum() == 34
    away = polymer.positions + np.outer(smaller, [0, 0, 4.0])
    ((name, part),) = slab.pieces_gone(away)
    kinds = polymer.residues["name"].to_numpy()
    rows = np.unique(residue[smaller])
    assert name == ", ".join(f"{kinds[row]} {row + 1}" for row in rows)
    assert part == pytest.approx(slab.mass_Da[smaller].sum() / slab.mass_Da.sum())


def curve(levels) -> pd.DataFrame:
    """Ten samples of each block, even but for a small ripple that averages out."""
    ripple = np.tile([-0.1, 0.1], 5)
    return pd.DataFrame(
        [
            {
                "time_ps": 10 * number + k,
                "stage": "block",
                "block": number,
                "waters": level + ripple[k],
                "thickness_nm": 2.0,
                "water_percent": 25.0,
                "density_g_cm3": 0.8,
            }
            for number, level in enumerate(levels, 1)
            for k in range(10)
        ]
    )


def test_criterion_compares_the_last_two_blocks():
    options = HydrationOptions(tolerance_percent=2)
    assert not criterion.met(criterion.blocks(curve([100])), options)
    assert not criterion.met(criterion.blocks(curve([100, 103])), options)
    assert criterion.met(criterion.blocks(curve([50, 100, 101.9])), options)
    assert criterion.change_percent(criterion.blocks(curve([100, 110])))["waters"] == pytest.approx(
        100 * 10 / 105
    )


def test_interval_of_a_block_is_students_of_its_five_parts():
    table = curve([100])
    table["waters"] = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], 2)
    (found,) = criterion.blocks(table)
    # Mean 3, standard deviation 1.5811, t(0.975, 4) = 2.7764 (tables of Student's distribution).
    half = 2.7764 * 1.5811 / np.sqrt(5)
    assert (found["waters_low"], found["waters_high"]) == pytest.approx(
        (3 - half, 3 + half), abs=1e-3
    )


def test_journal_keeps_every_bit_and_ignores_another_key(tmp_path):
    path = tmp_path / "state" / "latest.npz"
    rng = np.random.default_rng(1)
    snapshot = Snapshot(
        rng.normal(size=(5, 3)), rng.normal(size=(5, 3)), 1, 8.5, 7, {"rows": [{"a": 1}]}
    )
    Journal(path, {"seed": 1}).write(snapshot)
    found = Journal(path, {"seed": 1}).read()
    assert np.array_equal(found.positions, snapshot.positions)
    assert np.array_equal(found.velocities, snapshot.velocities)
    assert (found.waters, found.height_nm, found.done, found.facts) == (
        1,
        8.5,
        7,
        {"rows": [{"a": 1}]},
    )
    assert Journal(path, {"seed": 2}).read() is None
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(SettingsError, match=r"latest\.npz is damaged; delete it"):
        Journal(path, {"seed": 1}).read()
