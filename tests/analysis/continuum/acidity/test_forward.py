"""Predictions of variants beside calls of the solver with charges worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.continuum import Ion, Profile
from analysis.continuum.acidity import Forward, Variant
from tests.analysis.continuum.acidity.planted import CACL2, NACL, PORE, SITES, bare, place

VALUES = {name: np.array([value]) for name, value in PORE.items()}


def test_fractions_weigh_the_groups_of_each_sign():
    variant = Variant("v", "", {"positive_fraction": 0.1, "negative_fraction": 0.2, **PORE})
    places = (place(2.0), place(10.0), place(10.0, CACL2, "CaCl2"))
    values = VALUES | {"positive_fraction": np.array([0.1]), "negative_fraction": np.array([0.2])}
    found = Forward(places, SITES, variant)(values, 256)[0]
    expected = [bare(NACL, 70.0 - 0.2), bare(NACL, 13.0 - 130.0), bare(CACL2, 13.0 - 130.0)]
    assert found == pytest.approx(expected, abs=1e-6)


def test_no_fraction_leaves_no_pH():
    variant = Variant("v", "", {"charge_fraction": 0.0, **PORE})
    forward = Forward(tuple(place(pH) for pH in (2.0, 7.0, 10.0)), SITES, variant)
    found = forward(VALUES | {"charge_fraction": np.zeros(1)})[0]
    assert found == pytest.approx(np.full(3, found[0]), abs=1e-12)
    assert forward(VALUES | {"charge_fraction": np.full(1, 0.1)})[0].std() > 0.05


def test_mirrored_groups_and_ions_permeate_alike():
    def mirrored(composition):
        return tuple(
            (Ion(f"{ion.name}*", -ion.charge, ion.diffusivity, ion.stokes_radius), c)
            for ion, c in composition
        )

    swapped = replace(
        SITES, positive=SITES.negative, negative=SITES.positive, surface_negative=None
    )
    values = VALUES | {"charge_fraction": np.array([0.15])}
    variant = Variant("v", "", {"charge_fraction": 0.15, **PORE})
    for composition, salt in ((NACL, "NaCl"), (CACL2, "CaCl2")):
        own = Forward(
            (place(2.0, composition, salt), place(10.0, composition, salt)), SITES, variant
        )
        other = mirrored(composition)
        image = Forward((place(2.0, other, salt), place(10.0, other, salt)), swapped, variant)
        assert own(values)[0] == pytest.approx(image(values)[0], abs=1e-9)


def test_surface_acids_lie_toward_the_feed():
    variant = Variant("v", "", {"charge_fraction": 0.2, **PORE}, layer=0.5)
    found = Forward((place(7.0),), SITES, variant)(
        VALUES | {"charge_fraction": np.array([0.2])}, 256
    )
    # 690 amines everywhere, 330 acids in the first half only.
    layered = Profile.layers([0.0, 0.5, 1.0], [0.2 * (690 - 660), 0.2 * 690])
    assert float(found[0, 0]) == pytest.approx(bare(NACL, layered), abs=1e-6)


def test_binding_concerns_the_salt_that_binds():
    ranges = {"charge_fraction": 0.2, **PORE}
    values = VALUES | {"charge_fraction": np.array([0.2])}
    places = (place(10.0), place(10.0, CACL2, "CaCl2"))
    free = Forward(places, SITES, Variant("v", "", ranges))
    binding = Forward(places, SITES, Variant("v", "", ranges, {"Ca2+": 0.0151}))
    sodium, calcium = binding.charges(values)[0]
    assert sodium == pytest.approx(0.2 * (130 - 650))
    assert sodium < calcium < 0.2 * (130 + 650)
    assert binding(values)[0, 1] == pytest.approx(bare(CACL2, calcium), abs=1e-4)
    assert free(values)[0, 0] == pytest.approx(binding(values)[0, 0], abs=1e-12)


def test_curves_keep_the_conditions_of_their_salt():
    variant = Variant("v", "", {"charge_fraction": 0.1, **PORE})
    curve = Forward((place(2.0), place(10.0, CACL2, "CaCl2")), SITES, variant).at([7.0, 10.0])
    assert [(one.salt, one.pH) for one in curve.observed] == [
        ("NaCl", 7.0),
        ("NaCl", 10.0),
        ("CaCl2", 7.0),
        ("CaCl2", 10.0),
    ]
    with pytest.raises(ValueError, match="no sites at pH 8"):
        curve.at([8.0])
