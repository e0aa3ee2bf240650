"""Packs: several runs of a campaign at the same time on one GPU, each a process of its own."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from mdtools import atomic
from mdtools.errors import SettingsError, TryAgain
from mdtools.options import PlatformOptions
from mdtools.runs.progress import PACK
from mdtools.systems import devices
from mdtools.systems.gpu_sharing import GpuSharing, ServiceRefused
from mdtools.systems.gpus import free_memory_MB, total_memory_MB
from workflow.campaign.model import Campaign
from workflow.campaign.packing import MOST, STAGES, size, wants_gpu
from workflow.jobs import pack_record
from workflow.jobs.gpu import own_gpu
from workflow.jobs.members import CARD_FAILED, GRACE_S, Process, ending, run_members
from workflow.jobs.stages import Member

REPLICA_MB = 1000
"""GPU memory that is kept free for each replica: a CUDA context and the arrays of some 50,000
particles. An estimate, on the safe side."""


@dataclass(frozen=True)
class Pack:
    """What a pack advances.

    ``stage``: hydrated, cell, start or transport; ``members``: layout, or layout/salt, or
    layout/salt/trial, of each; ``until_ps``: for transport, the simulated time to reach;
    ``membrane``: which of several all of them have.
    """

    stage: str
    members: Sequence[str]
    until_ps: float | None = None
    membrane: str = ""


@dataclass(frozen=True)
class Places:
    """Where processes go side by side: ``slots`` at a time, sharing a GPU through ``service``."""

    slots: int
    service: GpuSharing | None = None

    def run(
        self,
        processes: Sequence[Process],
        *,
        stop: Callable[[], bool] | None = None,
        grace_s: float = GRACE_S,
        log: Callable[[str], None] = print,
    ) -> dict[str, int]:
        """Run processes to their ends; see `run_members`."""
        service = self.service
        return run_members(
            processes,
            self.slots,
            environment=service.environment if service else os.environ,
            alone=os.environ,
            shared=service.alive if service else None,
            lonely=(CARD_FAILED,) if service else (),
            stop=stop,
            grace_s=grace_s,
            log=log,
        )


@contextmanager
def shared(
    sharing: GpuSharing | None, slots: int, log: Callable[[str], None] = print
) -> Iterator[Places]:
    """Share a GPU among so many processes while the block runs; one at a time if that is refused.

    Without a service, as on CPUs, nothing is shared and all of them go side by side.
    """
    if sharing is None or slots < 2:
        yield Places(slots)
        return
    with ExitStack() as stack:
        try:
            places = Places(slots, stack.enter_context(sharing))
        except ServiceRefused as refusal:
            log(f"one run at a time: {refusal}")
            places = Places(1)
        yield places


def run_pack(
    campaign: Campaign,
    file: Path,
    pack: Pack,
    results: Path,
    record: Path,
    *,
    stop: Callable[[], bool] | None = None,
    sharing: GpuSharing | None = None,
    log: Callable[[str], None] = print,
) -> dict[str, int]:
    """Advance every member of a pack, and record how each ended.

    Parameters
    ----------
    file : Path
        The campaign's, which each member reads again.
    results : Path
        results/<campaign>, or of several membranes of one of them.
    record : Path
        JSON with the exit code of every member. It is written once all of them have ended for
        good: done, or failed in a way that would come again.
    sharing : GpuSharing
        The service through which members share the GPU; None chooses by the platform.

    Returns
    -------
    dict
        Exit code of each member.

    Raises
    ------
    TryAgain
        If a member was stopped or killed; what all of them have done so far stays.
    SettingsError
        If the GPU has too little memory for the replicas that the campaign asks for, the stage is
        not done in packs, or a member has results but no state that they could be written from.
    """
    if not results.is_dir():
        raise SettingsError(f"{results} is no directory of results")
    chosen = [
        Member(campaign, results, pack.stage, tuple(name.split("/"))) for name in pack.members
    ]
    _refuse_to_make_anew(pack.stage, chosen)
    on_gpu = wants_gpu(campaign.platform)
    with ExitStack() as stack:
        gpu = stack.enter_context(own_gpu(campaign.platform, stop, log))
        slots = _slots(campaign.platform, len(pack.members), gpu)
        service = sharing or (GpuSharing() if on_gpu else None)
        places = stack.enter_context(shared(service, slots, log))
        log(f"{pack.stage}: {len(pack.members)} members, {places.slots} at a time")
        facts = {
            "pack": record.stem,
            "at_a_time": places.slots,
            "gpu": devices.gpu()[0] if gpu else None,
        }
        for one in chosen:
            atomic.write_json(_made(one.directory) / PACK, facts)
        processes = [
            _process(file, pack, member, results, record, places.slots) for member in pack.members
        ]
        codes = places.run(processes, stop=stop, log=log)
    anew = [
        one.directory
        for one, name in zip(chosen, pack.members, strict=True)
        if codes[name] == os.EX_CONFIG and one.made
    ]
    if anew:
        # No record: the jobs of the members would delete these results before they find out.
        raise SettingsError(f"{', '.join(map(str, anew))}: see {record.with_suffix('')}")
    if unfinished := [name for name, code in codes.items() if pack_record.again(code)]:
        ends = "; ".join(f"{name} {ending(codes[name])}" for name in unfinished)
        raise TryAgain(f"{len(unfinished)} of {len(codes)} members: {ends}")
    pack_record.write(record, pack.stage, codes)
    return codes


def _refuse_to_make_anew(stage: str, chosen: Sequence[Member]) -> None:
    """Refuse a pack that would make finished results anew, as of a version that kept no states."""
    if stage not in STAGES:
        raise SettingsError(f"stage is {stage}, allowed in a pack is {', '.join(STAGES)}")
    lost = [one.directory for one in chosen if stage != "transport" and one.made and not one.kept]
    if lost:
        raise SettingsError(
            f"{', '.join(map(str, lost))}: there are results, but no state on disk that they come "
            "from, so a pack would make them anew, and runs that started from them could not go "
            "on. Leave platform.replicas_per_gpu at 1 for this campaign, or delete them"
        )


def _slots(platform: PlatformOptions, count: int, gpu: str | None) -> int:
    cores = usable_cores()
    if not wants_gpu(platform):
        return max(1, min(size(platform, count), cores // platform.cpu_threads))
    memory = free_memory_MB(gpu)
    fitting = count if memory is None else int(memory // REPLICA_MB)
    if platform.replicas_per_gpu == "auto":
        return max(1, min(MOST, count, cores, fitting))
    wanted, whole = size(platform, count), total_memory_MB(gpu) or memory
    most = wanted if whole is None else max(1, int(whole // REPLICA_MB))
    if wanted > most:
        raise SettingsError(
            f"platform.replicas_per_gpu is {wanted}, but the GPU has {whole:.0f} MB and a "
            f"replica may take {REPLICA_MB} MB: allowed is at most {most}"
        )
    # What is taken may be free again for the next pack, as by members of one that was killed.
    return max(1, min(wanted, fitting))


def usable_cores() -> int:
    """Count the cores that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _process(
    file: Path, pack: Pack, member: str, results: Path, record: Path, slots: int
) -> Process:
    command = [sys.executable, "-m", "workflow", "advance", str(file), pack.stage]
    command += [*member.split("/"), "--results", str(results), "--no-publish"]
    command += ["--replicas", str(slots), "--parent", str(os.getpid())]
    command += ["--until-ps", repr(pack.until_ps)] if pack.until_ps is not None else []
    command += ["--membrane", pack.membrane] if pack.membrane else []
    return Process(member, command, pack_record.log_of(record, member))


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory
