"""How ions partition into a membrane and diffuse there, by the theory of its pores."""

from collections.abc import Sequence

import numpy as np

from analysis.comparison.twins.ions import TEMPERATURE
from analysis.continuum import hindrance
from analysis.continuum.constants import WATER_PERMITTIVITY
from analysis.continuum.model import Membrane, Model, finite_number
from analysis.continuum.partitioning import born, steric
from analysis.continuum.species import Ion, find

KEPT_OUT = 30.0
"""kT: excess potential of an ion as large as the pores, of which 1e-13 get in."""


def pore_properties(
    ions: Sequence[Ion | str],
    membrane: Membrane,
    model: Model | None = None,
    *,
    porosity: float = 1.0,
    tortuosity: float = 1.0,
    water_permittivity: float = WATER_PERMITTIVITY,
    temperature: float = TEMPERATURE,
    keep_out: bool = False,
) -> dict[str, dict[str, float]]:
    """Excess potentials and diffusivities of ions in a membrane by the theory of its pores.

    Steric and Born partitioning and hindered diffusion of `analysis.continuum`: mu_ex/kT =
    -ln(porosity (1 - lambda)^2 phi_B), D = Kd D_water / tortuosity.

    Parameters
    ----------
    membrane : Membrane
        Of which one pore radius and one permittivity count.
    keep_out : bool
        Give an ion as large as the pore an excess of `KEPT_OUT`, and raise nothing.

    Returns
    -------
    dict with "excess" (kT) and "diffusivity" (m2/s), each by ion name : arguments of `TwinProblem`

    Raises
    ------
    ValueError
        An ion as large as the pore, unless it is to be kept out.

    >>> pore = Membrane(0.5e-9, 1e-6, 41.0, -50.0)
    >>> round(pore_properties(["Na+"], pore)["excess"]["Na+"], 3)
    2.682
    """
    chosen = model or Model()
    if not (0 < porosity <= 1 and tortuosity >= 1):
        raise ValueError(
            f"porosity is {porosity:g} and tortuosity {tortuosity:g}, allowed: in "
            "(0, 1], and 1 or more"
        )
    radius = finite_number("pore_radius", membrane.pore_radius, positive=True)
    result: dict[str, dict[str, float]] = {"excess": {}, "diffusivity": {}}
    for key in ions:
        ion = find(key)
        ratio = ion.stokes_radius / radius
        if ratio >= 1 and keep_out:
            result["excess"][ion.name] = KEPT_OUT
            result["diffusivity"][ion.name] = ion.diffusivity / tortuosity
            continue
        if ratio >= 1:
            raise ValueError(
                f"pore_radius is {1e9 * radius:g} nm, not above the radius of {ion.name}, "
                f"{1e9 * ion.stokes_radius:g} nm: it cannot enter"
            )
        partition = steric(ratio) * born(
            ion, membrane.pore_permittivity, water_permittivity, temperature, chosen.born_radius
        )
        hindered = hindrance.diffusive(ratio, chosen.hindrance)
        result["excess"][ion.name] = -float(np.log(porosity * partition))
        result["diffusivity"][ion.name] = float(hindered) * ion.diffusivity / tortuosity
    return result
