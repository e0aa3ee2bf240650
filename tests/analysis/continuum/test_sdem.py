"""Solution-diffusion-electromigration against closed forms and published fits."""

import numpy as np
import pytest

from analysis.continuum import Solution, sdem


@pytest.mark.parametrize(
    ("charges", "permeances", "expected", "published"),
    [
        ((1, -1), (113, 3.9), 7.53978, 7.5),
        ((2, -1), (3.7, 9.3), 6.18144, 6.1),
        ((1, -2), (0.8, 0.06), 0.156522, 0.16),
        ((2, -2), (0.9, 0.13), 0.227184, 0.23),
    ],
)
def test_salt_permeances_of_a_commercial_membrane(charges, permeances, expected, published):
    """Fernandez de Labastida and Yaroshchuk, Membranes 11, 272 (2021), NF270, um/s."""
    permeance = float(sdem.salt_permeance(*charges, *permeances))
    assert permeance == pytest.approx(expected, rel=1e-5)
    assert permeance == pytest.approx(published, rel=0.03)


@pytest.mark.parametrize(
    ("salt", "feed", "permeances"),
    [
        (("Na+", "Cl-"), (10, 10), (113e-6, 3.9e-6)),
        (("Mg2+", "Cl-"), (10, 20), (3.7e-6, 9.3e-6)),
        (("Na+", "SO4--"), (20, 10), (0.8e-6, 0.06e-6)),
    ],
)
def test_a_single_salt_follows_its_closed_form(salt, feed, permeances):
    solution = Solution(dict(zip(salt, feed, strict=True)))
    flux = np.array([1e-7, 1e-6, 1e-5, 4e-5])
    found = sdem.rejections(solution, dict(zip(salt, permeances, strict=True)), flux, cells=128)
    charges = [ion.charge for ion in solution.ions]
    expected = sdem.salt_rejection(sdem.salt_permeance(*charges, *permeances), flux)
    for name in salt:
        np.testing.assert_allclose(found[name], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("charges", "permeances", "flux", "measured"),
    [
        (
            (1, -1),
            (113, 3.9),
            (8.24, 12.34, 20.15, 27.73, 36.17, 45.10),
            (1.758, 2.145, 3.726, 4.870, 5.980, 7.049),
        ),
        (
            (1, -2),
            (0.8, 0.06),
            (6.43, 10.47, 18.90, 27.25, 33.62, 41.76),
            (52.2, 77.2, 122.8, 160.2, 214.7, 261.7),
        ),
        (
            (2, -2),
            (0.9, 0.13),
            (7.21, 11.58, 19.17, 26.86, 34.73, 43.13),
            (42.9, 53.3, 92.6, 120.5, 152.3, 184.3),
        ),
    ],
)
def test_measured_passage_of_salts_follows_the_law_with_the_fitted_permeances(
    charges, permeances, flux, measured
):
    """1 / (1 - R) against um/s, digitised from the same paper; half of the points within 10 %."""
    rejection = sdem.salt_rejection(sdem.salt_permeance(*charges, *permeances), np.array(flux))
    deviation = np.abs(1 / (1 - rejection) / np.array(measured) - 1)
    assert np.median(deviation) < 0.10
    assert deviation.max() < 0.26


def test_lithium_is_driven_through_by_magnesium_as_published():
    """Wang et al., Nature Water 1 (2023), source data: NFX, 2 g/L, Mg:Li 20:1."""
    feed = Solution({"Li+": 3.4, "Mg2+": 19.6, "Cl-": 42.6})
    permeances = {"Li+": 7.8028e-6, "Mg2+": 0.1556e-6, "Cl-": 7.8028e-6}
    found = sdem.rejections(feed, permeances, 10.56338 / 3.6e6)
    assert float(found["Li+"]) == pytest.approx(-0.8417781, abs=1e-5)
    assert float(found["Mg2+"]) == pytest.approx(0.89085921, abs=1e-5)
    assert float(found["Li+"]) == pytest.approx(-0.840708, abs=0.002)
    assert float(found["Mg2+"]) == pytest.approx(0.890930, abs=0.002)


def test_an_ion_that_is_absent_has_no_rejection_and_leaves_the_rest():
    permeances = {"Na+": 5e-6, "K+": 6e-6, "Cl-": 4e-6}
    with_none = sdem.rejections(Solution({"Na+": 10, "K+": 0, "Cl-": 10}), permeances, 1e-5)
    without = sdem.rejections(Solution({"Na+": 10, "Cl-": 10}), permeances, 1e-5)
    assert np.isnan(with_none["K+"])
    assert float(with_none["Cl-"]) == pytest.approx(float(without["Cl-"]), abs=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s: sdem.rejections(s, {"Na+": 1e-6}, 1e-6), "permeances has no Cl-"),
        (lambda s: sdem.rejections(s, {"Na+": 1e-6, "Cl-": 0}, 1e-6), "permeance of Cl- is 0"),
        (lambda s: sdem.salt_permeance(-1, 1, 1, 1), "charges are -1 and 1"),
        (lambda s: sdem.salt_rejection(1e-6, 0), "flux is 0"),
    ],
)
def test_what_has_no_answer_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(Solution({"Na+": 10.0, "Cl-": 10.0}))
