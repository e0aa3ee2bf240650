"""Observers of the ions' environment: first shells, radial distributions, interaction energies."""

from typing import ClassVar

import numpy as np

from analysis.kernels import ion_energies, slab_edges
from analysis.kernels.contacts import nearest_image
from analysis.kernels.ion_energies import PRESETS, SCOPES, TERMS
from analysis.kernels.profiles import slab_bins
from analysis.options import SHELL_ANGSTROM
from analysis.reading.growing_array import GrowingArray
from analysis.reading.observer import (
    PARTNERS,
    CollectError,
    Frame,
    ObservedSystem,
    Observer,
    Schedule,
)
from mdtools.roles import CHARGED_GROUP, MEMBRANE, is_charge_of

SHELL_NM = SHELL_ANGSTROM / 10
SHELL_UNIT_NM = 1e-4
"""Resolution of the stored distances, a tenth of that of XTC."""
RADIAL_NM = 1.0
"""Radial distributions reach this far, or half of the box."""
RADIAL_BIN_NM = 0.005
RADIAL_Z_BIN_NM = 0.2


class ShellObserver(Observer):
    """Distances of each ion's near neighbours are stored for every full frame."""

    def prepare(self, system: ObservedSystem) -> None:
        """Look up the kind of each possible neighbour."""
        self.kinds, self.ions = system.partners[1], len(system.ions)
        self.reach = min(SHELL_NM, system.half_nm)
        self.times: list[float] = []
        self.counts = GrowingArray(np.uint16, (self.ions, len(PARTNERS)))
        self.distances = GrowingArray(np.uint16)

    def reach_nm(self, time_ps: float) -> float:
        """Return the reach of the shells, the same in every frame."""
        return self.reach

    def frame(self, frame: Frame) -> None:
        """Append the distances of one frame, by ion and kind of neighbour, nearest first."""
        assert frame.pairs is not None, "reach_nm is above 0"
        near = frame.pairs.within(self.reach)
        shell = near.point * len(PARTNERS) + self.kinds[near.particle]
        order = np.lexsort((near.distance, shell))
        counts = np.bincount(shell, minlength=self.ions * len(PARTNERS))
        self.times.append(frame.time_ps)
        self.counts.add(counts.reshape(1, self.ions, len(PARTNERS)))
        self.distances.add(np.rint(near.distance[order] / SHELL_UNIT_NM))

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the numbers of neighbours and all their distances in one array."""
        return {
            "full_time_ps": np.array(self.times),
            "shell_counts": self.counts.joined(),
            "shell_1e_4_nm": self.distances.joined(),
        }


class RadialObserver(Observer):
    """Pairs of ions and other atoms are counted by distance and by the ion's z."""

    def prepare(self, system: ObservedSystem) -> None:
        """Set up the bins of distance and of z."""
        self.kinds = system.partners[1]
        species = list(dict.fromkeys(system.ions.species))
        self.species = np.array([species.index(name) for name in system.ions.species], dtype=int)
        self.ions = system.ions.atom.to_numpy(dtype=int)
        reach = min(RADIAL_NM, system.half_nm)
        self.bins = int(reach / RADIAL_BIN_NM + 1e-9)
        self.reach = min(self.bins * RADIAL_BIN_NM, reach)
        self.edges = slab_edges(float(system.box_nm[2]), RADIAL_Z_BIN_NM)
        self.layers = len(self.edges) - 1
        self.schedule = Schedule(system.options.radial_every_ps)
        shape = (max(len(species), 1), self.layers)
        self.pairs = np.zeros((*shape, len(PARTNERS), self.bins), dtype=np.uint32)
        self.references = np.zeros(shape, dtype=np.uint32)
        self.frames = 0

    def reach_nm(self, time_ps: float) -> float:
        """Return the reach of radial distributions in the frames that are due, 0 in others."""
        return self.reach if self.schedule.due(time_ps) else 0.0

    def frame(self, frame: Frame) -> None:
        """Count the pairs of a frame that is due."""
        if not self.schedule.due(frame.time_ps):
            return
        self.schedule.done(frame.time_ps)
        self.frames += 1
        layer = slab_bins(frame.z_nm[self.ions], self.edges)
        np.add.at(self.references, (self.species, layer), 1)
        pairs = frame.pairs
        assert pairs is not None, "reach_nm is above 0 in frames that are due"
        place = (self.species * self.layers + layer)[pairs.point]
        place = place * len(PARTNERS) + self.kinds[pairs.particle]
        shell = (pairs.distance / np.float32(RADIAL_BIN_NM)).astype(int)
        counted = shell < self.bins
        flat = place[counted] * self.bins + shell[counted]
        counts = np.bincount(flat)
        self.pairs.reshape(-1)[: len(counts)] += counts.astype(np.uint32)

    def conclude(self) -> dict[str, np.ndarray]:
        """Return the counts over all frames that were due, with their bins."""
        return {
            "radial_frames": np.array(self.frames),
            "radial_edges_nm": RADIAL_BIN_NM * np.arange(self.bins + 1),
            "radial_z_edges_nm": self.edges,
            "radial_pairs": self.pairs,
            "radial_references": self.references,
        }


class EnergyObserver(Observer):
    """Interaction energy of every ion with the charged groups and with all of the membrane.

    An ion is all of its atoms; one whose charge is not that of its name has no energy.
    """

    axes: ClassVar[tuple] = (PRESETS, SCOPES, TERMS)

    def prepare(self, system: ObservedSystem) -> None:
        """Look up charges, Lennard-Jones parameters and the atoms of the charged groups."""
        centers = system.ions.atom.to_numpy(dtype=int)
        parts = system.ion_atoms or tuple(centers[:, None])
        self.number = len(centers)
        self.ions = np.concatenate([np.empty(0, dtype=int), *parts])
        self.owners = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        self.central = np.cumsum([0, *(len(part) for part in parts)])[self.owners]
        self.unlike = np.zeros(len(parts), dtype=bool)
        self.atoms = system.atoms(MEMBRANE)
        self.parameters = [parameters_of(system, atoms) for atoms in (self.ions, self.atoms)]
        self.known = not any(np.isnan(table).any() for table in self.parameters)
        self.parameters = [np.nan_to_num(table) for table in self.parameters]
        self.member = np.isin(self.atoms, group_atoms(system))
        self.box = 10 * system.box_nm[:2]
        self.period_z = system.period_z
        self.schedule = Schedule(system.options.energy_every_ps)
        self.times: list[float] = []
        self.energies: list[np.ndarray] = []
        charges = np.bincount(self.owners, self.parameters[0][:, 0], self.number)
        check_charges(system, charges)
        if system.ion_atoms is not None:
            self.unlike = np.array(
                [
                    not is_charge_of(species, charge)
                    for species, charge in zip(system.ions.species, charges, strict=True)
                ],
                dtype=bool,
            )

    def frame(self, frame: Frame) -> None:
        """Compute the energies in a frame that is due."""
        if not self.schedule.due(frame.time_ps) or not len(self.ions):
            return
        self.schedule.done(frame.time_ps)
        box = self.box if frame.box_nm is None else 10 * frame.box_nm[:2]
        own = frame.images_nm[self.ions]
        if len(own) > self.number:
            own = self.whole(own, box)
        ions, atoms = wrapped(own, box, self.central), wrapped(frame.images_nm[self.atoms], box)
        if self.period_z:
            assert frame.box_nm is not None, "a periodic source gives the box of each frame"
            energies = self.through_ends(ions, atoms, box, 10 * float(frame.box_nm[2]))
        else:
            energies = ion_energies(
                ions, self.parameters[0], atoms, self.parameters[1], self.member, box
            )
        if len(energies) > self.number:
            summed = np.zeros((self.number, *energies.shape[1:]))
            np.add.at(summed, self.owners, energies)
            energies = summed
        energies[self.unlike] = np.nan
        self.times.append(frame.time_ps)
        self.energies.append(energies.astype(np.float32))

    def whole(self, places_nm: np.ndarray, box: np.ndarray) -> np.ndarray:
        """Return the ions' atoms as images nearest to the central one of each."""
        places, lengths = places_nm.astype(float), np.array([*(box / 10), 0.0])
        apart = places - places[self.central]
        return np.asarray(places[self.central] + nearest_image(apart, lengths))

    def through_ends(
        self, ions: np.ndarray, atoms: np.ndarray, box: np.ndarray, length: float
    ) -> np.ndarray:
        """Return energies with nearest images along z, too, in the preset that takes images."""
        images, energies = PRESETS.index("full_minimage"), []
        # Atoms of one ion may be at both ends of the box: each finds its own images.
        for n, ion in enumerate(ions):
            own, near = slice(n, n + 1), atoms.copy()
            near[:, 2] -= length * np.rint((near[:, 2] - ion[2]) / length)
            arguments = self.parameters[1], self.member, box
            here = ion_energies(ions[own], self.parameters[0][own], atoms, *arguments)
            through = ion_energies(ions[own], self.parameters[0][own], near, *arguments)
            here[:, images] = through[:, images]
            energies.append(here)
        return np.concatenate(energies)

    def conclude(self) -> dict[str, np.ndarray]:
        """Return energies by time, ion and `axes`; vdw is NaN if a Lennard-Jones parameter is."""
        shape = (0, self.number, *(len(names) for names in self.axes))
        energies = np.array(self.energies, dtype=np.float32) if self.energies else np.zeros(shape)
        if not self.known:
            energies[..., TERMS.index("vdw")] = np.nan
        return {
            "energy_time_ps": np.array(self.times, dtype=float),
            "energy_kcal_mol": energies.astype(np.float32),
            "group_charge_e": np.array(self.parameters[1][self.member, 0].sum()),
        }


def wrapped(
    positions_nm: np.ndarray, box: np.ndarray, central: np.ndarray | None = None
) -> np.ndarray:
    """Return positions in angstrom, x and y wrapped into one cell: a preset takes no images.

    What has a `central` atom goes where that one goes.
    """
    points = 10 * positions_nm.astype(float)
    leading = points if central is None else points[central]
    points[:, :2] -= box * np.floor(leading[:, :2] / box)
    return points


def parameters_of(system: ObservedSystem, atoms: np.ndarray) -> np.ndarray:
    """Return charge, epsilon (kcal/mol) and Rmin/2 (angstrom) of atoms, shape (atoms, 3)."""
    table = system.topology.reindex(columns=["charge", "epsilon_kcal_mol", "rmin_half_angstrom"])
    return table.to_numpy(dtype=float)[atoms]


def check_charges(system: ObservedSystem, charges: np.ndarray) -> None:
    """Raise CollectError for ions without charge, as from a topology that holds no charges."""
    neutral = system.ions.species[charges == 0]
    if len(neutral):
        raise CollectError(
            f"ion {neutral.iloc[0]} has no charge: the topology holds no charges, give one that "
            "does (PSF, PRMTOP, TPR), or set universe charges"
        )


def group_atoms(system: ObservedSystem) -> np.ndarray:
    """Return the atoms of the charged groups: central atom, those bonded to it, their hydrogens.

    For NH2+ of a ring that is N, both H and the two CH2 beside it; for COO- the carboxylate and the
    ring carbon that it hangs on: what carries the formal charge.
    """
    central = system.atoms(CHARGED_GROUP)
    bonds = np.vstack([system.bonds, system.bonds[:, ::-1]]).astype(int)
    first = bonds[np.isin(bonds[:, 0], central), 1]
    second = bonds[np.isin(bonds[:, 0], first), 1]
    hydrogens = second[system.topology.element.to_numpy()[second] == "H"]
    return np.unique(np.concatenate([central, first, hydrogens]))
