"""A burst from its beginning to its end: checks, table of speeds, runs, observables, archives."""

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from mdtools import atomic, provenance, records
from mdtools.errors import SettingsError, TryAgain
from mdtools.forcefield.files import fingerprint
from mdtools.systems import devices
from mdtools.systems.gpu_sharing import GpuSharing
from mdtools.systems.gpus import free_memory_MB
from workflow.burst import measured
from workflow.burst.archive import archive
from workflow.burst.runs import Burst, advance, prepare, rounds, write_records
from workflow.burst.table import Budget, measure_table
from workflow.campaign import runs
from workflow.campaign.model import Campaign
from workflow.campaign.packing import MOST, wants_gpu
from workflow.campaign.stages import members
from workflow.jobs.gpu import own_gpu
from workflow.jobs.packs import REPLICA_MB, usable_cores
from workflow.jobs.stages import BUNDLE_STAGES, Member

DIRECTORY = "burst"
SPEEDS, SUMMARY = "speeds.csv", "burst.json"
TABLE_SHARE = 0.3
"""Of the time left when all starts are there; the table is cut short there."""
MEASUREMENTS = 12
LONGEST_MEASUREMENT_S, SHORTEST_MEASUREMENT_S = 20.0, 1.0
ANALYSIS_SHARE, LEAST_ANALYSIS_S = 0.1, 20.0
"""Of the whole time, kept for observables and figures."""


@dataclass(frozen=True)
class Session:
    """A burst of a campaign.

    ``results``: results/<campaign>; ``until``: when it has to be over, by the clock;
    ``membrane``: the name of its membrane in the file, where that has several.
    """

    campaign: Campaign
    file: Path
    results: Path
    until: float
    stop: Callable[[], bool] | None = None
    log: Callable[[str], None] = print
    membrane: str = ""

    def run(self, *, table: bool, figures: bool) -> None:
        """Advance the campaign until the time is up.

        Raises
        ------
        SettingsError
            If cells come from another force field, or no segment fits into the time.
        TryAgain
            If something the runs start from could not be made in time, or was stopped, or if no
            run has come any further.
        """
        began = time.time()
        self._refuse_other_force_fields()
        runs.write(self.campaign, self.results)
        if not (self.results / "network").is_dir():
            self.log(f"{self.results} holds no network: the campaign begins")
        (self.results / DIRECTORY).mkdir(parents=True, exist_ok=True)
        with own_gpu(self.campaign.platform, self._time_is_up, self.log) as gpu:
            most = self._most_replicas(gpu)
            plan = self._burst(self._end_of_runs(began, figures), most)
            prepare(plan)
            speeds = self._table(most) if table else None
            replicas, each = chosen(speeds, most)
            plan = self._burst(plan.until, replicas)
            groups, before = rounds(plan, each), self._progress()
            if not groups:
                self.log("all runs are done or have failed for good")
            codes = advance(plan, groups)
            done = before
            while (now := self._progress()) != done and (groups := self._more_rounds(plan, each)):
                done = now
                codes |= advance(plan, groups)
            write_records(plan)
            after = self._progress()
            card = devices.gpu()[0] if gpu else None
        self._summarise(began, card, replicas, speeds, before, after, codes)
        if codes and after == before:
            raise TryAgain(
                "no run has finished a segment: give more minutes, or make transport.segment_ps "
                f"shorter; the logs are in {self.results / DIRECTORY / 'logs'}"
            )
        if figures:
            self.log("observables and figures")
            out = self.results / DIRECTORY
            measured.measure(self.campaign, self.results, out, self._time_is_up, self.log)

    def carry(self, out: Path, megabytes: float, most: int, since: float) -> None:
        """Pack the results into archives, what has changed since first; says what did not fit."""
        archives, left_out = archive(self.results, out, megabytes, most, since)
        size_mb = sum(path.stat().st_size for path in archives) / 1e6
        names = " ".join(path.name for path in archives)
        self.log(
            f"{size_mb:.1f} MB in {out}: {names}. Unpack them over the results from before: "
            f"for f in {self.results.name}-*.tar.gz; do tar xzf $f -C {self.results.parent}; done"
        )
        new = [path for path in left_out if path.stat().st_mtime >= since]
        if new:
            self.log(f"{len(new)} files of this burst did not fit and stay behind: {_ends(new)}")

    def _more_rounds(self, plan: Burst, ns_per_day: float | None) -> list:
        """Return groups for the time that others have left over; none if no segment fits."""
        if ns_per_day is None or self._time_is_up():
            return []
        with suppress(SettingsError):
            return rounds(plan, ns_per_day)
        return []

    @cached_property
    def _first_start(self) -> Path:
        names = members(self.campaign, "start")[0]
        return Member(self.campaign, self.results, "start", names).directory

    def _burst(self, until: float, replicas: int) -> Burst:
        sharing = GpuSharing() if wants_gpu(self.campaign.platform) else None
        return Burst(
            self.campaign,
            self.file,
            self.results,
            until,
            replicas,
            sharing,
            self.stop,
            self.log,
            self.membrane,
        )

    def _end_of_runs(self, began: float, figures: bool) -> float:
        if not figures:
            return self.until
        return self.until - max(LEAST_ANALYSIS_S, ANALYSIS_SHARE * (self.until - began))

    def _most_replicas(self, gpu: str | None) -> int:
        """Count the runs that may go on at a time: the table finds out how many are best."""
        count = len(members(self.campaign, "transport"))
        if wants_gpu(self.campaign.platform):
            wanted = self.campaign.platform.replicas_per_gpu
            most = MOST if wanted == "auto" or wanted == 1 else wanted
            memory = free_memory_MB(gpu)
            fitting = count if memory is None else max(1, int(memory // REPLICA_MB))
            return min(count, usable_cores(), most, fitting)
        return min(count, max(1, usable_cores() // self.campaign.platform.cpu_threads))

    def _table(self, most: int) -> pd.DataFrame:
        """Measure the speeds and keep them; nothing of the transport has been spent on them."""
        whole = self.until - time.time()
        until = time.time() + TABLE_SHARE * whole
        each = TABLE_SHARE * whole / MEASUREMENTS / 2
        seconds = min(LONGEST_MEASUREMENT_S, max(SHORTEST_MEASUREMENT_S, each))
        self.log(f"speeds, {TABLE_SHARE * whole:.0f} s at most")
        speeds = measure_table(
            self._first_start,
            self.campaign.transport,
            self.campaign.platform,
            Budget(seconds, until, self.stop),
            most_replicas=most,
            sharing=GpuSharing() if wants_gpu(self.campaign.platform) else None,
            log=self.log,
        )
        path = self.results / DIRECTORY / SPEEDS
        atomic.write_text(path, speeds.to_csv(index=False, lineterminator="\n"))
        for line in told(speeds):
            self.log(f"  {line}")
        return speeds

    def _refuse_other_force_fields(self) -> None:
        for stage in BUNDLE_STAGES:
            for names in members(self.campaign, stage):
                member = Member(self.campaign, self.results, stage, names)
                path = member.directory / "provenance.json"
                report = (atomic.read_json(path) or {}).get("report", {})
                made_with = report.get("force_field_sha256")
                now = fingerprint(self.campaign.nonbonded.ion_set)
                if made_with not in (None, now):
                    raise SettingsError(
                        f"{member.directory} was made with another version of the force field "
                        f"({made_with[:12]}, now {now[:12]}): delete it, or use that version"
                    )

    def _progress(self) -> dict[str, float]:
        """Read how many ns each run has."""
        return {
            "/".join(names): _done_ns(
                Member(self.campaign, self.results, "transport", names).directory
            )
            for names in members(self.campaign, "transport")
        }

    def _summarise(self, began, card, replicas, speeds, before, after, codes) -> None:
        gained = {name: after[name] - before[name] for name in after}
        total, hours = sum(gained.values()), (time.time() - began) / 3600
        content = provenance.record(
            card=card or f"CPU, {usable_cores()} cores",
            minutes=60 * hours,
            replicas=replicas,
            ns_done=after,
            ns_gained=gained,
            exit_codes=codes,
            campaign=self.campaign.name,
            dynamics=self.campaign.transport.dynamics,
            speeds=None if speeds is None else json.loads(speeds.to_json(orient="records")),
        )
        atomic.write_json(self.results / DIRECTORY / SUMMARY, content)
        # A negative one was killed as it did not stop in time; it goes on the next time.
        failed = [name for name, code in codes.items() if code > 0 and code != os.EX_TEMPFAIL]
        self.log(f"{total:.4g} ns in all; now at least {min(after.values()):.4g} ns each")
        if failed:
            self.log(f"failed: {', '.join(failed)}; see {self.results / DIRECTORY / 'logs'}")

    def _time_is_up(self) -> bool:
        return time.time() >= self.until or (self.stop is not None and self.stop())


def told(speeds: pd.DataFrame) -> list[str]:
    """Say each row of a table of speeds in a line."""
    lines = []
    for row in speeds.astype(object).where(speeds.notna(), None).to_dict("records"):
        found = row["promise"] or (f"{row['ns_per_day']:.4g} ns/day" if row["ns_per_day"] else None)
        forces = "deterministic" if row["deterministic"] else "not deterministic"
        how = f"{row['preset']}, {row['precision']}, {forces}"
        lines.append(
            f"{row['measured']} x{row['replicas']}, {how}: {found or 'not: ' + row['why_not']}"
        )
    return lines


def chosen(speeds: pd.DataFrame | None, most: int) -> tuple[int, float | None]:
    """Choose how many runs to do at a time: as many as have the largest sum of speeds.

    Returns
    -------
    replicas : int
    ns_per_day : float or None
        Of the slowest of them; None if nothing was measured.
    """
    if speeds is None:
        return most, None
    own = speeds[speeds.measured.isin(("bare", "pack")) & speeds.of_bare.notna()]
    # Variants of the platform, too, are told in parts of the first row, the campaign's own.
    for name in ("precision", "deterministic"):
        own = own[own[name] == speeds[name].iloc[0]]
    if own.empty:
        return most, None
    best = own.loc[own.ns_per_day.astype(float).idxmax()]
    return int(best.replicas), float(best.ns_per_day_slowest)


def _ends(paths: Sequence[Path]) -> str:
    """Name the first and the last of many files."""
    names = [str(path) for path in paths]
    return ", ".join(names) if len(names) < 4 else f"{names[0]} ... {names[-1]}"


def _done_ns(run: Path) -> float:
    return (records.read_sound(run / "run.json") or {}).get("done_ps", 0.0) / 1000
