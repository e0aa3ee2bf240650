"""Transport runs on disk, which can be stopped and resumed at any time."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import openmm
import pandas as pd

from mdtools import atomic
from mdtools.bundle import Bundle
from mdtools.bundle_files import STATE as BUNDLE_STATE
from mdtools.errors import BundleError, CardError, PhysicsError, TryAgain
from mdtools.lease import DIRECTORY as LEASE
from mdtools.lease import HEARTBEAT_S, WAIT_S, Lease
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.provenance import machine, utc_now, versions
from mdtools.runs import card, failures, inputs, packing, progress, rates, segments
from mdtools.runs.health import SegmentFailure
from mdtools.runs.segment import SegmentPlan, run_segment
from mdtools.systems.devices import identity
from mdtools.systems.platforms import card_errors, open_platform
from mdtools.systems.selfcheck import needed, selfcheck

LOG = "run.log"
ATTEMPTS = 2
WALLTIME_MARGIN = 1.3
"""A segment is begun only if this many times the last one's wall time is left."""


class Run:
    """A transport run: a chain of segments in a directory.

    Segment k is a function of the system, the state that segment k - 1 ends with, and a seed from
    (campaign seed, key, k, attempt). It is written under a temporary name and published by a
    rename, so a run that was killed and resumed has the very same frames as one that was not
    (bit for bit on one CPU thread, statistically the same on a GPU).

    Parameters
    ----------
    directory : Path or str
        Made when the run is first advanced.
    bundle : Bundle or path
        Where the run starts; it has to be on disk.
    options : TransportOptions
    seed : int
        The campaign's.
    key : tuple
        What tells this run from others of the campaign, e.g. ("transport", "pH7", "NaCl", 1).
    platform : PlatformOptions
    heartbeat_s : float
        How often the lease is renewed.
    wait_s : float
        How long `advance` waits for another process that is at work on this run, as one that
        outlives a killed workflow.
    replicas : int
        Runs at work on the device at the same time, for the speeds that are kept.
    """

    def __init__(
        self,
        directory: Path | str,
        bundle: Bundle | Path | str,
        options: TransportOptions,
        *,
        seed: int = 0,
        key: tuple[str | int, ...] = (),
        platform: PlatformOptions | None = None,
        heartbeat_s: float = HEARTBEAT_S,
        wait_s: float = WAIT_S,
        replicas: int = 1,
    ):
        self.directory = Path(directory)
        bundle = bundle if isinstance(bundle, Bundle) else Bundle.load(bundle)
        if bundle.path is None:
            raise BundleError("this bundle is in memory only: save it, then run it")
        self.plan = SegmentPlan(bundle, options, platform or PlatformOptions(), seed, tuple(key))
        self.heartbeat_s, self.wait_s, self.replicas = heartbeat_s, wait_s, replicas

    def advance(
        self,
        until_ps: float,
        stop: Callable[[], bool] | None = None,
        seconds_left: Callable[[], float | None] | None = None,
    ) -> dict:
        """Run until a time, rounded up to whole segments; returns `progress`.

        While another process is at work on the run it waits, then finds the work done or goes on
        from there.

        Parameters
        ----------
        stop : callable
            Asked about every second; if true, the segment in work is dropped.
        seconds_left : callable
            Wall time that remains, None if unlimited.

        Raises
        ------
        PhysicsError
            If a segment failed twice, now or in an earlier call.
        TryAgain
            If it had to stop: signal, walltime, disk full, another process still at work after
            the wait. CardError, one of these, if the GPU failed.
        InputsChanged
            If bundle, options, seed or key are not those that the run was started with.
        """
        failures.refuse_failed(self.directory)
        count = self.plan.grid.segments_until(until_ps)
        try:
            with self._lease(stop, seconds_left) as lease, card_errors():
                failures.refuse_failed(self.directory)
                self._advance(count, lease, stop, seconds_left)
        except OSError as error:
            if error.errno not in atomic.DISK_FULL:
                raise
            raise TryAgain(
                f"no room left to write {error.filename or self.directory} ({error.strerror}); "
                "published segments are whole. Free space, then start again"
            ) from error
        return self.progress()

    def progress(self) -> dict:
        """Read the progress: state, ns_done, ns_target, percent, segments, ns_per_day, eta_h."""
        return progress.of(self.directory)

    def frames(self, stream: str = "full") -> pd.DataFrame:
        """Tabulate times and files of all published frames.

        Parameters
        ----------
        stream : {"full", "fast"}

        Returns
        -------
        DataFrame
            ``time_ps``, ``step``, ``segment``, ``file``, ``frame`` (row within the file). The file
            of a packed segment is one below its archive, which `mdtools.trajectory` reads.
        """
        grid = self.plan.grid
        interval = {"full": grid.full_steps, "fast": grid.fast_steps}[stream]
        file = {"full": segments.FULL, "fast": segments.FAST}[stream]
        rows = [
            (grid.time_ps(step), step, index, stored.path / file, frame)
            for index, stored in enumerate(segments.published(self.directory / segments.DIRECTORY))
            for frame, step in enumerate(grid.frames(index, interval))
        ]
        return pd.DataFrame(rows, columns=["time_ps", "step", "segment", "file", "frame"])

    def receipt(self, until_ps: float) -> dict:
        """Summarise for a workflow; see `mdtools.runs.segments.receipt`."""
        return segments.receipt(self.directory / segments.DIRECTORY, self.plan.grid, until_ps)

    def _lease(self, stop, seconds_left) -> Lease:
        logged: list[str] = []

        def waiting(reason: str) -> None:
            if not logged:
                logged.append(reason)
                self._log(f"waiting up to {self.wait_s:g} s: {reason}")
            self._check_time(progress.last_session(self.directory), stop, seconds_left)

        return Lease(self.directory / LEASE, self.heartbeat_s, self.wait_s, waiting)

    def _advance(self, count: int, lease: Lease, stop, seconds_left) -> None:
        inputs.check(self.directory, self.plan)
        if leftovers := atomic.remove_leftovers(self.directory / segments.DIRECTORY):
            self._log(f"removed what a killed process left: {', '.join(leftovers)}")
        chain = self._whole_chain()
        if len(chain) >= count:
            progress.write(self.directory, self.plan, chain, progress.last_session(self.directory))
            return
        for change in inputs.version_changes(chain):
            self._log(f"warning: {change}; the run keeps its statistics, not its bits")
        session = self._new_session(len(chain))
        while len(chain) < count:
            progress.write(self.directory, self.plan, chain, session)
            self._check_time(session, stop, seconds_left)
            started = time.monotonic()
            chain.append(self._make(len(chain), chain, session, lease, stop))
            session["seconds"].append(round(time.monotonic() - started, 3))
            self._log(
                f"segment {len(chain) - 1} done, {chain[-1]['last_ps']:g} ps, "
                f"{session['seconds'][-1]:.1f} s"
            )
        progress.write(self.directory, self.plan, chain, session)
        rates.keep_session(self.plan, session, self.replicas)

    def _whole_chain(self) -> list[dict]:
        """Read the manifests of intact segments; a damaged one and all after it are moved away."""
        directory = self.directory / segments.DIRECTORY
        start = self.plan.bundle.sha256(BUNDLE_STATE)
        chain, wrong = segments.whole_chain(directory, start, self.plan.grid)
        if wrong:
            self._log(f"segment {len(chain)} is damaged ({'; '.join(wrong)}), made again")
        packing.restore(directory, len(chain))
        stamp = utc_now().replace(":", "")
        for path in packing.beyond(directory, len(chain)):
            aside = self.directory / failures.DIRECTORY / f"damaged_{path.name}_{stamp}"
            while aside.exists():
                aside = aside.with_name(aside.name + "_")
            aside.parent.mkdir(exist_ok=True)
            path.rename(aside)
            self._log(f"moved {path.name} to {aside.relative_to(self.directory)}")
        return chain

    def _new_session(self, done: int) -> dict:
        platform, properties = open_platform(self.plan.platform)
        check = None
        if needed(self.plan.platform):
            check = selfcheck(self.plan.system, self.plan.bundle.state, self.plan.platform)
            if not check["passed"]:
                raise PhysicsError(f"forces differ from those of the Reference platform: {check}")
        before = progress.last_session(self.directory)
        session = {
            "number": before.get("number", 0) + 1,
            "started_utc": utc_now(),
            **machine(),
            "platform": {"name": platform.getName(), "properties": properties}
            | identity(platform.getName()),
            "promise": inputs.reproducibility(self.plan.platform),
            "versions": versions(),
            "selfcheck": check,
            "first_segment": done,
            "seconds": [],
            "seconds_of_last_segment": progress.seconds_of_last_segment(before),
        }
        self._log(
            f"session {session['number']} on {session['host']}, {platform.getName()} "
            f"({session['promise']}), from segment {done}"
        )
        return session

    def _check_time(self, session: dict, stop, seconds_left) -> None:
        if stop is not None and stop():
            raise TryAgain(f"asked to stop ({getattr(stop, 'reason', None) or 'by the caller'})")
        left = seconds_left() if seconds_left is not None else None
        last = progress.seconds_of_last_segment(session)
        if left is not None and left <= WALLTIME_MARGIN * (last or 0.0):
            takes = "unknown" if last is None else f"{last:.0f} s"
            reason = f"walltime: {left:.0f} s left, time of a segment: {takes}"
            self._log(f"stopped: {reason}")
            raise TryAgain(reason)

    def _make(self, segment: int, chain: list[dict], session: dict, lease: Lease, stop) -> dict:
        """Run one segment, with a second seed if it fails, and publish it; returns its manifest.

        A card that fails twice in the same segment may have been made to by its first seed.
        """
        start = self._start_state(segment)
        attempts = []
        first = 0 if card.count(self.directory, segment) < card.SAME_SEED else ATTEMPTS - 1
        for attempt in range(first, ATTEMPTS):
            target = self.directory / segments.DIRECTORY / segments.name(segment)
            try:
                with atomic.new_directory(target) as staged:
                    with card_errors():
                        counts = run_segment(self.plan, segment, attempt, start, staged, stop)
                    manifest = segments.write_manifest(
                        staged, self._facts(segment, attempt, chain, counts, session)
                    )
                    lease.confirm()
                card.forget(self.directory)
                return manifest
            except CardError as error:
                self._log(f"segment {segment} dropped: {error}")
                if card.note(self.directory, segment, str(error)) < card.MOST:
                    raise
                step, last = self.plan.grid.first_step(segment), self.plan.grid.last_step(segment)
                failure = SegmentFailure(last, [f"{error}, {card.MOST} times"], start, step)
                attempts.append(
                    failures.write(self.plan, self.directory, segment, attempt, start, failure)
                )
            except SegmentFailure as failure:
                attempts.append(
                    failures.write(self.plan, self.directory, segment, attempt, start, failure)
                )
                self._log(f"segment {segment} attempt {attempt} failed. {attempts[-1]['message']}")
            except TryAgain as reason:
                self._log(f"segment {segment} dropped: {reason}")
                raise
        raise failures.give_up(self.directory, segment, attempts)

    def _start_state(self, segment: int) -> openmm.State:
        if segment == 0:
            return self.plan.bundle.state
        before = segments.published(self.directory / segments.DIRECTORY)[segment - 1]
        return openmm.XmlSerializer.deserialize(before.read(segments.STATE).decode())

    def _facts(self, segment: int, attempt: int, chain: list[dict], counts, session: dict) -> dict:
        grid = self.plan.grid
        steps = [grid.first_step(segment), grid.last_step(segment)]
        start = self.plan.bundle.sha256(BUNDLE_STATE)
        return {
            "segment": segment,
            "attempt": attempt,
            "inputs": inputs.fingerprint(self.plan),
            "seed": self.plan.random_seed("segment", segment, attempt),
            "starts_from": segments.end_state(chain[-1]) if chain else start,
            "steps": steps,
            "timestep_fs": grid.timestep_fs,
            "first_ps": grid.time_ps(steps[0]),
            "last_ps": grid.time_ps(steps[1]),
            "frames": counts,
            "platform": session["platform"],
            "promise": session["promise"],
            "selfcheck": session["selfcheck"],
            "versions": session["versions"],
        }

    def _log(self, text: str) -> None:
        with open(self.directory / LOG, "a", encoding="utf-8") as file:
            file.write(f"{utc_now()}  {text}\n")
            file.flush()
            os.fsync(file.fileno())
