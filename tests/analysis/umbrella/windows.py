"""Samples of windows on a landscape that is known, as the runs of windows give them."""

import numpy as np

from mdtools.umbrella.window import Samples

KT_KJ_MOL = 8.31446261815324e-3 * 300
STIFFNESS = 1000.0
"""kJ/mol/nm2."""
PATH = {"centre": 0.4, "faces": [-0.6, 1.4], "sheets": [-2.6, 3.4]}
"""Of a membrane of 2 nm, whose centre lies at 0.4 nm in its box; so its faces are at -10 and 10
angstrom of it, and the feed's sheet at -30."""


def drawn(energy, z_nm, count=300, seed=1, complete=True):
    """Windows at these centres (nm from the membrane's centre); ``energy`` in kT of z in nm."""
    rng, found = np.random.default_rng(seed), []
    for window, centre in enumerate(z_nm):
        grid = np.linspace(centre - 0.4, centre + 0.4, 4001)
        spring = STIFFNESS / KT_KJ_MOL * (grid - centre) ** 2 / 2
        share = np.cumsum(np.exp(-spring - energy(grid)))
        facts = {
            "atom": 7,
            "z_nm": float(centre),
            "stiffness_kJ_mol_nm2": STIFFNESS,
            "temperature_K": 300.0,
            "source": f"trial 1 at {window} ps",
            "path": PATH,
        }
        z = np.interp(rng.random(count), share / share[-1], grid)
        found.append(Samples(z, 2.0 * np.arange(count), 0.001, facts, complete))
    return found
