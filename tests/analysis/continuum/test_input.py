"""What cannot be solved is refused by the name of the argument and its value, before any step."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.continuum import IONS, Membrane, Model, Solution, solve

NACL = {"Na+": 10.0, "Cl-": 10.0}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Solution({}), "concentrations are empty"),
        (lambda: Solution({"Na+": "ten", "Cl-": 10.0}), "concentration of Na.* is 'ten'"),
        (lambda: Solution({"Na+": 1j, "Cl-": 10.0}), "concentration of Na.* is 1j"),
        (lambda: Solution(NACL, temperature=[298.0, 300.0]), "temperature has shape"),
        (lambda: Solution(NACL, permittivity=np.nan), "permittivity is nan"),
        (lambda: Solution(NACL, temperature=0.0), "temperature is 0"),
        (
            lambda: Solution({"Na+": 5.0, replace(IONS["Na+"], diffusivity=2e-9): 5.0, "Cl-": 10}),
            "Na.* is given twice",
        ),
        (lambda: Solution.neutralised({"Xx+": 5.0}, by="Cl-"), "ion 'Xx.' is unknown"),
        (lambda: Solution.neutralised({"Na+": 5.0}, by="xylose"), "by is xylose, which has no"),
        (lambda: Solution.neutralised({"Cl-": 5.0}, by="SO4--"), "concentration of SO4-- is -2.5"),
        (lambda: Membrane("wide", 1e-6, 42.0, -40.0), "pore_radius is 'wide'"),
    ],
)
def test_wrong_input_is_named(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_neutral_solutes_and_ions_of_ones_own_may_stand_in_a_neutralised_feed():
    own = replace(IONS["Na+"], name="Q+", charge=2)
    feed = Solution.neutralised({own: 4.0, "xylose": 3.0, "Cl-": 1.0}, by="Cl-")
    assert {ion.name: float(c) for ion, c in zip(feed.ions, feed.values, strict=True)} == {
        "Q+": 4.0,
        "xylose": 3.0,
        "Cl-": 8.0,
    }


def test_a_hindrance_law_beyond_its_range_is_said():
    membrane = Membrane([0.5e-9, 0.22e-9], 1e-6, 42.0, -40.0)
    feed = Solution(NACL)
    bowen = solve(membrane, feed, 1e-6, Model(hindrance="bowen")).assumptions["hindrance"]
    assert bowen == "bowen, beyond its range for Na+ in some cases"
    assert solve(membrane, feed, 1e-6).assumptions["hindrance"] == "dechadilok-deen"
