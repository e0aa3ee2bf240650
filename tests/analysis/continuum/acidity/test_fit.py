from dataclasses import replace

import numpy as np
import pytest

from analysis.continuum.acidity import Variant, Zeta, fit, verdicts
from tests.analysis.continuum.acidity.planted import CACL2, NACL, PORE, SITES, bare, place

PLANTED = 0.12
ONE = Variant("one", "", {"charge_fraction": (0.0, 1.0), **PORE})


def synthetic(fraction=PLANTED, sd=0.01):
    """Permeations of a planted fraction, by the solver and charges worked out by hand."""
    charges = dict(zip(SITES.pH, fraction * (SITES.positive - SITES.negative), strict=True))
    places = [place(pH) for pH in charges] + [place(pH, CACL2, "CaCl2") for pH in (2.0, 10.0)]
    return [
        replace(one, permeation=bare(one.composition, charges[one.pH]), sd=sd) for one in places
    ]


@pytest.fixture(scope="module")
def planted():
    return fit(synthetic(), SITES, ONE)


def test_a_planted_fraction_is_recovered(planted):
    assert planted.best["charge_fraction"] == pytest.approx(PLANTED, rel=2e-3)
    low, high = planted.interval("charge_fraction")
    assert low < PLANTED < high
    assert planted.converged and not planted.warnings
    assert np.abs(planted.residuals).max() < 0.1


def test_the_interval_ends_where_the_misfit_says(planted):
    # By the solver alone: the rise at the ends is the 95 % point of chi squared with one freedom.
    for end in planted.interval("charge_fraction"):
        rise = sum(
            ((there.permeation - here.permeation) / here.sd) ** 2
            for here, there in zip(synthetic(), synthetic(end), strict=True)
        )
        assert rise == pytest.approx(3.84, rel=0.1)


def test_verdicts_agree_with_planted_data_and_not_with_a_wrong_zeta(planted):
    zeta = [Zeta(2.0, 15.0, 1, ""), Zeta(10.0, 51.0, 1, "")]
    table = verdicts(planted, zeta).set_index("statement")
    assert table.loc["sign at pH 2", "agrees"]
    assert not table.loc["sign at pH 10", "agrees"]
    assert table[table.kind.isin(["residual", "order", "extremum"])].agrees.all()
    assert set(table.kind) == {"residual", "order", "extremum", "zeta"}


def test_what_the_theory_cannot_follow_is_said():
    observed = synthetic()
    first, *others = observed
    # NaCl at pH 2 raised above pH 7: with most charge it cannot permeate most.
    wrong = [replace(first, permeation=0.95), *others]
    found = fit(wrong, SITES, ONE, with_profiles=False, curve_pH=[2.0])
    table = verdicts(found)
    disagreed = set(table[~table.agrees].kind)
    assert {"residual", "order", "extremum"} <= disagreed
    assert any("does not describe the data" in words for words in found.warnings)


def test_bands_hold_the_best_curve(planted):
    low, high = planted.curves.band
    assert (low <= planted.curves.permeation).all() and (planted.curves.permeation <= high).all()
    assert (high - low).max() > 1e-3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sd": 0.0}, "sd of NaCl at pH 2 is 0"),
        ({"pH": 5.0}, "no sites at pH 5"),
        ({"permeation": np.nan}, "permeation of NaCl at pH 2"),
    ],
)
def test_bad_observations_are_named(change, words):
    with pytest.raises(ValueError, match=words):
        fit([replace(place(2.0, NACL), **change), place(7.0)], SITES, ONE)


def test_fewer_data_than_parameters_are_refused():
    free = {"positive_fraction": (0.0, 1.0), "negative_fraction": (0.0, 1.0)}
    with pytest.raises(ValueError, match="1 observations for 2 free parameters"):
        fit([place(2.0)], SITES, Variant("two", "", {**free, **PORE}))
