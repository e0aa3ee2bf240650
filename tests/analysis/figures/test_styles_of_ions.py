"""Ions of any feed have colours and marks of their own that readers can tell apart."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from analysis.figures.style import PALETTE, color, label, marker
from mdtools.ions import SHAPES
from tests.analysis.figures.test_figures import COLOUR_BLIND, lab

IONS, GROUPS = list(SHAPES), ["NH2+", "COO-"]


def linear(code):
    rgb = np.array(to_rgb(code))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("sight", COLOUR_BLIND)
def test_ions_and_groups_stay_apart_for_colour_blind_readers(sight):
    codes = {name: color(name) for name in [*IONS, *GROUPS]}
    codes |= {name: PALETTE[name] for name in ("water", "membrane")}
    seen = {n: lab(np.array(COLOUR_BLIND[sight]) @ linear(code)) for n, code in codes.items()}
    for a, b in combinations(seen, 2):
        assert np.linalg.norm(seen[a] - seen[b]) > 15, (a, b)


def test_ions_have_three_times_the_contrast_of_nothing_on_white():
    for name in IONS:
        luminance = linear(color(name)) @ [0.2126, 0.7152, 0.0722]
        assert 1.05 / (luminance + 0.05) > 3, name


def test_every_ion_and_group_has_its_own_marker_and_a_printed_name():
    names = [*IONS, *GROUPS]
    assert len({marker(name) for name in names}) == len(names)
    assert not any(set("+-") & set(label(name)) for name in names)
