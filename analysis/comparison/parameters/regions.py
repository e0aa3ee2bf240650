"""Where in a cell ions are counted: the membrane, and the feed reservoir less its ends."""

import numpy as np

from analysis.store import Store
from analysis.trials import Trials
from mdtools.roles import IONS

MARGIN_ANGSTROM = 10.0
MARGIN_SHARE = 1 / 3
"""The margin kept from the feed piston and the feed face, a share of their distance at most; as
for radial distributions in the feed reservoir."""


def feed_region(trials: Trials) -> tuple[float, float]:
    """Limits of the feed reservoir without its ends, angstrom, those of all trials.

    Raises ValueError if the feed piston is not below the feed face.
    """
    piston = float(np.mean([store.pistons_angstrom[:, 0].mean() for store in trials.stores]))
    face = trials.faces[0]
    if not piston < face:
        raise ValueError(f"feed piston at {piston:g} angstrom, feed face at {face:g}")
    margin = min(MARGIN_ANGSTROM, MARGIN_SHARE * (face - piston))
    return piston + margin, face - margin


def ion_columns(store: Store, ion: str) -> np.ndarray:
    """Columns of stored positions that hold a species, feed ions and counter-ions."""
    return np.concatenate([store.columns(role, ion) for role in IONS])
