"""Permeation of each salt at each pH that the theory gives, for many membranes at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from analysis.continuum import partitioning
from analysis.continuum.acidity.binding import bound_charge
from analysis.continuum.acidity.observations import ACID, Observation, with_acid
from analysis.continuum.acidity.sites import Sites
from analysis.continuum.acidity.variants import PORE, Variant
from analysis.continuum.arrays import Array, Ints
from analysis.continuum.film import Film
from analysis.continuum.model import Membrane, Model, Solution
from analysis.continuum.pressure import solve_driven
from analysis.continuum.profiles import Profile
from analysis.continuum.species import Ion, at_temperature

FIT_CELLS = 32
"""Most cells of the march while parameters are sought; permeations are right to 1e-4 then."""


@dataclass(frozen=True)
class Call:
    """Observations that one call of the solver serves: same ions, temperature, kind of drive.

    Attributes
    ----------
    solution : Solution, of concentrations (F,)
    drive : (F,) m/s or Pa
    rows : (F,) which pH of the sites
    places : (F,) which observation
    ions : F names
    """

    solution: Solution
    drive: Array
    by_pressure: bool
    rows: Ints
    places: Ints
    ions: tuple[str, ...]


@dataclass(frozen=True)
class Forward:
    """The theory as a function of the parameters of a variant.

    Parameters
    ----------
    observed : observations whose conditions are solved
    sites : Sites
        With every pH of the observations; ValueError for one without.
    variant : Variant
    model, film : as of ``solve``
        Without a film the feed is stirred perfectly.
    """

    observed: tuple[Observation, ...]
    sites: Sites
    variant: Variant
    model: Model = Model()
    film: Film | None = None
    calls: tuple[Call, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "calls", _calls(self.observed, self.sites))

    def at(self, pH: Sequence[float]) -> "Forward":
        """The same at other pH: each salt, ordered by salt, then pH, as it is first observed."""
        first: dict[str, Observation] = {}
        for observation in self.observed:
            first.setdefault(observation.salt, observation)
        places = tuple(_moved(one, value) for one in first.values() for value in pH)
        return replace(self, observed=places)

    def charge(self, values: Mapping[str, Array], solution: Solution, rows: Ints) -> Array:
        """Mean fixed charge (B, F), mol/m3, next to feeds (F,) at pH of ``rows`` (F,).

        With an association, of the face at the feed in equilibrium with the feed.
        """
        positive, negative = self.variant.fractions(values)
        bound = [ion for ion in solution.ions if ion.name in self.variant.association]
        if not bound:
            return self.sites.net(positive, negative)[:, rows]
        amines, acids = self.sites.weighed(positive, negative)
        radius, permittivity = values["pore_radius"], values["pore_permittivity"]
        partition = [
            partitioning.steric(ion.stokes_radius / radius)
            * partitioning.born(
                ion,
                permittivity,
                solution.permittivity,
                solution.temperature,
                self.model.born_radius,
            )
            for ion in solution.ions
        ]
        return bound_charge(
            amines[:, rows],
            acids[:, rows],
            np.stack([np.broadcast_to(c, rows.shape) for c in solution.values], axis=-1)[None],
            np.array([float(ion.charge) for ion in solution.ions]),
            np.stack(partition, axis=-1)[:, None],
            np.array([self.variant.association.get(ion.name, 0.0) for ion in solution.ions]),
        )

    def charges(self, values: Mapping[str, Array]) -> Array:
        """Mean fixed charge (B, N) at the observations, mol/m3."""
        result = np.full((len(values["pore_radius"]), len(self.observed)), np.nan)
        for call in self.calls:
            result[:, call.places] = self.charge(values, call.solution, call.rows)
        return result

    def __call__(self, values: Mapping[str, Array], cells: int = FIT_CELLS) -> Array:
        """Permeations (B, N) of parameters (B,) by name, SI.

        NaN where a solve does not converge.
        """
        result = np.full((len(values["pore_radius"]), len(self.observed)), np.nan)
        for call in self.calls:
            result[:, call.places] = self._solved(values, call, cells)
        return result

    def _solved(self, values: Mapping[str, Array], call: Call, cells: int) -> Array:
        density: Array | Profile = self.charge(values, call.solution, call.rows)
        if self.variant.layer:
            share = self.variant.layer
            positive, negative = self.variant.fractions(values)
            layered = self.sites.layers(positive, negative, share)
            density = Profile.layers([0.0, share, 1.0], layered[..., call.rows])
        radius, thickness, permittivity = (values[name][:, None] for name in PORE)
        membrane = Membrane(radius, thickness, permittivity, density)
        found = solve_driven(
            membrane,
            call.solution,
            call.drive,
            by_pressure=call.by_pressure,
            model=self.model,
            film=self.film,
            cells=cells,
        )
        columns = [found.rejection[ion][:, i] for i, ion in enumerate(call.ions)]
        return np.asarray(1 - np.stack(columns, axis=-1))


def _moved(observation: Observation, pH: float) -> Observation:
    """The same conditions at another pH, nothing measured."""
    salt = tuple((ion, c) for ion, c in observation.composition if ion != ACID)
    if len(salt) < len(observation.composition):
        added = dict(observation.composition)[ACID]
        anion = next(ion for ion, _ in salt if ion.charge < 0)
        salt = tuple((ion, c + added / ion.charge if ion == anion else c) for ion, c in salt)
        salt = with_acid(salt, pH)
    return replace(observation, pH=pH, composition=salt, permeation=np.nan, sd=np.nan)


def _calls(observed: Sequence[Observation], sites: Sites) -> tuple[Call, ...]:
    gathered: dict[tuple[object, ...], list[int]] = {}
    for place, one in enumerate(observed):
        ions = tuple(ion for ion, _ in one.composition)
        key = (ions, one.temperature, one.permittivity, one.by_pressure)
        gathered.setdefault(key, []).append(place)
    calls = []
    for places in gathered.values():
        own = [observed[place] for place in places]
        temperature, permittivity = own[0].temperature, own[0].permittivity
        amounts = np.array([[c for _, c in one.composition] for one in own])
        concentrations: dict[str | Ion, Array] = {
            at_temperature(ion, temperature): amounts[:, i]
            for i, (ion, _) in enumerate(own[0].composition)
        }
        calls.append(
            Call(
                solution=Solution(concentrations, temperature, permittivity),
                drive=np.array([one.drive for one in own]),
                by_pressure=own[0].by_pressure,
                rows=sites.rows([one.pH for one in own]),
                places=np.array(places, dtype=np.intp),
                ions=tuple(one.ion.name for one in own),
            )
        )
    return tuple(calls)
