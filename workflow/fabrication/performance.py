"""What the continuum theory makes of fabricated films: rejections, permeabilities, cut-off.

The radius of the theory's pore is the geometric one times one factor, the same for every film. It
is set once, so that the mean of the reference membrane rejects the reference solute as measured:
geometric radii of dry networks are too small for ions that are known to pass.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import scipy

from analysis.comparison.twins.charges import ChargeProfile
from analysis.continuum import SOLUTES, Ion, Membrane, Profile, Solution, solve_pressure
from analysis.continuum.constants import BOLTZMANN, TEMPERATURE_K, WATER_VISCOSITY
from analysis.continuum.performance import (
    b_over_a,
    mwco,
    neutral_rejection,
    pure_water_permeability,
)
from analysis.continuum.species import find
from mdtools.errors import SettingsError
from workflow.fabrication.options import ObservationOptions

NM, BAR = 1e-9, 1e5
Key = Hashable
VARIANTS = ("profile", "average", "mirror", "uncharged")
SALTS = {"MgCl2": {"Mg2+": 1, "Cl-": 2}, "NaCl": {"Na+": 1, "Cl-": 1}}
CATION = {"MgCl2": "Mg2+", "NaCl": "Na+"}
BACKGROUND = {"Na+": 1, "Cl-": 1}
"""Salt in which pharmaceuticals are present as traces."""
PHARMACEUTICALS = {"atenolol": 266.34, "trimethoprim": 290.32}
"""g/mol of those that the study names, both of them positive; six others it does not name."""
CHARGES = (1, 0, -1)
SMALLEST_NM, LARGEST_NM = 0.2, 3.0


def solute(name: str, charge: int) -> Ion:
    """Return an organic solute by its molar mass: radius by Bowen and Mohammad, D from it.

    log10 r = -1.4854 + 0.461 log10 M with r in nm and M in g/mol: Bowen and Mohammad, Chem. Eng.
    Res. Des. 76, 885 (1998); D = k T / (6 pi mu r).

    >>> round(1e9 * solute("atenolol", 1).stokes_radius, 3)
    0.429
    """
    mass = PHARMACEUTICALS[name]
    radius = NM * 10 ** (-1.4854 + 0.461 * np.log10(mass))
    diffusivity = BOLTZMANN * TEMPERATURE_K / (6 * np.pi * WATER_VISCOSITY * radius)
    sign = {1: "+", 0: "", -1: "-"}[charge]
    source = "radius by molar mass, Bowen and Mohammad (1998)"
    return Ion(f"{name}{sign}", charge, float(diffusivity), float(radius), 1e-3 * mass, source)


@dataclass(frozen=True)
class Pores:
    """Pores of a film as the theory takes them, and its charge.

    Attributes
    ----------
    radius_nm : float
        Geometric.
    thickness_nm, porosity : float
    charge : ChargeProfile
    """

    radius_nm: float
    thickness_nm: float
    porosity: float
    charge: ChargeProfile

    def layers(self, options: ObservationOptions) -> np.ndarray:
        """Return the nominal charge (K,) of its layers from the organic face, mol/m3 of pores."""
        edges = np.asarray(self.charge.edges)
        own = edges[0] + layer_edges(options) * (edges[-1] - edges[0])
        amounts = np.asarray(self.charge.amounts(own))
        return np.asarray(amounts / np.diff(own) / self.porosity)

    def membrane(self, factor: float, options: ObservationOptions) -> Membrane:
        """Return the theory's membrane, uncharged."""
        radius = NM * factor * self.radius_nm
        return Membrane(radius, self.path(options), options.pore_permittivity, 0.0)

    def path(self, options: ObservationOptions) -> float:
        """Return the length of its pores, m: as thick as a real film, over the porosity."""
        return NM * options.thickness_scale * self.thickness_nm / self.porosity


def pore_factor(reference: list[Pores], options: ObservationOptions) -> float:
    """Return the factor of all radii, at which the reference rejects as measured on average.

    At a pressure the rejection of a neutral solute does not depend on the thickness.

    Raises SettingsError if no factor does.
    """

    def surplus(factor: float) -> float:
        found = [_neutral(options.reference_solute, film, factor, options) for film in reference]
        return float(np.mean(found)) - options.reference_rejection

    mean = float(np.mean([film.radius_nm for film in reference]))
    low, high = SMALLEST_NM / mean, LARGEST_NM / mean
    if not surplus(low) > 0 > surplus(high):
        raise SettingsError(
            f"observation.reference_rejection is {options.reference_rejection:g}: no pore radius "
            f"between {SMALLEST_NM:g} and {LARGEST_NM:g} nm rejects as much of "
            f"{options.reference_solute}"
        )
    return float(scipy.optimize.brentq(surplus, low, high, xtol=1e-6))


def _neutral(name: str, film: Pores, factor: float, options: ObservationOptions) -> float:
    membrane = film.membrane(factor, options)
    flux = float(pure_water_permeability(membrane)) * options.pressure_bar * BAR
    return float(neutral_rejection(name, membrane, flux))


def rejections(
    films: Mapping[Key, Pores], factor: float, options: ObservationOptions
) -> pd.DataFrame:
    """Tabulate what films reject: neutral solutes, salts, pharmaceuticals.

    Salts and charged solutes are rejected by the film's own charge profile, by the same charge
    spread evenly, by the mirror image, and without charge. An ion as large as the pore is rejected
    whole. All films are one batch of ``solve_pressure``.

    Returns
    -------
    DataFrame
        film, solute, charge (e), variant (of ``VARIANTS``), rejection, b_over_a_bar,
        excluded; b_over_a_bar is (dP - dPi) (1 - R) / R, NaN where nothing is rejected.
    """
    rows = []
    for name, film in films.items():
        for own in SOLUTES:
            rejected = _neutral(own, film, factor, options)
            rows.append(_row(name, own, 0, "profile", rejected, options.pressure_bar, False))
    for salt, ions in SALTS.items():
        feed = {find(ion): options.salt_mol_m3 * count for ion, count in ions.items()}
        rows += _charged(films, salt, find(CATION[salt]), feed, factor, options)
    for drug, charge in product(PHARMACEUTICALS, CHARGES):
        one, trace = solute(drug, charge), options.trace_mol_m3
        feed = {find(ion): options.salt_mol_m3 * count for ion, count in BACKGROUND.items()}
        feed[find("Cl-" if charge > 0 else "Na+")] += abs(charge) * trace
        rows += _charged(films, one.name, one, feed | {one: trace}, factor, options)
    return pd.DataFrame(rows)


def _charged(films, label: str, asked: Ion, feed: dict[Ion, float], factor: float, options):
    """Return rows of one feed, of the ion asked for, in the variants of the charge."""
    radii = {name: NM * factor * film.radius_nm for name, film in films.items()}
    inside = [name for name in films if asked.stokes_radius < radii[name]]
    rows = [
        _row(name, label, asked.charge, variant, 1.0, options.pressure_bar, True)
        for name in films
        if name not in inside
        for variant in VARIANTS
    ]
    if not inside:
        return rows
    edges = layer_edges(options)
    density = np.array([films[name].layers(options) for name in inside])
    # Layers are of one thickness.
    even = density.mean(axis=-1, keepdims=True)
    variants = np.stack([density, np.broadcast_to(even, density.shape)], axis=1)
    variants = np.concatenate([variants, density[:, None, ::-1], 0 * density[:, None]], axis=1)
    counted = options.accessible_share * options.charge_fraction
    membrane = Membrane(
        np.array([radii[name] for name in inside])[:, None],
        np.array([films[name].path(options) for name in inside])[:, None],
        options.pore_permittivity,
        Profile.layers(edges, counted * np.moveaxis(variants, -1, 0)),
    )
    found = solve_pressure(membrane, Solution(feed), options.pressure_bar * BAR)
    driving = found.flux / np.asarray(pure_water_permeability(membrane)) / BAR
    rejected = np.where(found.converged, found.rejection[asked.name], np.nan)
    for place, name in enumerate(inside):
        for number, variant in enumerate(VARIANTS):
            at = place, number
            numbers = float(rejected[at]), float(driving[at])
            rows.append(_row(name, label, asked.charge, variant, *numbers, False))
    return rows


def layer_edges(options: ObservationOptions) -> np.ndarray:
    """Return the edges of the layers of a film's charge, 0 at the organic face to 1."""
    return np.linspace(0.0, 1.0, options.charge_layers + 1)


def _row(film, name, charge, variant, rejected, driving_bar, excluded) -> dict:
    ratio = np.nan
    if 0 < rejected <= 1 and driving_bar > 0:
        ratio = float(b_over_a(rejected, driving_bar))
    return {
        "film": film,
        "solute": name,
        "charge": charge,
        "variant": variant,
        "rejection": rejected,
        "b_over_a_bar": ratio,
        "excluded": excluded,
    }


def summary_of(rows: pd.DataFrame, film: Pores, factor: float, options) -> dict[str, float]:
    """Return permeability, selectivities and cut-off of a film from its rows of ``rejections``."""
    own = rows[rows.variant == "profile"].set_index("solute")
    ratio = own.b_over_a_bar
    permeability = pure_water_permeability(film.membrane(factor, options)).lmh_bar()
    neutral = {name: float(own.rejection[name]) for name in SOLUTES}
    try:
        cut_off = mwco(neutral)
    except ValueError:
        # The curve does not cross 90 %.
        cut_off = np.nan
    edges = np.asarray(film.charge.edges) / NM
    volume = film.charge.area / NM**2 * float(edges[-1] - edges[0])
    return {
        "pore_radius_theory_nm": factor * film.radius_nm,
        "permeability_lmh_bar": float(permeability),
        "R_xylose_percent": 100 * float(own.rejection["xylose"]),
        "R_MgCl2_percent": 100 * float(own.rejection["MgCl2"]),
        "R_NaCl_percent": 100 * float(own.rejection["NaCl"]),
        "B_over_A_xylose_bar": float(ratio["xylose"]),
        "B_over_A_MgCl2_bar": float(ratio["MgCl2"]),
        "B_MgCl2_over_B_xylose": float(ratio["MgCl2"] / ratio["xylose"]),
        "mwco_g_mol": cut_off,
        "net_charge_e_per_nm3": float(film.charge.net / volume),
    }
