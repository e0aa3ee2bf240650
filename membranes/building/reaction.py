"""The reactive loop: amine H meets acyl Cl, both leave, an amide bond is brought in gently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from mdtools import seeds
from mdtools.durations import Pace
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.candidates import Candidate, find, nearest_leaving, select
from membranes.building.dynamics import Dynamics
from membranes.building.events import Event
from membranes.building.journal import Journal
from membranes.building.options import ReactionOptions, ReactionStage
from membranes.building.site_rules import NO_RULES, SiteRules
from membranes.networks.network import Network
from membranes.networks.rings import pierced_rings
from membranes.networks.structure import Arm

LONGEST_AFTER_STAGES_NM = 0.16
"""A new amide bond (0.138 nm in GAFF) that is longer once at full strength is held open by its
surroundings and is taken back."""
PACKED_MINIMISATION = 500
STAGE_MINIMISATION = 30
SHARE_BETWEEN_LINES = 0.1
"""Of all searches, after which the log has a line."""
ROUNDS_BETWEEN_STATES = 25
"""Searches after which the state is written even if nothing has reacted."""


class ConversionError(RuntimeError):
    """The network did not reach the conversion that the campaign asks for."""

    exit_code = 78


@dataclass(frozen=True)
class Progress:
    """Progress is the state of a reaction but for its network.

    Attributes
    ----------
    rounds : tuple of (float, float or None, int)
        Cut-off and own reach of new bonds (angstrom), and searches done, of each stage begun.
    time_ps : float
        Without the short runs that bring bonds in.
    draws : int
        Random seeds drawn.
    batches : int
    barred : frozenset
        Pairs of arms whose bond was taken back.
    events : tuple of Event
    protonated : frozenset
        Amines that the by-product has protonated.
    """

    rounds: tuple[tuple[float, float | None, int], ...] = ()
    time_ps: float = 0.0
    draws: int = 0
    batches: int = 0
    barred: frozenset[tuple[Arm, Arm]] = field(default=frozenset(), repr=False)
    events: tuple[Event, ...] = field(default=(), repr=False)
    protonated: frozenset[Arm] = field(default=frozenset(), repr=False)

    def facts(self) -> dict:
        """Return the progress as plain data for JSON."""
        sets = {"barred": sorted(self.barred), "protonated": sorted(self.protonated)}
        return asdict(self) | sets

    @classmethod
    def from_facts(cls, facts: dict) -> Progress:
        """Return the progress that ``facts`` has turned to plain data."""
        return cls(
            **facts
            | {
                "rounds": tuple(map(tuple, facts["rounds"])),
                "barred": frozenset((tuple(amine), tuple(acyl)) for amine, acyl in facts["barred"]),
                "events": tuple(Event(**event) for event in facts["events"]),
                "protonated": frozenset(map(tuple, facts.get("protonated", ()))),
            }
        )

    def fits(self, options: ReactionOptions) -> bool:
        """Whether the rounds done are the first ones of the stages of ``options``."""
        if not self.rounds:
            return True
        begun = options.stages[: len(self.rounds)]
        planned = tuple((*_kind(stage), options.rounds(stage)) for stage in begun)
        (*kind, done), (*planned_kind, most) = self.rounds[-1], planned[-1]
        return planned[:-1] == self.rounds[:-1] and kind == planned_kind and done <= most

    def done(self, stage: int) -> int:
        """Return the number of searches done of a stage."""
        return self.rounds[stage][-1] if stage < len(self.rounds) else 0

    def searched(self, number: int, stage: ReactionStage, time_ps: float) -> Progress:
        """Return the progress after one more search of a stage."""
        rounds = (*self.rounds[:number], (*_kind(stage), self.done(number) + 1))
        return replace(self, rounds=rounds, time_ps=self.time_ps + time_ps)


def _kind(stage: ReactionStage) -> tuple[float, float | None]:
    return stage.cutoff_angstrom, stage.longest_new_bond_angstrom


class Reactor:
    """A reactor alternates dynamics and reactions of one network, batch by batch.

    The state is written after every batch, and the dynamics go on from what was written, so that
    a reaction resumed from there ends in the same network as one that was never stopped.
    """

    def __init__(
        self,
        network: Network,
        options: ReactionOptions,
        nonbonded: NonbondedOptions,
        platform: PlatformOptions,
        *,
        seed: int,
        journal: Journal,
        progress: Progress | None = None,
        rules: SiteRules = NO_RULES,
        log: Callable[[str], None] = print,
    ) -> None:
        self._options, self._nonbonded, self._platform = options, nonbonded, platform
        self._seed, self._journal, self._log = seed, journal, log
        self.progress = progress or Progress()
        self._rules = rules
        # Amides of an earlier reaction are no sites of this one.
        formed = len(self.progress.events)
        self._sites = len(network.arms_in("NH")) + formed
        self._most = options.most_amides(self._sites)
        self._network = network
        self._dynamics: Dynamics | None = None

    def run(self) -> Network:
        """Run the remaining protocol and return the network at rest.

        Raises ConversionError below the required share of reacted amine sites.
        """
        if not self.progress.draws:
            self._dynamics = self._start(self._network)
            self._dynamics.minimise(PACKED_MINIMISATION)
            self._dynamics.thermalise(self._options.temperature_K, self._next_seed())
            self._write()
        searches = sum(map(self._options.rounds, self._options.stages))
        told = self._searched
        pace = Pace(searches, told)
        for number, stage in enumerate(self._options.stages):
            if self.progress.done(number) == self._options.rounds(stage):
                continue
            while self.progress.done(number) < self._options.rounds(stage):
                self._round(number, stage)
                last = self.progress.done(number) == self._options.rounds(stage)
                if last or self._searched - told >= searches * SHARE_BETWEEN_LINES:
                    told = self._searched
                    self._log(
                        f"cut-off {stage.cutoff_angstrom:g} A, {self.progress.time_ps:.1f} ps: "
                        f"{len(self.progress.events)} amides of {self._sites} amine sites"
                        f"{pace.left(told)}"
                    )
        reached = len(self.progress.events) / max(self._sites, 1)
        if reached < self._options.required_nh_conversion:
            raise ConversionError(
                f"{reached:.0%} of the amine sites reacted, required_nh_conversion is "
                f"{self._options.required_nh_conversion:.0%}: lengthen the last of "
                "membrane.reaction.stages, which goes on from what has reacted, or raise "
                "batch_percent or longest_new_bond_angstrom, which starts over"
            )
        return replace(self._network, velocities=None)

    @property
    def _searched(self) -> int:
        """Searches done of all stages."""
        return sum(rounds[-1] for rounds in self.progress.rounds)

    def _round(self, number: int, stage: ReactionStage) -> None:
        """Run dynamics, search for pairs, and react a batch if there is one."""
        if self._dynamics is None:
            self._dynamics = self._start(self._network)
        self._dynamics.run(self._options.search_every_ps)
        self.progress = self.progress.searched(number, stage, self._options.search_every_ps)
        tried = self._react(stage)
        last = self.progress.done(number) == self._options.rounds(stage)
        if tried or last or self.progress.done(number) % ROUNDS_BETWEEN_STATES == 0:
            self._write()

    def _write(self) -> None:
        """Write the state and drop the Context, which holds more than the state does."""
        self._network = self._dynamics.network()
        self._dynamics = None
        self._journal.write(self._network, self.progress.facts())

    def _react(self, stage: ReactionStage) -> bool:
        """Find a batch and form its bonds; return whether there was a batch."""
        network = self._dynamics.network()
        batch = self._batch(network, stage)
        if not batch:
            return False
        before = self._dynamics
        energy_before = before.energy()
        changed = link(network, batch)
        atoms = np.array([[changed.centre(c.amine), changed.centre(c.acyl)] for c in batch])
        self._dynamics = self._start(changed)
        lengths = self._bring_in(atoms)
        refused = self._refused(batch, lengths)
        if refused:
            barred = self.progress.barred.union(c.arms for c in refused)
            self.progress = replace(self.progress, barred=barred)
            self._dynamics = before
            return True
        change = self._dynamics.energy() - energy_before
        number = self.progress.batches + 1
        new_events = tuple(
            Event.of(
                candidate,
                batch=number,
                time_ps=self.progress.time_ps,
                cutoff_angstrom=stage.cutoff_angstrom,
                length_nm=length,
                energy_change=change,
            )
            for candidate, length in zip(batch, lengths, strict=True)
        )
        events = self.progress.events + new_events
        self.progress = replace(self.progress, batches=number, events=events)
        self._release(changed, batch)
        return True

    @property
    def protonated(self) -> frozenset[Arm]:
        """Amines that carry a proton now."""
        return self._rules.protonated | self.progress.protonated

    def _release(self, network: Network, batch: list[Candidate]) -> None:
        """Let the by-product of a batch protonate amines, if it does."""
        if self._rules.by_product is None:
            return
        generator = seeds.generator(self._seed, "by-product", self.progress.batches)
        reacted = [candidate.amine for candidate in batch]
        taken, done = self.protonated, len(self.progress.protonated)
        more = self._rules.by_product.protonates(network, reacted, taken, done, generator)
        self.progress = replace(self.progress, protonated=self.progress.protonated | more)

    def _batch(self, network: Network, stage: ReactionStage) -> list[Candidate]:
        options = self._options
        left = self._most - len(self.progress.events)
        if left <= 0:
            return []
        longest = stage.longest_new_bond_angstrom or options.longest_new_bond_angstrom
        shut = self._rules.closed | self.protonated
        return select(
            network,
            [c for c in find(network, stage.cutoff_angstrom / 10) if shut.isdisjoint(c.arms)],
            most=min(max(1, round(options.batch_percent / 100 * self._sites)), left),
            longest_nm=np.inf if longest is None else longest / 10,
            barred=self.progress.barred,
            one_per_residue=options.refuse_defects,
            spare_rings=options.refuse_defects,
        )

    def _bring_in(self, atoms: np.ndarray) -> np.ndarray:
        """Shorten and stiffen new bonds (B, 2) to the force field's values; return lengths in nm.

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
        """Return members of a batch whose bond stays too long, or all if a ring is pierced now.

        Which bond pulled another one through a ring is unknown, so all of the batch are barred.
        """
        if not self._options.refuse_defects:
            return []
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
        self.progress = replace(self.progress, draws=self.progress.draws + 1)
        return seeds.integer(self._seed, "reaction", self.progress.draws)


def link(network: Network, batch: list[Candidate]) -> Network:
    """Delete H and Cl of every candidate and bond N to C."""
    states = {arm: "amide" for candidate in batch for arm in candidate.arms}
    return nearest_leaving(network, batch).change(states, [candidate.arms for candidate in batch])
