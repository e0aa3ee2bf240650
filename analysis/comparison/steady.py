"""Steady rejection of charge layouts under pressure, beside their average and mirror image."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from analysis.comparison.parameters.fitted_charge import (
    EFFECTIVE_FRACTION,
    check_profiles,
    pore_density,
)
from analysis.comparison.twins.charges import ChargeProfile
from analysis.continuum import Membrane, Model, Profile, Solution, Transport, solve, solve_pressure
from analysis.continuum.arrays import Array
from analysis.continuum.model import finite_array, finite_number
from analysis.continuum.pressure import applied_pressure

if TYPE_CHECKING:
    import pandas as pd

VARIANTS = ("profile", "average", "mirror")
SAME_PLACE = 1e-9
"""Share of the membrane within which edges of different layouts are one."""


def steady_rejections(
    profiles: Mapping[str, ChargeProfile],
    solution: Solution,
    membrane: Membrane,
    *,
    porosity: float,
    fluxes: npt.ArrayLike | None = None,
    pressures: npt.ArrayLike | None = None,
    fractions: Sequence[float] = (1.0, EFFECTIVE_FRACTION),
    model: Model | None = None,
) -> "pd.DataFrame":
    """What DSPM-DE says that charge layouts reject, at fluxes or at pressures.

    Each layout has three variants: ``profile`` as it is, ``average`` with the same net charge
    spread evenly, ``mirror`` with its feed side toward the permeate. A layout is stretched to the
    membrane's effective thickness. At a pressure the rejection does not depend on that thickness,
    to which the flux is inversely proportional. All of them are one batch of `solve` or
    `solve_pressure`; the feed is stirred perfectly.

    Parameters
    ----------
    profiles : mapping
        By name of the layout; each from the feed's face, its first edge, to the permeate's, its
        last.
    solution : Solution
        The feed: a salt, or more ions; one concentration of each.
    membrane : Membrane
        One pore; its charge is replaced.
    porosity : float
        Pore fluid over volume of the membrane, in (0, 1]. DSPM-DE's X is per pore fluid, that of a
        ChargeProfile per volume of the box: X = density / porosity.
    fluxes, pressures : numbers or rows, m/s or Pa
        One of them.
    fractions : sequence
        Shares of the nominal charge, in which every group counts as 1 e.

    Returns
    -------
    DataFrame
        A row for each layout, variant, charge_fraction, drive and ion: layout, variant,
        charge_fraction, pressure_Pa, flux_m_s, ion, rejection, permeation (c_permeate / c_feed),
        converged. What did not converge is there, marked, with NaN.

    Raises
    ------
    ValueError
        Before any step, naming the argument and its value; also for an ion as large as the pore.

    >>> layout = ChargeProfile([-2.5e-9, -1e-9, 2.5e-9], [-14, 0], 5.2e-9**2)
    >>> table = steady_rejections(
    ...     {"feed": layout},
    ...     Solution({"Na+": 100.0, "Cl-": 100.0}),
    ...     Membrane(0.49e-9, 0.79e-6, 44.0, 0.0),
    ...     porosity=0.5,
    ...     pressures=1e6,
    ...     fractions=[0.15],
    ... )
    >>> table[table["ion"] == "Na+"].set_index("variant")["rejection"].round(3).to_dict()
    {'profile': 0.668, 'average': 0.641, 'mirror': 0.689}
    """
    check_profiles(profiles, porosity)
    _check_pore(solution, membrane)
    if (fluxes is None) == (pressures is None):
        raise ValueError("give fluxes or pressures, one of them")
    name, given = ("pressures", pressures) if fluxes is None else ("fluxes", fluxes)
    drives = np.atleast_1d(finite_array(name, np.asarray(given, dtype=float), positive=True))
    shares = finite_array("fractions", fractions)
    if drives.ndim != 1 or shares.ndim != 1 or not (drives.size and shares.size):
        raise ValueError(
            f"{name} and fractions have shapes {drives.shape} and {shares.shape}, "
            "allowed is a row of each"
        )
    charge = _variants(list(profiles.values()), porosity, shares)
    charged = replace(membrane, charge_density=charge)
    model = model or Model()
    if fluxes is None:
        found = solve_pressure(charged, solution, drives, model=model)
        pressure = np.broadcast_to(drives, found.flux.shape)
    else:
        found = solve(charged, solution, drives, model=model)
        pressure = applied_pressure(charged, solution, found, model.activity)
    keys = {"layout": list(profiles), "variant": VARIANTS, "charge_fraction": shares.tolist()}
    return _table(keys, found, pressure, solution)


def _check_pore(solution: Solution, membrane: Membrane) -> None:
    """ValueError unless every ion fits into one pore and has one concentration."""
    for ion, value in zip(solution.ions, solution.values, strict=True):
        finite_number(f"concentration of {ion.name}", value, positive=True)
    for field in ("effective_thickness", "pore_permittivity", "matrix_permittivity"):
        finite_number(field, getattr(membrane, field), positive=True)
    radius = finite_number("pore_radius", membrane.pore_radius, positive=True)
    if large := [ion for ion in solution.ions if ion.stokes_radius >= radius]:
        radii = ", ".join(f"{ion.name} ({1e9 * ion.stokes_radius:.3g} nm)" for ion in large)
        raise ValueError(
            f"pore_radius is {1e9 * radius:g} nm, not above the Stokes radius of {radii}: by size "
            "alone nothing of this salt passes, whatever the charge. Take a radius that was fitted "
            "to rejections (NF270: 0.49 to 0.51 nm) in place of a geometric one, or leave the salt "
            "out"
        )


def _variants(profiles: Sequence[ChargeProfile], porosity: float, fractions: Array) -> Profile:
    """Charge of every layout, variant and fraction in one Profile, (K, layouts, 3, fractions, 1).

    Jumps are at the edges of all layouts and of their mirror images.
    """
    ends = [_relative(profile) for profile in profiles]
    places = np.sort(np.concatenate([*ends, *(1 - x for x in ends)]))
    inner = places[(places > SAME_PLACE) & (places < 1 - SAME_PLACE)]
    inner = inner[np.diff(inner, prepend=0.0) > SAME_PLACE]
    edges = np.concatenate([[0.0], inner, [1.0]])
    centres = (edges[1:] + edges[:-1]) / 2
    density = np.empty((len(centres), len(profiles), len(VARIANTS)))
    for row, (x, profile) in enumerate(zip(ends, profiles, strict=True)):
        own = pore_density(profile, porosity)
        density[:, row, 0] = own[np.searchsorted(x, centres) - 1]
        density[:, row, 1] = own @ np.diff(x)
        density[:, row, 2] = own[np.searchsorted(x, 1 - centres) - 1]
    return Profile.layers(edges, density[..., None, None] * fractions[:, None])


def _relative(profile: ChargeProfile) -> Array:
    """Edges from 0 at the feed's face to 1 at the permeate's."""
    edges = np.asarray(profile.edges)
    return np.asarray((edges - edges[0]) / (edges[-1] - edges[0]))


def _table(
    keys: Mapping[str, Sequence[object]],
    found: Transport,
    pressure: Array,
    solution: Solution,
) -> "pd.DataFrame":
    """Tidy rows of a solve of shape (layouts, variants, fractions, drives)."""
    import pandas as pd

    ions = [ion.name for ion in solution.ions]
    index = pd.MultiIndex.from_product(
        [*keys.values(), range(found.flux.shape[-1]), ions], names=[*keys, "drive", "ion"]
    )
    feed = np.array([float(value) for value in solution.values])
    permeate = np.stack([found.permeate[name] for name in ions], axis=-1)
    columns = {
        "pressure_Pa": pressure,
        "flux_m_s": found.flux,
        "rejection": np.stack([found.rejection[name] for name in ions], axis=-1),
        "permeation": permeate / feed,
        "converged": found.converged,
    }
    rows = index.to_frame(index=False).drop(columns="drive")
    for column, values in columns.items():
        by_ion = values if values.ndim == permeate.ndim else values[..., None]
        rows[column] = np.broadcast_to(by_ion, permeate.shape).reshape(-1)
    order = ["pressure_Pa", "flux_m_s", "ion", "rejection", "permeation", "converged"]
    return rows[[*keys, *order]]
