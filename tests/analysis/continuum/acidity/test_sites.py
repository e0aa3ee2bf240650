import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.continuum.acidity import CALCIUM_ACETATE, Sites, bound_charge, nf270_zeta


def test_layers_have_the_mean_of_the_net_charge():
    sites = Sites([2.0, 7.0], [10.0, 9.0], [0.0, 20.0], [0.0, 15.0])
    positive, negative = np.array([0.1, 1.0]), np.array([0.5, 0.2])
    layered = sites.layers(positive, negative, 0.25)
    assert 0.25 * layered[0] + 0.75 * layered[1] == pytest.approx(sites.net(positive, negative))
    # 15 of 20 acids in a quarter: 9 - 5 - 15 / 0.25 of all.
    assert sites.layers(1.0, 1.0, 0.25)[:, 1] == pytest.approx([-56.0, 4.0])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([7.0, 2.0], [1, 1], [1, 1]), "rising"),
        (([2.0, 7.0], [1, 1], [1]), "one for each pH"),
        (([2.0, 7.0], [1, -1], [1, 1]), "positive sites are -1"),
        (([2.0, 7.0], [1, 1], [1, 1], [2, 0]), "exceed"),
    ],
)
def test_sites_that_cannot_be_are_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        Sites(*arguments)


def test_a_pH_without_sites_is_named():
    with pytest.raises(ValueError, match=r"no sites at pH 9, allowed is one of 2, 7"):
        Sites([2.0, 7.0], [1.0, 1.0], [1.0, 1.0]).rows([7.0, 9.0])


def test_bound_calcium_obeys_langmuir_and_neutrality():
    amines, acids, k = 20.0, 150.0, CALCIUM_ACETATE
    feed, factors = np.array([100.0, 200.0]), np.array([0.02, 0.15])

    def excess(calcium):
        # Without potential: q_Cl from the product q_Ca q_Cl^2, which Donnan's factor leaves alone.
        product = factors[0] * feed[0] * (factors[1] * feed[1]) ** 2
        chloride = np.sqrt(product / calcium)
        share = k * calcium / (1 + k * calcium)
        return 2 * calcium - chloride + amines - acids * (1 - 2 * share)

    calcium = brentq(excess, 1e-9, 1e4, xtol=1e-12)
    share = k * calcium / (1 + k * calcium)
    found = bound_charge([amines], [acids], feed[None], [2, -1], factors[None], [k, 0.0])
    assert found[0] == pytest.approx(amines - acids * (1 - 2 * share), rel=1e-9)


def test_strong_association_turns_every_acid_positive():
    found = bound_charge([0.0], [50.0], [[100.0, 200.0]], [2, -1], [[0.1, 0.2]], [1e9, 0.0])
    assert found[0] == pytest.approx(50.0, rel=1e-6)


def test_association_constant_is_that_of_acetate():
    # log K = 1.18 in L/mol.
    assert pytest.approx(15.1, rel=0.01) == 1e3 * CALCIUM_ACETATE


def test_zeta_of_nf270_falls_through_zero_once():
    signs = [zeta.sign for zeta in nf270_zeta()]
    assert signs == sorted(signs, reverse=True)
    assert {1, 0, -1} == set(signs)
