"""Figures of a study whose data are mostly not public: what is drawn follows from what is."""

import numpy as np
import pytest

from tests.analysis.figures.test_figures import check_texts
from workflow.fitting import rehman


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(rehman, "SAMPLES", 64)
    axis, unit, _ = rehman.SWEPT["pore_radius"]
    monkeypatch.setattr(rehman, "SWEPT", {"pore_radius": (axis, unit, np.array([0.42, 0.5, 0.7]))})


def test_the_brine_is_neutral_and_that_of_the_data():
    solution = rehman.brine()
    amounts = {ion.name: (float(c), ion.charge) for ion, c in solution.concentrations.items()}
    assert amounts["Li+"][0] == 49.0 and amounts["Mg2+"][0] == 84.3
    assert sum(c * z for c, z in amounts.values()) == pytest.approx(0, abs=1e-9)


def test_wider_pores_reject_less_and_the_own_radius_is_in_between():
    figure = rehman.sweeps()
    check_drawn(figure)
    magnesium = figure.drawn["sweeps"].query("ion == 'Mg2+'").sort_values("x")
    assert (np.diff(magnesium["median"]) < 0).all()
    samples = rehman.distributions().drawn["samples"].query("ion == 'Mg2+'")
    assert magnesium["median"].iloc[1] == pytest.approx(samples.rejection.median(), abs=0.05)


def test_no_sample_lets_more_through_than_it_lets_in():
    figure = rehman.distributions()
    check_drawn(figure)
    samples = figure.drawn["samples"]
    # 9.67 % of the printed distribution are narrower than Mg2+: they reject all of it.
    shut = samples.rejection[samples.ion == "Mg2+"] > 1 - 1e-9
    assert shut.mean() == pytest.approx(0.0967, abs=0.04)
    assert "inf" not in figure.caption.split()


def test_factors_are_those_of_their_equations():
    figure = rehman.mechanisms()
    check_drawn(figure)
    table = figure.drawn["quantities"].set_index(["quantity", "ion"])["median"]
    median = rehman.PORES.median
    for ion, radius in (("Li+", 0.238e-9), ("Cl-", 0.121e-9)):
        steric = table["partition, steric", ion]
        assert steric == pytest.approx((1 - radius / median) ** 2, rel=0.1)
    assert (table["partition, donnan"].drop("Cl-") > 1).all()
    assert table["partition, donnan", "Cl-"] < 1


def check_drawn(figure):
    figure.draw_without_rendering()
    check_texts(figure)
