"""Small networks built by hand, without dynamics."""

import numpy as np
import pytest

from membranes.building import reaction, relaxation
from membranes.building.packing import unreacted_network
from membranes.networks.monomers import MONOMERS, geometry

BOX = (3.0, 3.2, 3.0)
BRIEF = ((reaction, "PACKED_MINIMISATION", 100), (relaxation, "MINIMISATION_STEPS", 150))
"""Iterations that are enough for networks of a few hundred atoms."""


def grid_network(pip=6, tmc=4, box=BOX, seed=0):
    """Monomers on a lattice, unreacted."""
    kinds = ["PIP"] * pip + ["TMC"] * tmc
    cells = int(np.ceil(len(kinds) ** (1 / 3)))
    corners = np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3)
    places = (corners[: len(kinds)] + 0.5) * np.array(box) / cells
    positions = [geometry(kind)[1] + place for kind, place in zip(kinds, places, strict=True)]
    return unreacted_network(kinds, np.concatenate(positions), box, seed)


@pytest.fixture(autouse=True, scope="module")
def brief_minimisation():
    """Of this folder's tests alone."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name, steps in BRIEF:
            patch.setattr(module, name, steps)
        yield


@pytest.fixture
def monomers():
    """Six PIP and four TMC on a lattice."""
    return grid_network()


@pytest.fixture
def film():
    """A neutral film: 60 PIP and 40 hydrolysed TMC, half of the amines amidated on paper.

    Bonds of the amides are long, which no test that uses it minds.
    """
    network = grid_network(60, 40, box=(4.0, 4.0, 3.0))
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    links = list(zip(amines[:60], acyls[:60], strict=True))
    states = {arm: "amide" for link in links for arm in link}
    network = network.change(states, links)
    return network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))


@pytest.fixture
def arm_count():
    """Number of arms of each kind of residue."""
    return {kind: len(monomer.centres) for kind, monomer in MONOMERS.items()}
