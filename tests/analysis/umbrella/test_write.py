"""Beside the windows stands continuum theory of the same cell; tables become a figure."""

import dataclasses

import numpy as np
import pytest

from analysis.continuum.partitioning import born, steric
from analysis.continuum.species import find
from analysis.figures.free_energies import beyond
from analysis.figures.free_energies import drawn as figure_of
from analysis.results import read_table
from analysis.umbrella import write as writing
from analysis.umbrella.continuum import COLUMNS, beside
from mdtools import records
from mdtools.options import UmbrellaOptions
from tests.analysis.comparison.parameters.results_of_hand import hydrated, network, tables
from tests.analysis.umbrella.windows import drawn

SETTINGS = {
    "layouts": ["pH7"],
    "salts": {"NaCl": {"ions": {"Na+": 6, "Cl-": 6}}},
    "cell": {"waters_per_reservoir": 2672},
    "transport": {"temperature_K": 300.0},
    "analysis": {"level": 0.95},
}
Z = np.array([-30.0, -8.0, 0.0, 8.0, 30.0])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    root = tmp_path_factory.mktemp("results")
    network(root)
    hydrated(root)
    tables(root)
    return root


def theory(results, ion):
    table, said = beside(Z, results, SETTINGS, "pH7", "NaCl", ion)
    return table.set_axis(Z), said


def test_parts_of_the_theory_add_up_and_end_at_the_faces(results):
    table, said = theory(results, "Na+")
    assert said.startswith("pore radius ")
    assert (table.loc[[-30.0, 30.0]] == 0).all(axis=None)
    parts = table[[name for name in COLUMNS if name != "continuum_kT"]].sum(axis=1)
    assert table.continuum_kT.to_numpy() == pytest.approx(parts.to_numpy())
    words = dict(zip(("radius", "porosity", "permittivity"), numbers(said), strict=True))
    sodium = find("Na+")
    assert table.steric_kT[0.0] == pytest.approx(
        -np.log(steric(sodium.stokes_radius / (1e-9 * words["radius"]))), rel=0.02
    )
    assert table.born_kT[0.0] == pytest.approx(
        -np.log(born(sodium, words["permittivity"], temperature=300.0)), rel=0.1
    )
    assert table.pore_volume_kT[0.0] == pytest.approx(-np.log(words["porosity"]), abs=0.02)


def numbers(said: str) -> list[float]:
    radius, porosity, permittivity = said.split(",")[:3]
    return [float(part.split()[k]) for part, k in ((radius, 2), (porosity, 1), (permittivity, 1))]


def test_ions_of_either_sign_see_opposite_donnan_potentials_of_the_groups_at_their_z(results):
    sodium, chloride = (theory(results, ion)[0].donnan_kT for ion in ("Na+", "Cl-"))
    assert sodium.to_numpy() == pytest.approx(-chloride.to_numpy())
    # COO- at -0.9 and -0.8 nm, NH2+ at 0.7 nm: the feed's side is negative.
    assert sodium[-8.0] < 0


def test_ion_of_the_feed_that_no_pore_takes_is_named_where_it_is_missed(results, monkeypatch):
    large = dataclasses.replace(find("Mg2+"), stokes_radius=0.5e-9)
    known = {"Mg2+": large, "Cl-": find("Cl-")}
    monkeypatch.setattr("analysis.umbrella.continuum.find", known.get)
    feed = {"salts": {"NaCl": {"ions": {"Mg2+": 20, "Cl-": 40}}}}
    table, said = beside(Z, results, SETTINGS | feed, "pH7", "NaCl", "Cl-")
    assert "; Mg2+ as large as a pore or larger: no Donnan potential where" in said
    # Nothing balances the negative groups at -8 angstrom, nor is anything to be had without charge.
    assert table.set_axis(Z).donnan_kT[[-8.0, 0.0]].isna().all()
    assert table.born_kT.notna().all()


def test_theory_that_cannot_be_had_says_why_and_gives_no_number(tmp_path):
    table, said = beside(Z, tmp_path, SETTINGS, "pH7", "NaCl", "Na+")
    assert table.isna().all(axis=None)
    assert said.startswith("continuum theory says nothing: ")


@pytest.fixture(scope="module")
def written(results):
    """Tables of two ions, whose windows come from known landscapes."""
    options = UmbrellaOptions(ions=("Na+", "Cl-"))
    centres = np.arange(-2.2, 0.21, 0.15)
    places = []
    with pytest.MonkeyPatch.context() as patch:
        for ion, height in (("Na+", 1.0), ("Cl-", 2.5)):
            energy = lambda z, top=height: top * np.exp(-((z / 0.6) ** 4))  # noqa: E731
            windows = dict(enumerate(drawn(energy, centres, count=200)))
            patch.setattr(writing.Samples, "read", windows.__getitem__)
            place = results / "umbrella" / "pH7" / "NaCl" / ion
            place.mkdir(parents=True)
            writing.write(list(windows), place, options, SETTINGS, ("pH7", "NaCl", ion))
            places.append(place)
    return places


def test_tables_are_written_with_their_words(written):
    table = read_table(written[1] / "free_energy.csv")
    assert table.free_energy_kT[np.abs(table.z_angstrom) < 2].mean() == pytest.approx(2.5, abs=0.8)
    assert table.continuum_kT.notna().all()
    words = records.read(written[1] / "free_energy.json")
    assert words["zero"].startswith("the feed reservoir")
    assert set(words["definitions"]) == {"free_energy", "continuum", "windows", "overlap"}


def test_figure_draws_each_ion_with_its_interval_beside_theory(written):
    free_energies = [read_table(place / "free_energy.csv") for place in written]
    words = [records.read(place / "free_energy.json") for place in written]
    sheet = figure_of(free_energies, words, "test", "true masses, 1 fs")
    (axes,) = [one for one in sheet.get_axes() if one.get_visible()]
    curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
    assert len(curves) == 4
    keys = [text.get_text() for text in sheet.legends[0].get_texts()]
    assert keys[-2:] == ["interval", "continuum"]
    assert axes.get_title(loc="left") == "pH7, NaCl"
    assert {len(band.get_paths()) for band in axes.collections[:2]} == {1}
    assert "Zero in the feed reservoir" in sheet.caption
    assert "Dynamics: true masses, 1 fs a step." in sheet.caption


@pytest.mark.parametrize(
    ("z", "arrows"),
    [
        ((-30.0, 8.0, 30.0), (False, False)),
        ((-30.0, -8.0), (False, True)),
        ((-30.0, -25.0), (False, True)),
        ((-8.0, 8.0), (True, True)),
        ((25.0, 30.0), (True, False)),
    ],
)
def test_reservoirs_that_windows_do_not_reach_lie_beyond_their_ends(results, z, arrows):
    table = theory(results, "Na+")[0].rename_axis("z_angstrom").reset_index()
    at = table.set_index("z_angstrom").reindex(z, method="nearest").reset_index(drop=True)
    assert beyond(at.assign(z_angstrom=z)) == arrows
