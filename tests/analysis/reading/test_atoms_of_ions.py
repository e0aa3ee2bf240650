"""Which atoms an ion of a run is made of."""

import numpy as np
import pandas as pd

from analysis.reading.sources import atoms_of_ions

ROLES = pd.DataFrame(
    {"atom": [9, 4, 0], "role": ["feed ion", "counter-ion", "membrane"], "species": "x"}
)


def test_an_ion_is_its_central_atom_and_those_bonded_to_it():
    bonds = np.array([[0, 1], [1, 2], [4, 5], [6, 4], [4, 7]])
    assert [own.tolist() for own in atoms_of_ions(ROLES, bonds)] == [[9], [4, 5, 6, 7]]


def test_ions_of_one_atom_each_are_not_listed():
    assert atoms_of_ions(ROLES, np.array([[0, 1], [1, 2]])) is None
    assert atoms_of_ions(ROLES, np.empty((0, 2), dtype=int)) is None
