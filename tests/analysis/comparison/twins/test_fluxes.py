import numpy as np
import pytest
from scipy.integrate import quad

from analysis.comparison.twins.system import System


def between(c, step, z, resistance, excess, force, share, at_face=0.0, ends=(0.0, 0.0)):
    """Flux between two cells and its parts, of one ion."""
    system = System(
        width=np.ones(2),
        valence=np.array([[z]]),
        resistance=np.array([resistance], dtype=float),
        excess=np.array([[excess]]),
        force=np.array([force], dtype=float),
        open=np.ones((1, 1)),
        capacity=np.ones(1),
        share=np.array([share]),
        at_face=np.array([at_face]),
        stretch=np.where(ends, 2.0, 1.0)[:, None],
        ends=np.array(ends, dtype=float)[:, None],
        voids=False,
        fixed=np.zeros(2),
        totals=np.ones(1),
    )
    return system.fluxes(np.array([c], dtype=float), np.array([step]))


CASES = [
    ([3.0, 5.0], 0.0, 1.0, [1.0, 2.0], 0.0, [0.0, 0.0], 0.5),
    ([3.0, 5.0], 1e-4, -2.0, [1.0, 2.0], 0.0, [1e-5, 2e-5], 0.3),
    ([3.0, 5.0], -4.0, 1.0, [1.0, 0.3], 2.5, [0.5, 0.2], 0.3),
    ([3.0, 0.0], 6.0, -1.0, [0.2, 0.3], -2.5, [0.5, 0.2], 0.8),
    ([0.0, 5.0], 0.058, 1.0, [1.0, 1.0], 0.7, [0.0, 0.0], 0.5),
    ([3.0, 5.0], -4.0, 1.0, [1.0, 0.3], 2.5, [0.5, 0.2], 0.3, 1.0),
    ([3.0, 5.0], 2.0, -2.0, [1.0, 0.3], 0.5, [0.0, 0.2], 0.6, 0.7),
    ([3.0, 5.0], -2.0, 1.0, [1.0, 0.3], 0.5, [0.1, 0.2], 0.6, 1.0, (0.0, 1.0)),
    ([3.0, 5.0], -2.0, -1.0, [1.0, 0.3], 0.0, [0.1, 0.2], 0.6, 1.0, (1.0, 0.0)),
    ([3.0, 5.0], 2.0, 2.0, [1.0, 0.3], 0.0, [0.1, 0.2], 0.6, 1.0, (0.0, -1.0)),
    ([3.0, 5.0], -0.7, -1.0, [1.0, 0.3], 0.2, [0.1, 0.2], 0.6, 1.0, (2.0, 0.0)),
]


def stretched(z, step, ends):
    """Times its resistance, what either half cell resists, with s of the ions that end there."""
    before, behind = ends
    swept = [z * valence < 0 for valence in ends]
    return [
        1 if not before else 2 * (np.exp((before + z) * step) if swept[0] else 1),
        1 if not behind else 2 * (np.exp(-(behind + z) * step) if swept[1] else 1),
    ]


@pytest.mark.parametrize("case", CASES)
def test_flux_is_the_integral_of_nernst_and_planck(case):
    """J = (c exp(u) - c' exp(u')) / int exp(u) / D dz along the potential u between the centres."""
    c, step, z, resistance, excess, force, share, *more = case
    jump = step * (more[0] if more else 0.0)
    if len(more) > 1:
        resistance = np.multiply(resistance, stretched(z, step, more[1]))
    first, second = z * (step - jump) * np.array([share, 1 - share]) - force
    resisted = resistance[0] * quad(lambda s: np.exp(first * s), 0, 1)[0]
    resisted += (
        resistance[1] * quad(lambda s: np.exp(first + excess + z * jump + second * s), 0, 1)[0]
    )
    expected = (c[0] - c[1] * np.exp(first + excess + z * jump + second)) / resisted
    assert between(*case).flux == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_derivative_by_the_potential_is_that_of_the_flux(case):
    c, step, *rest = case
    ahead, behind = (between(c, step + h, *rest).flux[0, 0] for h in (1e-5, -1e-5))
    slope = (ahead - behind) / 2e-5
    assert between(*case).by_step[0, 0] == pytest.approx(slope, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("filled", [0.02, 0.3, 1.0])
@pytest.mark.parametrize(("counter", "swept"), [(1, -1), (2, -1), (-1, 2), (-1, 1), (3, -2)])
def test_what_a_void_sweeps_away_goes_as_far_as_the_counter_ions_reach(counter, swept, filled):
    """Fick's law from the middle of the full cell to the edge, and from either side of it."""
    diffusivity, width, c = 2.0, 0.1, 3.0
    resistance = [width / 2 / diffusivity] * 2
    step = -np.log(filled) / counter
    behind = between([c, 0.0], step, swept, resistance, 0.0, [0, 0], 0.5, 1.0, (0, counter))
    before = between([0.0, c], -step, swept, resistance, 0.0, [0, 0], 0.5, 1.0, (counter, 0))
    expected = diffusivity * c / (width / 2 + filled * width)
    assert behind.flux == pytest.approx(expected, rel=1e-12)
    assert before.flux == pytest.approx(-expected, rel=1e-12)
    ending = between(
        [c, filled * c], step, counter, resistance, 0.0, [0, 0], 0.5, 1.0, (0, counter)
    )
    assert ending.flux == pytest.approx(0, abs=1e-12 * expected)


@pytest.mark.parametrize("step", [-1e6, -800.0, 800.0, 1e6])
def test_in_the_steepest_fields_ions_run_downhill_only(step):
    found = between([3.0, 5.0], step, 1.0, [1.0, 1.0], 3.0, [0.0, 0.0], 0.5)
    assert np.isfinite(found).all()
    assert np.sign(found.flux[0, 0]) == -np.sign(step)
    # c or c' times the drift velocity z step / (r + r').
    upstream = 3.0 if step < 0 else 5.0
    assert found.flux[0, 0] == pytest.approx(-upstream * step / 2, rel=0.01)
