import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.comparison import ChargeProfile, Geometry, Species, TwinProblem, solve_twin
from analysis.continuum.constants import AVOGADRO
from analysis.continuum.partitioning import donnan
from tests.analysis.comparison.twins import closed_forms as forms

WITHIN = 1e-4
"""What the default resolution promises."""


def step_error(**options):
    times = np.array([0.01, 1, 10, 50]) * 1e-9
    result = solve_twin(forms.step_twin(), times, **options)
    expected = [forms.step_shares(result.faces, time) for time in times]
    return np.abs(forms.shares_below(result) - expected).max()


def boltzmann_error(closure="poisson", **options):
    result = solve_twin(forms.driven_twin(closure), [2e-6], **options)
    expected = forms.boltzmann_shares(result.faces)
    return max(np.abs(forms.shares_below(result, i) - expected).max() for i in (0, 1))


def double_layer_error(**options):
    result = solve_twin(forms.double_layer_twin(), [1e-6], **options)
    expected = forms.double_layer_potential(result.faces)
    return np.abs(result.drop_at_faces[-1] - expected).max() / np.ptp(expected)


@pytest.mark.parametrize("error", [step_error, boltzmann_error, double_layer_error])
def test_default_resolution_reaches_the_closed_form(error):
    assert error() < WITHIN


@pytest.mark.parametrize("error", [step_error, boltzmann_error, double_layer_error])
def test_twice_the_cells_leave_a_quarter_of_the_error(error):
    coarse, fine = (error(level=level, tolerance=4e-5) for level in (1, 2))
    assert np.log2(coarse / fine) == pytest.approx(2, abs=0.15)


def test_twice_the_cells_leave_a_quarter_of_a_donnan_step_s_error():
    """Salt that runs into a charged layer: numbers past its middle, from three grids."""
    salt = [Species("Na+", feed=37, permeate=7), Species("Cl-", feed=30)]
    charge = ChargeProfile(THICK.faces, [-14.0], forms.AREA)
    twin = TwinProblem(THICK, salt, charge, closure="electroneutral", excess=EXCESS)
    past = [solve_twin(twin, [20e-9, 80e-9], 1e-5, level=level).past() for level in (1, 2, 3)]
    coarse, fine = (np.abs(b - a).max() for a, b in zip(past, past[1:], strict=False))
    assert np.log2(coarse / fine) == pytest.approx(2, abs=0.3)


def test_electroneutral_ions_reach_the_boltzmann_profile_too():
    assert boltzmann_error("electroneutral") < WITHIN


def test_driven_ions_drift_as_the_eigenfunctions_of_a_closed_box_say():
    times = np.array([0.5, 2, 5]) * 1e-9
    result = solve_twin(forms.driven_twin(), times)
    expected = [forms.drifting_mean_z(time) for time in times]
    assert (
        np.abs(result.mean_z_by_species - np.array(expected)[:, None]).max()
        < WITHIN * forms.CELL.length
    )


def test_a_weak_charge_relaxes_at_the_rate_of_debye():
    """Of ions that move alike, wave k of the charge decays at D (k^2 + kappa^2)."""
    geometry, small = forms.CELL, 1e-3
    lengths = np.diff([geometry.ends[0], *geometry.faces, geometry.ends[1]])
    even = 100 * lengths / geometry.length
    more = small * even[0]
    salt = [
        Species("Na+", even[0] + more, even[2] - more, even[1]),
        Species(forms.LIKE_SODIUM, even[0] - more, even[2] + more, even[1]),
    ]
    times = np.array([0.0, 0.2, 0.5]) * 1e-9
    result = solve_twin(TwinProblem(geometry, salt, force=0.0), times, 1e-8, level=3)
    mean = 100 / (AVOGADRO * geometry.area * geometry.length)
    k = forms.WAVES * np.pi / geometry.length
    # Charge of 2 small mean before the membrane and the opposite behind it, as the cell is even.
    waves = 2 / geometry.length * 2 * small * mean * 2 * np.sin(k * lengths[0]) / k
    waves[1::2] = 0
    rate = forms.LIKE_SODIUM.diffusivity * (k**2 + forms.squared_inverse_debye_length(2 * mean))
    # psi'' = -rho, and from end to end each odd wave falls by twice its height.
    rho = forms.squared_inverse_debye_length(waves)
    expected = [-2 * np.sum(rho / k**2 * np.exp(-rate * time)) for time in times]
    assert np.ptp(expected) > 0.5 * np.abs(expected).max()
    assert result.drop_at_faces[:, -1] == pytest.approx(expected, rel=1e-3)


THICK = Geometry.symmetric(10e-9, 20e-9, forms.AREA)
EXCESS = {"Na+": 1.0, "Cl-": 0.5}
SALT = 30


def donnan_cell(closure):
    """A thick charged layer at equilibrium with reservoirs: cations, anions, charge."""
    ions = [
        Species("Na+", feed=SALT + 7, permeate=SALT + 7),
        Species("Cl-", feed=SALT, permeate=SALT),
    ]
    charge = ChargeProfile(THICK.faces, [-14.0], forms.AREA)
    twin = TwinProblem(
        THICK, ions, charge, force=0.0, closure=closure, excess=EXCESS, permittivity=42.0
    )
    result = solve_twin(twin, [3e-6])
    return result.by_species[-1], result.z, charge.density[0]


def test_neutral_ions_part_as_donnan_says():
    found, z, charge = donnan_cell("electroneutral")
    partition = np.exp([-EXCESS["Na+"], -EXCESS["Cl-"]])
    each = 1 / (AVOGADRO * forms.AREA * 20e-9)

    def anions_left_over(outside):
        inside, _ = donnan([outside, outside], [1, -1], charge, partition)
        return outside + inside[1] - 2 * SALT * each

    outside = brentq(anions_left_over, 1, 1000)
    inside, _ = donnan([outside, outside], [1, -1], charge, partition)
    assert found[:, np.abs(z).argmin()] == pytest.approx(inside, rel=WITHIN)
    assert found[:, 0] == pytest.approx([outside, outside], rel=WITHIN)


def test_the_bulk_of_a_thick_layer_parts_as_donnan_says():
    found, z, charge = donnan_cell("poisson")
    partition = np.exp([-EXCESS["Na+"], -EXCESS["Cl-"]])
    inside, _ = donnan(found[:, 0].mean() * np.ones(2), [1, -1], charge, partition)
    assert found[:, np.abs(z).argmin()] == pytest.approx(inside, rel=WITHIN)


def test_a_vanishing_permittivity_leads_to_the_electroneutral_limit(monkeypatch):
    shares = []
    for factor in (1e-6, 1e-9):
        monkeypatch.setattr("analysis.comparison.twins.problem.NEUTRAL_LIMIT", factor)
        salt = [Species("Na+", feed=17), Species("Cl-", feed=10)]
        charge = ChargeProfile(forms.CELL.faces, [-7.0], forms.AREA)
        twin = TwinProblem(forms.CELL, salt, charge, closure="electroneutral", permittivity=42.0)
        result = solve_twin(twin, [1e-9, 20e-9], 1e-3, level=1)
        shares.append(result.past() / result.between())
    assert shares[0] == pytest.approx(shares[1], abs=1e-4)
