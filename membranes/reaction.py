"""The reactive loop: amine H meets acyl Cl, both leave, an amide bond is brought in gently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import numpy as np

from mdtools import seeds
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.candidates import Candidate, find, select
from membranes.dynamics import Dynamics
from membranes.network import Arm, Network
from membranes.options import ReactionOptions
from membranes.rings import pierced_rings

LONGEST_AFTER_STAGES_NM = 0.16
"""A new amide bond (0.135 nm in GAFF) that is longer once at full strength is held open by its
surroundings and is taken back."""
PACKED_MINIMISATION = 500
STAGE_MINIMISATION = 30


@dataclass(frozen=True)
class Event:
    """One amide bond made; distances in angstrom, energy in kJ/mol after minus before."""

    batch: int
    time_ps: float
    cutoff_angstrom: float
    pip: int
    pip_arm: int
    tmc: int
    tmc_arm: int
    hydrogen_chlorine_angstrom: float
    nitrogen_carbon_before_angstrom: float
    nitrogen_carbon_after_angstrom: float
    batch_energy_change_kj_mol: float


class ConversionError(RuntimeError):
    """The network did not reach the conversion that the campaign asks for."""

    exit_code = 78


class Reactor:
    """Dynamics and reactions of one network, batch by batch."""

    def __init__(
        self,
        network: Network,
        options: ReactionOptions,
        nonbonded: NonbondedOptions,
        platform: PlatformOptions,
        *,
        seed: int,
        log: Callable[[str], None] = print,
    ) -> None:
        self._options, self._nonbonded, self._platform = options, nonbonded, platform
        self._seed, self._log = seed, log
        self._sites = len(network.arms_in("NH", "amide"))
        self._most = options.most_amides(self._sites)
        self._barred: set[tuple[Arm, Arm]] = set()
        self._contexts = 0
        self.time_ps = 0.0
        self.batches = 0
        self.events: list[Event] = []
        self._dynamics = self._start(network)
        self._dynamics.minimise(PACKED_MINIMISATION)
        self._dynamics.thermalise(options.temperature_K, self._next_seed())

    @property
    def network(self) -> Network:
        """The network as it is now."""
        return self._dynamics.network()

    def run(self) -> Network:
        """Go through all stages of the protocol.

        Raises ConversionError below the required share of reacted amine sites.
        """
        for stage in self._options.stages:
            rounds = max(1, round(stage.duration_ps / self._options.search_every_ps))
            for _ in range(rounds):
                self._dynamics.run(self._options.search_every_ps)
                self.time_ps += self._options.search_every_ps
                self._react(stage.cutoff_angstrom)
            self._log(
                f"cut-off {stage.cutoff_angstrom:g} A, {self.time_ps:.1f} ps: "
                f"{len(self.events)} amides of {self._sites} amine sites"
            )
        reached = len(self.events) / self._sites
        if reached < self._options.required_nh_conversion:
            raise ConversionError(
                f"{reached:.0%} of the amine sites reacted, required_nh_conversion is "
                f"{self._options.required_nh_conversion:.0%}: lengthen membrane.reaction.stages, "
                "raise batch_percent or longest_new_bond_angstrom"
            )
        return replace(self.network, velocities=None)

    def _react(self, cutoff_angstrom: float) -> None:
        network = self.network
        largest = max(1, round(self._options.batch_percent / 100 * self._sites))
        batch = select(
            network,
            find(network, cutoff_angstrom / 10),
            most=min(largest, self._most - len(self.events)),
            longest_nm=self._options.longest_new_bond_angstrom / 10,
            barred=self._barred,
        )
        if not batch:
            return
        before = self._dynamics
        energy_before = before.energy()
        changed = link(network, batch)
        atoms = np.array([[changed.centre(c.amine), changed.centre(c.acyl)] for c in batch])
        self._dynamics = self._start(changed)
        lengths = self._bring_in(atoms)
        refused = self._refused(batch, lengths)
        if refused:
            self._barred.update(c.arms for c in refused)
            self._dynamics = before
            return
        self.batches += 1
        change = self._dynamics.energy() - energy_before
        self.events += [
            _event(self.batches, self.time_ps, cutoff_angstrom, c, length, change)
            for c, length in zip(batch, lengths, strict=True)
        ]

    def _bring_in(self, atoms: np.ndarray) -> np.ndarray:
        """Shorten and stiffen new bonds (B, 2) to the force field's values; lengths (B,) in nm.

        Between the present length and the final one both r0 and k go linearly with the stage, and
        every stage is minimised and run at half the timestep.
        """
        dynamics, stages = self._dynamics, self._options.bond_stages
        present = dynamics.network().distances(*atoms.T)
        final = dynamics.bond_lengths(atoms)
        for stage in range(1, stages + 1):
            share = stage / stages
            dynamics.set_bonds(atoms, present + share * (final - present), share)
            dynamics.minimise(STAGE_MINIMISATION)
            if stage == 1:
                dynamics.thermalise(self._options.temperature_K, self._next_seed())
            dynamics.run(self._options.bond_stage_fs / 1000, self._options.timestep_fs / 2)
        return dynamics.network().distances(*atoms.T)

    def _refused(self, batch: list[Candidate], lengths: np.ndarray) -> list[Candidate]:
        """Members of a batch whose bond stays too long, or all if a ring is pierced now.

        Which bond pulled another one through a ring is unknown, so all of the batch are barred.
        """
        refused = [
            c for c, length in zip(batch, lengths, strict=True) if length > LONGEST_AFTER_STAGES_NM
        ]
        if not refused and len(pierced_rings(self._dynamics.network())):
            refused = list(batch)
        return refused

    def _start(self, network: Network) -> Dynamics:
        options = self._options
        return Dynamics(
            network,
            self._nonbonded,
            self._platform,
            temperature_K=options.temperature_K,
            friction_per_ps=options.friction_per_ps,
            timestep_fs=options.timestep_fs,
            seed=self._next_seed(),
        )

    def _next_seed(self) -> int:
        self._contexts += 1
        return seeds.integer(self._seed, "reaction", self._contexts)


def link(network: Network, batch: list[Candidate]) -> Network:
    """Delete H and Cl of every candidate and bond N to C."""
    states = {arm: "amide" for candidate in batch for arm in candidate.arms}
    return network.change(states, [candidate.arms for candidate in batch])


def _event(batch, time_ps, cutoff_angstrom, candidate, length_nm, change) -> Event:
    return Event(
        batch=batch,
        time_ps=round(time_ps, 6),
        cutoff_angstrom=cutoff_angstrom,
        pip=candidate.amine[0],
        pip_arm=candidate.amine[1],
        tmc=candidate.acyl[0],
        tmc_arm=candidate.acyl[1],
        hydrogen_chlorine_angstrom=round(10 * candidate.hydrogen_chlorine_nm, 4),
        nitrogen_carbon_before_angstrom=round(10 * candidate.nitrogen_carbon_nm, 4),
        nitrogen_carbon_after_angstrom=round(10 * float(length_nm), 4),
        batch_energy_change_kj_mol=round(change, 3),
    )


def event_rows(events: list[Event]) -> list[dict]:
    """Events as table rows."""
    return [asdict(event) for event in events]
