"""What a Slurm controller says of its cluster: partitions, GPUs, walltimes, accounts."""

import getpass
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from mdtools.runs.stopping import seconds_of

ANSWER_S = 60.0
"""How long the controller may take."""
SINFO = ("sinfo", "--noheader", "--format=%P|%a|%l|%G|%D|%c|%m")
NO_LIMIT = ("infinite", "UNLIMITED")


class NoSlurm(RuntimeError):
    """There is no Slurm here, or it does not answer."""


@dataclass(frozen=True)
class Partition:
    """Nodes that jobs are sent to under one name.

    ``gpus`` has the largest number of GPUs on a node by model, "" where no model is named.
    ``minutes`` is the longest walltime, None without a limit.
    """

    name: str
    default: bool
    up: bool
    minutes: int | None
    gpus: dict[str, int]
    nodes: int
    cores: int
    memory_mb: int


@dataclass(frozen=True)
class Cluster:
    """What a cluster offers to its user.

    ``accounting`` is whether jobs are kept in a database, which sacct asks; ``account_wanted``
    whether a job without an account is refused. ``forgets_s`` is how long the controller knows of a
    job that has ended.
    """

    name: str
    partitions: tuple[Partition, ...]
    accounting: bool
    account_wanted: bool
    accounts: tuple[str, ...] = ()
    forgets_s: int | None = None
    settings: dict[str, str] = field(default_factory=dict, repr=False)

    def partition(self, name: str | None) -> Partition | None:
        """Return a partition, the default one where no name is given; None if there is none."""
        fits = [
            one for one in self.partitions if (one.default if name is None else one.name == name)
        ]
        return fits[0] if fits else None


def ask() -> Cluster:
    """Ask the controller.

    Raises
    ------
    NoSlurm
        Saying which program is missing, or what it said.
    """
    settings = settings_of(_said("scontrol", "show", "config"))
    partitions = partitions_of(_said(*SINFO))
    accounting = settings.get("AccountingStorageType", "").rpartition("/")[2] not in ("", "none")
    enforced = settings.get("AccountingStorageEnforce", "").lower()
    return Cluster(
        name=settings.get("ClusterName", "slurm"),
        partitions=partitions,
        accounting=accounting,
        account_wanted=accounting and "associations" in enforced,
        accounts=_accounts() if accounting else (),
        forgets_s=_seconds(settings.get("MinJobAge")),
        settings=settings,
    )


def jobs_in(directory: Path) -> list[str]:
    """List the numbers of this user's jobs that wait or run with a working directory.

    Raises
    ------
    NoSlurm
        As `ask`.
    """
    said = _said("squeue", "--noheader", f"--user={getpass.getuser()}", "--format=%i|%Z")
    lines = (line.partition("|") for line in said.splitlines())
    return [number for number, _, place in lines if Path(place) == directory]


def settings_of(said: str) -> dict[str, str]:
    """Parse what ``scontrol show config`` says.

    >>> settings_of("Configuration data as of now\\nClusterName             = lab\\n")
    {'ClusterName': 'lab'}
    """
    pairs = (line.partition("=") for line in said.splitlines() if " = " in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def partitions_of(said: str) -> tuple[Partition, ...]:
    """Parse what sinfo says in the format of `SINFO`; kinds of node of a partition are joined.

    >>> partitions_of("gpu*|up|1-00:00:00|gpu:a100:4(S:0-1)|8|64|512000+")
    (Partition(name='gpu', default=True, up=True, minutes=1440, gpus={'a100': 4}, nodes=8, \
cores=64, memory_mb=512000),)
    """
    found: dict[str, Partition] = {}
    for line in filter(None, said.splitlines()):
        name, state, limit, resources, nodes, cores, memory = line.split("|")
        one = Partition(
            name=name.rstrip("*"),
            default=name.endswith("*"),
            up=state == "up",
            minutes=_minutes(limit),
            gpus=gpus_of(resources),
            nodes=int(nodes),
            cores=int(cores.rstrip("+")),
            memory_mb=int(memory.rstrip("+")),
        )
        found[one.name] = _joined(found[one.name], one) if one.name in found else one
    return tuple(found.values())


def gpus_of(resources: str) -> dict[str, int]:
    """Count the GPUs of a node by model, from its generic resources.

    >>> gpus_of("gpu:a100:4(S:0-1),shard:8"), gpus_of("gpu:2"), gpus_of("(null)")
    ({'a100': 4}, {'': 2}, {})
    """
    counts: dict[str, int] = {}
    for model, count in re.findall(r"\bgpu(?::([A-Za-z][^:,()]*))?:(\d+)", resources):
        counts[model] = counts.get(model, 0) + int(count)
    return counts


def _joined(one: Partition, other: Partition) -> Partition:
    models = {**one.gpus, **other.gpus}
    gpus = {model: max(one.gpus.get(model, 0), other.gpus.get(model, 0)) for model in models}
    return replace(
        one,
        gpus=gpus,
        nodes=one.nodes + other.nodes,
        cores=min(one.cores, other.cores),
        memory_mb=min(one.memory_mb, other.memory_mb),
    )


def _minutes(limit: str) -> int | None:
    if limit in NO_LIMIT:
        return None
    seconds = seconds_of(limit)
    return None if seconds is None else int(seconds // 60)


def _seconds(setting: str | None) -> int | None:
    found = re.match(r"\d+", setting or "")
    return int(found[0]) if found else None


def _accounts() -> tuple[str, ...]:
    """Accounts that this user may charge; none where the database does not answer."""
    words = ("--noheader", "--parsable2", "show", "associations", f"user={getpass.getuser()}")
    try:
        said = _said("sacctmgr", *words, "format=Account")
    except NoSlurm:
        return ()
    return tuple(dict.fromkeys(filter(None, said.splitlines())))


def _said(program: str, *words: str) -> str:
    if shutil.which(program) is None:
        raise NoSlurm(f"{program} is not on this machine; ask a login node of the cluster")
    command: Sequence[str] = (program, *words)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER_S, check=True)
    except subprocess.TimeoutExpired:
        raise NoSlurm(f"{program} gave no answer within {ANSWER_S:g} s") from None
    except subprocess.CalledProcessError as error:
        # The last line is what it ends with; those before say where it looked.
        lines = [line.removeprefix(f"{program}: ").strip() for line in error.stderr.splitlines()]
        why = next(filter(None, reversed(lines)), "failed")
        raise NoSlurm(f"{program}: {why}") from None
    return done.stdout
