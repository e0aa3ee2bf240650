"""Density, water content, thickness and pores of membranes in which they were planted."""

import copy

import numpy as np
import pandas as pd
import pytest

from analysis.figures import make
from analysis.observables import profiles, structure
from analysis.options import AnalysisOptions
from analysis.pores.radii import UFF_SIGMA_ANGSTROM
from analysis.reading.collect import observe
from analysis.reading.pores import PORE_NUMBERS, PoreObserver, evenly_spaced
from analysis.reading.sources import FullFrame
from analysis.reading.water import WaterPathObserver
from analysis.results import Results
from analysis.store import Store
from analysis.trials import Trials
from tests.analysis.stores import (
    PORE_ANGSTROM,
    PORE_WIDTH_ANGSTROM,
    water_of,
    write_tables_of,
)

OPTIONS = AnalysisOptions()
AREA_NM2 = 5.2 * 5.2
G_CM3_PER_AMU_NM3 = 1.66053906660e-3
WATER_AMU = 18.015
HALF_ANGSTROM, DENSITY, WATERS = 12.0, 0.8, 500


def block_of(store: Store, density=DENSITY, half=HALF_ANGSTROM, waters=WATERS) -> Store:
    """A polymer of one density with sharp edges, and so many waters evenly within its edges."""
    edges = 10 * store.arrays["face_edges_nm"]
    inside = np.abs((edges[1:] + edges[:-1]) / 2) < half
    z = np.linspace(-half / 10, half / 10, waters, endpoint=False)
    paths = np.zeros((10, waters, 3))
    paths[..., 2] = z + 0.05 * half / waters
    arrays = {"face_g_cm3": density * inside} | water_of(paths, 1000.0, 3.0)
    return Store(store.arrays | arrays, store.manifest)


@pytest.fixture
def blocks(make_store):
    """Three trials of one planted membrane."""
    return Trials(tuple(block_of(make_store(trial=k)) for k in (1, 2, 3)))


def numbers(trials: Trials, trial="all") -> pd.DataFrame:
    table = structure.tables(trials, OPTIONS)["structure"]
    return table[table.trial == trial].set_index(["place", "quantity"])


def test_a_planted_block_has_its_thickness_density_and_water(blocks):
    found = numbers(blocks).value
    # A running mean over 2 angstrom lets a sharp edge fall to a twentieth 0.9 angstrom beyond it.
    assert found["membrane", "thickness_nm"] == pytest.approx(0.2 * (HALF_ANGSTROM + 0.9), abs=0.01)
    assert found["dense region", "thickness_nm"] == pytest.approx(0.2 * HALF_ANGSTROM, abs=0.05)
    thickness = found["dense region", "thickness_nm"]
    assert found["dense region", "volume_nm3"] == pytest.approx(AREA_NM2 * thickness)
    assert found["membrane", "peak_density_g_cm3"] == pytest.approx(DENSITY)
    assert found["dense region", "density_g_cm3"] == pytest.approx(DENSITY, rel=0.02)
    mean = DENSITY * HALF_ANGSTROM / (HALF_ANGSTROM + 0.9)
    assert found["membrane", "density_g_cm3"] == pytest.approx(mean, rel=0.005)
    assert found["membrane", "waters"] == WATERS
    volume = found["membrane", "volume_nm3"]
    added = WATERS * WATER_AMU * G_CM3_PER_AMU_NM3 / volume
    assert found["membrane", "wet_density_g_cm3"] == pytest.approx(mean + added, rel=0.005)
    polymer = DENSITY * AREA_NM2 * 0.2 * HALF_ANGSTROM / G_CM3_PER_AMU_NM3
    share = WATERS * WATER_AMU / (WATERS * WATER_AMU + polymer)
    assert found["membrane", "water_percent"] == pytest.approx(100 * share, rel=0.005)
    bulk_per_nm3 = 0.9970 / (WATER_AMU * G_CM3_PER_AMU_NM3)
    expected = 100 * WATERS / volume / bulk_per_nm3
    assert found["membrane", "water_volume_percent"] == pytest.approx(expected, rel=0.003)


def test_trials_that_differ_have_their_spread_as_interval(make_store):
    halves = (11.2, 12.0, 12.8)
    stores = [block_of(make_store(trial=k), half=half) for k, half in enumerate(halves, 1)]
    trials = Trials(tuple(stores))
    row = numbers(trials).loc["membrane", "thickness_nm"]
    # Student's t of two degrees of freedom, 4.303, over the root of three: 2.484 deviations.
    assert (row.high - row.low) / 2 == pytest.approx(2.484 * 0.16, rel=0.01)
    assert row.value == pytest.approx(0.2 * 12.9, abs=0.01)
    assert row.n_trials == 3 and "3 trials" in row.interval
    single = numbers(trials, "1").loc["membrane"]
    assert np.isnan(single.low["thickness_nm"]) and single.interval["thickness_nm"] == "none"
    assert single.interval["waters"].endswith("(5 blocks of one trial)")


def test_the_water_of_the_structure_is_that_of_the_table_water(make_store):
    from analysis.observables import water

    trials = Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))
    held = water.tables(trials, OPTIONS)["water"].set_index(["place", "trial"])
    for trial in ("2", "all"):
        found = numbers(trials, trial)
        for place in ("membrane", "dense region"):
            row = held.loc[(place, trial)]
            assert found.value[place, "waters"] == row.molecules
            assert found.value[place, "water_percent"] == row.weight_percent
            assert found.high[place, "water_percent"] == row.high_percent


def test_pores_are_means_over_frames_and_over_trials(make_store):
    trials = Trials(tuple(make_store(trial=k) for k in (1, 2, 3)))
    column = PORE_NUMBERS.index("mean")
    of_trial = [store.arrays["pore_numbers"][:, column] for store in trials.stores]
    row = numbers(trials).loc["dense region", "mean_pore_diameter_angstrom"]
    assert row.value == pytest.approx(np.mean(of_trial)) and row.frames == 15
    assert row.value == pytest.approx(PORE_ANGSTROM, abs=0.1)
    assert (row.study_value, row.study_sd) == (5.6, 0.3)
    first = numbers(trials, "1").loc["dense region", "mean_pore_diameter_angstrom"]
    # Student's t of four degrees of freedom, 2.776.
    half = 2.776 * of_trial[0].std(ddof=1) / np.sqrt(5)
    assert first.high - first.value == pytest.approx(half, rel=1e-3)
    curves = structure.tables(trials, OPTIONS)["pore_sizes"]
    pooled = curves[curves.trial == "all"]
    d, p = pooled.diameter_angstrom, pooled.density_per_angstrom
    assert (p * 0.25).sum() == pytest.approx(1, abs=1e-3)
    mean = (d * p).sum() * 0.25
    assert mean == pytest.approx(row.value, abs=0.01)
    # Frames differ by 0.1 angstrom in their middle, which hardly widens the distribution.
    assert np.sqrt(((d - mean) ** 2 * p).sum() * 0.25) == pytest.approx(
        PORE_WIDTH_ANGSTROM, rel=0.02
    )


def test_the_study_is_only_beside_what_compares_with_it(make_store):
    found = numbers(Trials((make_store(),)))
    assert found.study_value["dense region", "density_g_cm3"] == 0.80
    assert found.study_value["dense region", "volume_nm3"] == 67
    assert np.isnan(found.study_value["membrane", "density_g_cm3"])
    assert np.isnan(found.study_value["dense region", "wet_density_g_cm3"])
    store = make_store()
    small = Store(store.arrays, store.manifest | {"box_nm": [2.0, 2.1, 14.0]})
    found = numbers(Trials((small,)))
    assert found.study_value["dense region", "density_g_cm3"] == 0.80
    assert (
        found.study_value[["dense region"]]
        .drop([("dense region", "density_g_cm3"), ("dense region", "mean_pore_diameter_angstrom")])
        .isna()
        .all()
    )


def without_pores(store: Store) -> Store:
    empty = {"pore_time_ps": np.zeros(0), "pore_diameter_angstrom": np.zeros(0)}
    empty |= {"pore_density_per_angstrom": np.zeros((0, 0))}
    manifest = copy.deepcopy(store.manifest)
    manifest["parameters"]["pore_frames"] = 0
    return Store(store.arrays | empty | {"pore_numbers": np.zeros((0, 7))}, manifest)


def test_without_pore_frames_the_tables_and_the_figure_say_so(make_store, tmp_path):
    without_pores(make_store()).write(tmp_path / "trial1.npz")
    write_tables_of(["structure"], [tmp_path / "trial1.npz"], tmp_path)
    results = Results({("pH2", "NaCl"): tmp_path})
    rows = results["structure"].query("definition == 'pores of the polymer'")
    assert rows.value.isna().all() and set(rows.note) == {
        "pore_frames is 0: no pores were measured"
    }
    assert len(results["pore_sizes"]) == 0
    figure = make("structure", results)
    words = [text.get_text() for axes in figure.get_axes() for text in axes.texts]
    assert "pore_frames is 0: no pores were measured" in words


def test_membrane_and_water_together_are_their_sum_in_every_bin(make_store):
    trials = Trials(tuple(make_store(trial=k) for k in (1, 2)))
    table = profiles.tables(trials, OPTIONS)["density"]
    for trial in ("1", "all"):
        own = dict(list(table[table.trial == trial].groupby("of")))
        alone, water, both = (
            own[of].density_g_cm3.to_numpy() for of in ("membrane", "water", "membrane and water")
        )
        assert both == pytest.approx(alone + water)


class SlitSource:
    """A membrane of carbon with one slit along z, full of water, that is wider in each frame."""

    complete, fast, start_nm = True, None, None
    box_nm = np.array([1.6, 0.6, 10.0])
    widths_nm = (0.8, 0.85, 0.9)
    half_nm, step_nm, planes = 1.0, 0.1, 5

    def __init__(self, element="C"):
        y = np.arange(0, self.box_nm[1], self.step_nm)
        z = np.arange(-self.half_nm, self.half_nm + self.step_nm / 2, self.step_nm)
        y, z = np.meshgrid(y, z, indexing="ij")
        self.plane = np.stack([np.zeros(y.size), y.ravel(), z.ravel()], axis=1)
        count, water = self.planes * y.size, 30
        elements = [element] * count + ["O"] * water
        self.topology = pd.DataFrame({"element": elements, "mass": 12.0, "charge": 0.0})
        self.topology = self.topology.assign(epsilon_kcal_mol=0.1, rmin_half_angstrom=1.0)
        rows = [(n, "membrane", "", 0, "") for n in range(count)]
        rows += [(count + n, "water oxygen", "H2O", n, "") for n in range(water)]
        self.roles = pd.DataFrame(rows, columns=["atom", "role", "species", "group", "side"])
        self.bonds = np.empty((0, 2), dtype=int)
        self.water = np.random.default_rng(0).uniform([0.3, 0, -1], [0.5, 0.6, 1], (water, 3))
        self.full_frames = len(self.widths_nm)
        self.last_ps = self.target_ps = 10.0 * self.full_frames

    def frames(self):
        for number, width in enumerate(self.widths_nm, 1):
            # The last plane is the image of one at 0, on the other side of the slit.
            walls = np.linspace(width, self.box_nm[0], self.planes)
            place = np.concatenate([*(self.plane + [x, 0, 0] for x in walls), self.water])
            place[:, 2] += 5
            # An image of the polymer is the polymer, wherever a program wrote it.
            place[::7, 0] += self.box_nm[0] * number
            yield FullFrame(10.0 * number, place)

    def inputs(self):
        return {}


def slit_pores(frames: int, **kind) -> dict:
    options = AnalysisOptions(pore_frames=frames)
    arrays, manifest = observe(SlitSource(**kind), [PoreObserver(), WaterPathObserver()], options)
    table = pd.DataFrame(arrays["pore_numbers"], columns=manifest["pore_numbers"])
    return arrays | {"table": table}


def test_pores_of_a_slit_full_of_water_are_as_wide_as_the_slit_in_every_frame():
    found = slit_pores(3)
    apart, half_step = 5 * np.array(SlitSource.widths_nm), 5 * SlitSource.step_nm
    sigma = UFF_SIGMA_ANGSTROM["C"]
    # A sphere lies between four atoms of either wall, or a little freer at the mouths of the slit,
    # and passes between two.
    largest = 2 * np.sqrt(apart**2 + 2 * half_step**2) - sigma
    passing = 2 * np.sqrt(apart**2 + half_step**2) - sigma
    assert found["pore_time_ps"].tolist() == [10, 20, 30]
    assert found["table"].largest.to_numpy() == pytest.approx(largest, abs=0.12)
    assert found["table"].limiting_z.to_numpy() == pytest.approx(passing, abs=0.03)
    assert found["table"]["mean"].to_numpy() == pytest.approx(passing, abs=0.2)
    area = found["pore_density_per_angstrom"].sum(axis=1) * 0.25
    assert area == pytest.approx(np.ones(3))
    low, high = found["pore_slab_nm"]
    assert (low, high) == pytest.approx((-1, 1), abs=0.1)


def test_pores_are_measured_in_as_many_frames_as_asked_for():
    assert slit_pores(1)["pore_time_ps"].tolist() == [20]
    none = slit_pores(0)
    assert len(none["table"]) == 0 and none["pore_density_per_angstrom"].shape == (0, 0)
    assert none["face_g_cm3"].max() > 0
    assert len(evenly_spaced(10, 4)) == 4 and evenly_spaced(2, 1000).tolist() == [0, 1]


def test_of_an_element_without_a_radius_no_pores_are_measured():
    assert len(slit_pores(1, element="Xe")["table"]) == 0
    with pytest.raises(ValueError, match="greater than or equal to 0"):
        AnalysisOptions(pore_frames=-1)


def test_the_figure_says_how_far_a_membrane_is_from_the_study(make_store, tmp_path):
    for k in (1, 2):
        block_of(make_store(trial=k), density=0.95).write(tmp_path / f"trial{k}.npz")
    write_tables_of(["structure"], [tmp_path / f"trial{k}.npz" for k in (1, 2)], tmp_path)
    figure = make("structure", Results({("pH2", "NaCl"): tmp_path}))
    words = [text for axes in figure.get_axes() for text in axes.texts]
    (far,) = (text for text in words if "above the study (5 sd)" in text.get_text())
    assert far.get_text().startswith("0.9") and far.get_color() == "#B00020"
    assert "0.80 ± 0.03 g/cm³" in figure.caption and "5.6 ± 0.3 Å" in figure.caption
