"""Charge of a layout as its groups count, beside what DSPM-DE is fitted with."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison.twins.charges import ChargeProfile
from analysis.continuum.arrays import Array
from analysis.continuum.membranes import MEMBRANE_SOURCES, MEMBRANES
from analysis.continuum.model import finite_number
from analysis.continuum.profiles import Profile

if TYPE_CHECKING:
    import pandas as pd

LAYER = 1.5e-9
"""m, the thickness of the study's charged layers."""
NF270_FITS = ("NF270", "NF270-micari", "NF270-rehman")
"""Of `analysis.continuum.membranes`: -56, -50 and -63 mol/m3."""
EFFECTIVE_FRACTION = 0.15
"""Share of the nominal charge that counts. The fits of NF270 are 0.15, 0.16 and 0.18 of the nominal
-344 mol/m3 of the study's membrane at pH 7: -14 e in 5.2 x 5.2 x 5 nm, half of it pore fluid."""


def pore_density(profile: ChargeProfile, porosity: float) -> Array:
    """Nominal X of each bin, mol/m3 of pore fluid: that of the box over the porosity."""
    return np.asarray(profile.density / porosity)


def layer_charge(profile: ChargeProfile, width: float = LAYER) -> float:
    """Charge of the slice of a width (m) that has most of one sign, e; net if that is all.

    >>> round(layer_charge(ChargeProfile([0, 1e-9, 4e-9], [-4, -3], 1e-17), 2e-9), 12)
    -5.0
    """
    edges = np.asarray(profile.edges)
    below = np.append(0.0, np.cumsum(profile.charges))
    # The charge of a slice is linear in its place until one of its ends meets an edge.
    last = max(edges[-1] - width, edges[0])
    starts = np.clip(np.concatenate([edges, edges - width]), edges[0], last)
    slices = np.interp(starts + width, edges, below) - np.interp(starts, edges, below)
    return float(slices[np.abs(slices).argmax()])


def nominal_charges(
    profiles: Mapping[str, ChargeProfile],
    *,
    porosity: float,
    layer: float = LAYER,
    fits: Sequence[str] = NF270_FITS,
) -> "pd.DataFrame":
    """Nominal charge of layouts, net and in their most charged layer, beside fitted charges.

    Parameters
    ----------
    profiles : mapping
        By name of the layout.
    porosity : float
        Pore fluid over volume of the membrane, in (0, 1]: fitted charges are per pore fluid.
    layer : m
        Thickness of the slice with most charge of one sign.
    fits : names of `analysis.continuum.membranes.MEMBRANES`

    Returns
    -------
    DataFrame
        A row for each layout and fit: layout, net_charge_e, layer_charge_e, net_mol_m3,
        layer_mol_m3 (per pore fluid), fit, fitted_mol_m3, fitted_over_net (NaN without net charge,
        negative where the signs differ), source.

    Raises
    ------
    ValueError
        No profiles, a porosity or width out of range, a fit that has no name.

    >>> layout = ChargeProfile([-2.5e-9, -1e-9, 2.5e-9], [-14, 0], 5.2e-9**2)
    >>> table = nominal_charges({"feed": layout}, porosity=0.5, fits=["NF270"])
    >>> table[["net_mol_m3", "layer_mol_m3", "fitted_over_net"]].round(2).values.tolist()
    [[-343.9, -1146.33, 0.16]]
    """
    import pandas as pd

    check_profiles(profiles, porosity)
    finite_number("layer", layer, positive=True)
    if unknown := [name for name in fits if name not in MEMBRANES]:
        raise ValueError(f"fit {unknown[0]!r} has no name, allowed: {', '.join(MEMBRANES)}")
    rows = []
    for layout, profile in profiles.items():
        edges = np.asarray(profile.edges)
        faces = (float(edges[0]), float(edges[-1]))
        net = profile.mean_density(faces) / porosity
        most = layer_charge(profile, layer)
        slice_of = ChargeProfile([0.0, min(layer, faces[1] - faces[0])], [most], profile.area)
        for fit in fits:
            fitted = _uniform_charge(fit)
            rows.append(
                {
                    "layout": layout,
                    "net_charge_e": profile.net,
                    "layer_charge_e": most,
                    "net_mol_m3": net,
                    "layer_mol_m3": float(pore_density(slice_of, porosity)[0]),
                    "fit": fit,
                    "fitted_mol_m3": fitted,
                    "fitted_over_net": fitted / net if net else np.nan,
                    "source": MEMBRANE_SOURCES[fit],
                }
            )
    return pd.DataFrame(rows)


def _uniform_charge(name: str) -> float:
    density = MEMBRANES[name].charge_density
    if isinstance(density, Profile):
        raise ValueError(f"fit {name!r} has a charge that varies, allowed is a uniform one")
    return finite_number("charge_density", density)


def check_profiles(profiles: Mapping[str, ChargeProfile], porosity: float) -> None:
    """ValueError for no profiles, what is no ChargeProfile, a porosity outside (0, 1]."""
    if not profiles:
        raise ValueError("profiles are empty, allowed is at least one layout")
    for layout, profile in profiles.items():
        if not isinstance(profile, ChargeProfile):
            kind = type(profile).__name__
            raise ValueError(f"profile of {layout} is a {kind}, allowed is a ChargeProfile")
    if not 0 < finite_number("porosity", porosity) <= 1:
        raise ValueError(f"porosity is {porosity:g}, allowed: in (0, 1]")
