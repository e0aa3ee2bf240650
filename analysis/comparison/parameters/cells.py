"""The problem of a twin out of a campaign's results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import Missing
from analysis.comparison.parameters.parameters import Parameters
from analysis.comparison.parameters.pores import KEPT_OUT
from analysis.comparison.twins.geometry import Geometry
from analysis.comparison.twins.problem import TwinProblem
from analysis.continuum.constants import AVOGADRO, BOLTZMANN
from analysis.continuum.species import find

if TYPE_CHECKING:
    pass

from analysis.comparison.parameters.places import NM, places


@dataclass(frozen=True)
class CellTwin:
    """What a twin of a cell solves, and what that rests on.

    Attributes
    ----------
    problem : TwinProblem
    basis : str
        "runs", "cell", or "layout and network alone".
    notes : tuple of str
        What was assumed or left out, in words.
    """

    problem: TwinProblem
    basis: str
    notes: tuple[str, ...]


def cell_twin(
    campaign: Campaign,
    parameters: Parameters,
    *,
    marks_nm: tuple[float, ...] = (),
    pore_radius_nm: float | None = None,
) -> CellTwin:
    """The problem that stands beside the runs of one layout and salt.

    Geometry, charge and the ions' start are those of the runs if there are some, else of the cell,
    else of the layout with the campaign's own numbers.

    Parameters
    ----------
    campaign : Campaign
        With a salt.
    parameters : Parameters
        Of the same results: what ions meet in the membrane.
    marks_nm : tuple of float
        Places beyond which ions will be counted.
    pore_radius_nm : float, optional
        In place of that of the atoms, in theories of pores.

    Raises
    ------
    Missing
        What is needed is not there, or the drive is one that a twin does not have.
    ValueError
        A cell that is not neutral, ions that continuum theory does not know.
    """
    drive = campaign.drive
    found = places(campaign, parameters)
    geometry = Geometry(
        _scaled(found.ends),
        _scaled(found.faces),
        NM**2 * found.area_nm2,
        marks=tuple(NM * mark for mark in (0.0, *marks_nm)),
    )
    ions = sorted({species.ion.name for species in found.species})
    friction, temperature = campaign.friction, campaign.temperature
    properties = parameters.twin_properties(ions, pore_radius_nm=pore_radius_nm, keep_out=True)
    problem = TwinProblem(
        geometry,
        found.species,
        found.charge(geometry),
        force=drive.body_force,
        applied_field=drive.field,
        permittivity=parameters.value("pore_permittivity"),
        temperature=temperature,
        damping=friction,
        settling=1e-9 * found.settling_ns,
        excess=properties["excess"],
        diffusivity=_without_friction(properties["diffusivity"], parameters, friction, temperature),
    )
    kept = [name for name, value in properties["excess"].items() if value >= KEPT_OUT]
    notes = [f"{name} is as large as the pores, and kept out of the membrane" for name in kept]
    return CellTwin(problem, found.basis, (*found.notes, *drive.notes, *notes))


def _without_friction(
    diffusivity: Mapping[str, float], parameters: Parameters, friction: float, temperature: float
) -> dict[str, float]:
    """Diffusivities (m2/s) before the thermostat slows them, which those of runs already hold.

    Raises Missing for an ion that moves faster in the runs than the friction (1/s) alone allows.
    """
    found = dict(diffusivity)
    for name in found:
        mass = find(name).molar_mass
        if ("membrane_diffusivity_nm2_ns", name) not in parameters.found.values or mass is None:
            continue
        taken = mass / AVOGADRO * friction * found[name] / (BOLTZMANN * temperature)
        if taken >= 1:
            raise Missing(f"{name} moves faster in the runs than their thermostat allows")
        found[name] /= 1 - taken
    return found


def _scaled(pair: tuple[float, float]) -> tuple[float, float]:
    return NM * pair[0], NM * pair[1]
