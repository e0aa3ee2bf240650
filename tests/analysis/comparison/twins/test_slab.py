import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.comparison import Slab, charge_profile, twin
from analysis.continuum import IONS, SOLUTES
from analysis.continuum.constants import AVOGADRO, BOLTZMANN, FARADAY, GAS_CONSTANT
from analysis.continuum.constants import VACUUM_PERMITTIVITY as EPS0
from membranes import library
from membranes.layouts.place import lay_out
from membranes.layouts.plans import LAYOUTS

AREA = 5.2e-9**2
LENGTH, FACES = 14.2e-9, (4.6e-9, 9.6e-9)
EVERYWHERE = [0.0, LENGTH]
KT = BOLTZMANN * 300


def step(value, place=3e-9):
    return [0.0, place, place, LENGTH], [value, value, 0.0, 0.0]


def test_a_neutral_solute_spreads_as_the_cosine_series():
    D, t = 1e-9, 8e-9
    found = twin(Slab(LENGTH, FACES), {SOLUTES["xylose"]: step(100.0)}, AREA, [t],
                 diffusivity={"xylose": D})  # fmt: skip
    k = np.arange(1, 400)
    share = 3e-9 / LENGTH
    waves = np.sin(np.pi * k * share) / (np.pi * k) * np.exp(-D * (np.pi * k / LENGTH) ** 2 * t)
    series = 100 * (share + 2 * np.cos(np.pi * np.outer(found.z / LENGTH, k)) @ waves)
    assert found.concentration["xylose"][-1] == pytest.approx(series, abs=2e-4 * 100)
    assert np.ptp(found.potential) == 0


@pytest.mark.parametrize("field", ["poisson", "electroneutral"])
def test_driven_ions_end_as_boltzmann_says(field):
    force = 2e-12
    start = {ion: (EVERYWHERE, [133.0, 133.0]) for ion in ("Na+", "Cl-")}
    found = twin(
        Slab(LENGTH, FACES), start, AREA, [2e-6], {"Na+": force, "Cl-": force}, field=field
    )
    a = force / KT
    expected = 133 * a * LENGTH * np.exp(a * found.z) / np.expm1(a * LENGTH)
    for ion in start:
        wrong = np.abs(found.concentration[ion][-1] - expected)
        assert wrong.max() < 1e-4 * expected.max()
        assert (wrong / expected).max() < 2e-3


def test_a_field_moves_ions_apart_as_its_capacitor_allows():
    # Opposite forces, hardly a charge at 1e-3 mol/m3: each is in its own Boltzmann profile.
    force = 2e-12
    start = {ion: (EVERYWHERE, [1e-3, 1e-3]) for ion in ("Na+", "Cl-")}
    found = twin(Slab(LENGTH, FACES), start, AREA, [2e-6], {"Na+": force, "Cl-": -force})
    u = force * LENGTH / KT
    expected = LENGTH * (1 / (1 - np.exp(-u)) - 1 / u)
    assert found.mean_z["Na+"][-1] == pytest.approx(expected, rel=2e-4)
    assert found.mean_z["Cl-"][-1] == pytest.approx(LENGTH - expected, rel=4e-4)


def test_donnan_equilibrium_with_partition():
    X, k = -300.0, {"Na+": 0.2, "Cl-": 0.5}
    z = [0.0, 40e-9, 40e-9, 60e-9, 60e-9, 100e-9]
    start = {"Na+": (z, [100, 100, 400, 400, 100, 100]), "Cl-": ([0.0], [100.0])}
    slab = Slab(100e-9, (40e-9, 60e-9), fixed_charge=X, partition=k)
    found = twin(slab, start, AREA, [1e-5], field="electroneutral", tolerance=2e-4)
    outside = found.concentration["Na+"][-1, 0]
    root = np.sqrt((X / 2) ** 2 + k["Na+"] * k["Cl-"] * outside**2)
    middle = np.argmin(np.abs(found.z - 50e-9))
    assert found.concentration["Na+"][-1, middle] == pytest.approx(root - X / 2, rel=2e-4)
    assert found.concentration["Cl-"][-1, middle] == pytest.approx(root + X / 2, rel=2e-3)
    donnan = GAS_CONSTANT * 300 / FARADAY * np.log(k["Na+"] * outside / (root - X / 2))
    assert found.potential[-1, middle] == pytest.approx(donnan, rel=1e-3)


def test_a_weakly_charged_sheet_has_the_potential_of_debye_and_hueckel():
    # A layer of a tenth of the Debye length in the middle of a long cell, 0.1 mol/L.
    c0, width, length = 100.0, 0.1e-9, 40e-9
    X = -0.5
    layer = (length / 2 - width / 2, length / 2 + width / 2)
    counter = -X * width / length
    start = {"Na+": ([0.0], [c0 + counter]), "Cl-": ([0.0], [c0])}
    found = twin(Slab(length, layer, fixed_charge=X), start, AREA, [1e-6])
    kappa = np.sqrt(2 * FARADAY**2 * c0 / (EPS0 * 78.54 * GAS_CONSTANT * 300))
    away = np.abs(found.z - length / 2)
    outside = away > width
    sheet = X * width * FARADAY / (2 * EPS0 * 78.54 * kappa)
    thick = np.sinh(kappa * width / 2) / (kappa * width / 2)
    expected = sheet * thick * np.exp(-kappa * away[outside])
    ends = sheet * thick * np.exp(-kappa * length / 2)
    assert found.potential[-1][outside] == pytest.approx(expected - 2 * ends, abs=3e-4 * abs(sheet))


def test_charge_given_in_bins_is_that_of_the_groups():
    network = library.load("pip-tmc-2020")
    low, high = -2.5, 2.5
    edges = np.linspace(low, high, 21)
    for layout in LAYOUTS:
        groups = lay_out(network, layout, seed=3).groups
        z, X = charge_profile(groups, 27.04, edges)
        net = (groups["kind"] == "NH2+").sum() - (groups["kind"] == "COO-").sum()
        assert (X * np.diff(edges)).sum() * 27.04e-27 * AVOGADRO == pytest.approx(net, abs=1e-10)
        slab = Slab(LENGTH, FACES, fixed_charge=(1e-9 * (z + 2.5) + FACES[0], X))
        charge = slab.charge(27.04e-18)
        assert charge.net == pytest.approx(net, abs=1e-9)
        assert charge.amounts([0, *FACES, LENGTH]).sum() * 27.04e-18 * AVOGADRO == pytest.approx(
            net
        )


@settings(max_examples=10, deadline=None, derandomize=True)
@given(
    X=st.floats(-2000, 2000),
    cation=st.sampled_from(["Na+", "Ca2+"]),
    field=st.sampled_from(["poisson", "electroneutral"]),
    forces=st.tuples(st.floats(-5e-12, 1e-11), st.floats(-5e-12, 1e-11)),
    inside=st.floats(0.01, 2.0),
)
def test_ions_stay_and_are_positive(X, cation, field, forces, inside):
    valence = IONS[cation].charge
    counter = abs(X) * (FACES[1] - FACES[0]) / LENGTH
    start = {
        cation: ([0.0], [130.0 + (counter / valence if X < 0 else 0)]),
        "Cl-": ([0.0], [valence * 130.0 + (counter if X > 0 else 0)]),
    }
    slab = Slab(LENGTH, FACES, X, partition={"Cl-": inside}, diffusivity_ratio={cation: inside / 2})
    force = dict(zip((cation, "Cl-"), forces, strict=True))
    found = twin(slab, start, AREA, [0, 1e-10, 5e-9], force, field=field, tolerance=2e-2)
    for ion in start:
        assert np.abs(found.number[ion] / found.number[ion][0] - 1).max() < 1e-10
        assert (found.concentration[ion] >= 0).all()
        assert found.number[ion][0] == pytest.approx(start[ion][1][0] * LENGTH * AREA)
    assert np.isfinite(found.potential).all()


def test_a_second_is_passed_over_once_nothing_moves():
    found = twin(Slab(LENGTH, FACES), {"Na+": step(90.0), "Cl-": step(90.0)}, AREA, [1e-6, 1.0])
    assert found.mean_z["Na+"] == pytest.approx([LENGTH / 2] * 2, rel=1e-6)
    assert found.steps < 200


@pytest.mark.parametrize(
    ("slab", "options", "message"),
    [
        ({"faces": (4e-9, 20e-9)}, {}, "allowed is rising"),
        ({"fixed_charge": ([0, 1e-9], [1.0, np.nan])}, {}, "values is nan"),
        ({"fixed_charge": ([0, 20e-9], [1.0, 1.0])}, {}, "allowed is from 0 to the length"),
        ({"fixed_charge": -50.0}, {}, "the cell is not neutral"),
        ({"partition": {"Na+": 0.0}}, {}, "partition of Na\\+ is 0"),
        ({"partition": {"K+": 0.5}}, {}, "partition is given for K\\+, ions that start are"),
        ({"membrane_permittivity": -1.0}, {}, "membrane_permittivity is -1"),
        ({}, {"force": {"Ca2+": 1e-12}}, "force is given for Ca2\\+"),
        ({}, {"field": "neutral"}, "closure is 'neutral'"),
        ({}, {"area": 0.0}, "area is 0"),
        ({}, {"times": [-1.0]}, "times are"),
        ({}, {"start": {"Na+": ([0.0], [100.0])}}, "not neutral"),
        ({}, {"start": {"Xx": ([0.0], [100.0])}}, "'Xx' is unknown"),
        ({}, {"start": {"Na+": ([0.0, 1e-9], [1.0, -1.0])}}, "start of Na\\+ falls below 0"),
    ],
)
def test_what_is_wrong_is_named(slab, options, message):
    flat = ([0.0], [100.0])
    given = {"start": {"Na+": flat, "Cl-": flat}, "area": AREA, "times": [1e-9], **options}
    with pytest.raises(ValueError, match=message):
        twin(Slab(**{"length": LENGTH, "faces": FACES, **slab}), **given)


def test_wrong_tables_of_groups_are_named():
    groups = pd.DataFrame({"kind": ["COO-"], "z_nm": [-1.0]})
    with pytest.raises(ValueError, match="bins go from 0 to 1 nm"):
        charge_profile(groups, 27.0, [0, 1])
    with pytest.raises(ValueError, match="kind is 'OH', allowed: NH2"):
        charge_profile(groups.assign(kind="OH"), 27.0, [-2, 0])
    with pytest.raises(ValueError, match="no column z_nm"):
        charge_profile(groups[["kind"]], 27.0, [-2, 0])
    with pytest.raises(ValueError, match="rising edges"):
        charge_profile(groups, 27.0, [0, -2])
    z, X = charge_profile(groups[:0], 27.0, [-2, 0, 2])
    assert (z.tolist(), X.tolist()) == ([-1.0, 1.0], [0.0, 0.0])


@pytest.mark.parametrize(
    ("length", "faces", "message"),
    [
        (14.2, (4.6, 9.6), r"length is 14.2 m, allowed is up to 0.001 m.*14.2 nm, give 1.42e-08"),
        (14.2e-9, (4.6e-9, 4.6e-9), "faces are 0 m apart.*1 nm is 1e-9 m"),
        (14.2e-9, (4.6e-18, 9.6e-18), "faces are 5e-18 m apart"),
    ],
)
def test_lengths_in_another_unit_are_refused(length, faces, message):
    with pytest.raises(ValueError, match=message):
        Slab(length, faces=faces)


def test_places_of_the_start_in_nm_are_refused():
    slab = Slab(14.2e-9, (4.6e-9, 9.6e-9))
    start = {"Na+": ([0.0, 4.6], [100.0, 0.0]), "Cl-": ([0.0, 4.6], [100.0, 0.0])}
    with pytest.raises(ValueError, match=r"z of the start of Na\+ is 4.6 m.*give 4.6e-09"):
        twin(slab, start, 27e-18, [1e-9])
    with pytest.raises(ValueError, match="z of fixed_charge is 9.6 m"):
        Slab(14.2e-9, (4.6e-9, 9.6e-9), fixed_charge=([4.6, 9.6], [1.0, 1.0]))
