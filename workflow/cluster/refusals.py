"""What of a profile a cluster would refuse, or never start: said before anything is submitted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.cluster.profile import LONGEST_MINUTES
from workflow.cluster.slurm import Cluster, Partition

RULE = "transport"
"""The jobs that are judged, which take nearly all of the time; those of packs have another."""
CERTAIN = 2.0
"""By how much an estimated segment has to exceed a walltime to be refused: estimates hold within a
factor of two."""


@dataclass(frozen=True)
class Segment:
    """What a segment of a run is and takes: ``ps`` simulated, ``seconds`` of wall time.

    ``said`` tells where that is known from; ``seen`` is whether from runs of this campaign.
    """

    ps: float
    seconds: float
    said: str
    seen: bool


@dataclass(frozen=True)
class Asked:
    """What a profile asks for the jobs of transport, and what of it the command line sets anew."""

    rule: str
    default: Mapping[str, Any]
    own: Mapping[str, Any]
    line: str

    @classmethod
    def by(cls, settings: Mapping[str, Any], line: Sequence[str] = (), rule: str = RULE) -> "Asked":
        """Read it from the settings of a profile and the options of a command line."""
        own = _resources_of(rule, settings.get("set-resources"))
        return cls(rule, _resources(settings.get("default-resources")), own, " ".join(line))

    def get(self, key: str, otherwise: Any = None) -> Any:
        """Return a resource; the rule's own goes before the default."""
        value = self.own.get(key, self.default.get(key, otherwise))
        return value.strip("'\"") if isinstance(value, str) else value

    def judged(self, key: str) -> bool:
        """Whether the profile has the last word on a resource."""
        return key not in self.line

    @property
    def runtime(self) -> int | None:
        """Minutes of walltime, where the profile or the rule says them."""
        runtime = self.own.get("runtime", LONGEST_MINUTES)
        return runtime if isinstance(runtime, int) and self.judged("runtime") else None


def faults(
    settings: Mapping[str, Any],
    cluster: Cluster,
    wants_gpu: bool,
    line: Sequence[str] = (),
    segment: Segment | None = None,
    rule: str = RULE,
) -> list[str]:
    """Say what of a profile the cluster would refuse; empty if nothing.

    Parameters
    ----------
    settings : dict
        Of the profile.
    wants_gpu : bool
        Whether the campaign's runs ask for GPUs.
    line : sequence of str
        Options of the command line, which go before the profile's; what they set is not judged.
    segment : Segment, optional
        What has to fit into a walltime, where it is known.
    rule : str
        That carries out the dynamics: transport, or pack_transport.
    """
    asked = Asked.by(settings, line, rule)
    found = _of_the_account(asked, cluster) + _of_the_segment(asked, segment)
    if not asked.judged("slurm_partition"):
        return found
    named = asked.get("slurm_partition")
    partition = cluster.partition(None if named is None else str(named))
    if partition is None:
        names = ", ".join(one.name for one in cluster.partitions) or "none"
        what = f"{named}, no such partition" if named else "missing, and there is no default one"
        return [*found, f"slurm_partition: {what}; there are {names}"]
    found += _of_the_gpus(asked, partition, cluster, wants_gpu)
    runtime = asked.runtime
    if runtime is not None and partition.minutes is not None and runtime > partition.minutes:
        found.append(
            f"set-resources.{rule}.runtime: {runtime} min, {partition.name} allows "
            f"{partition.minutes}"
        )
    return found


def doubts(
    settings: Mapping[str, Any],
    line: Sequence[str] = (),
    segment: Segment | None = None,
    rule: str = RULE,
) -> list[str]:
    """Say where a walltime may be too short, as far as estimates can tell; empty if nowhere."""
    asked = Asked.by(settings, line, rule)
    if segment is None or asked.runtime is None or _of_the_segment(asked, segment):
        return []
    return [_too_short(asked, segment)] if _minutes(segment) > asked.runtime else []


def _of_the_account(asked: Asked, cluster: Cluster) -> list[str]:
    if not (cluster.account_wanted and asked.judged("slurm_account")):
        return []
    account = asked.get("slurm_account")
    if not account:
        offered = f"; yours are {', '.join(cluster.accounts)}" if cluster.accounts else ""
        return [
            f"default-resources.slurm_account: missing, and {cluster.name} refuses jobs without "
            f"an account{offered}"
        ]
    if cluster.accounts and str(account) not in cluster.accounts:
        return [f"slurm_account: {account} is not yours; yours are {', '.join(cluster.accounts)}"]
    return []


def _of_the_segment(asked: Asked, segment: Segment | None) -> list[str]:
    """The walltime is shorter than one segment, so that every submission would begin it again."""
    if segment is None or asked.runtime is None:
        return []
    certain = 1.0 if segment.seen else CERTAIN
    over = _minutes(segment) > certain * asked.runtime
    return [_too_short(asked, segment)] if over else []


def _too_short(asked: Asked, segment: Segment) -> str:
    return (
        f"set-resources.{asked.rule}.runtime: {asked.runtime} min, and a segment of "
        f"{segment.ps:g} ps takes about {_minutes(segment):.3g} min ({segment.said}): no job would "
        f"finish one. Make it longer, or transport.segment_ps shorter"
    )


def _minutes(segment: Segment) -> float:
    return segment.seconds / 60


def _of_the_gpus(
    asked: Asked, partition: Partition, cluster: Cluster, wants_gpu: bool
) -> list[str]:
    if not wants_gpu:
        return []
    if not partition.gpus:
        able = [one.name for one in cluster.partitions if one.gpus]
        return [
            f"set-resources.{asked.rule}.slurm_partition: {partition.name} has no GPU, and the "
            f"campaign's platform wants one; those that have: {', '.join(able) or 'none'}"
        ]
    key, model, count = _gpu(asked)
    has = ", ".join(f"{most} {name or 'GPU'}" for name, most in partition.gpus.items())
    models = {name.lower() for name in partition.gpus} - {""}
    if model and models and model.lower() not in models:
        return [f"{key}: {model}, and the nodes of {partition.name} have {has}"]
    most = max(partition.gpus.values())
    if count > most:
        return [f"{key}: {count} GPUs for a job, and a node of {partition.name} has {has}"]
    return []


def _gpu(asked: Asked) -> tuple[str, str, int]:
    """Return the key that says which GPUs a job gets, their model ("" for any) and number."""
    if (gres := asked.get("gres")) and asked.judged("gres"):
        named = re.fullmatch(r"gpu(?::([A-Za-z][^:]*))?(?::(\d+))?", str(gres).strip("'\""))
        if named:
            return "gres", named[1] or "", int(named[2] or 1)
    number = asked.get("gpu", 1)
    count = number if isinstance(number, int) and asked.judged("gpu=") else 1
    if (model := asked.get("gpu_model")) and asked.judged("gpu_model"):
        return "gpu_model", str(model), count
    return "gpu", "", count


def _resources_of(rule: str, block: Any) -> dict[str, Any]:
    """Return what a profile sets for a rule: in a mapping, or a list of rule:key=value."""
    if isinstance(block, dict):
        return _resources(block.get(rule))
    words = block if isinstance(block, list) else []
    pairs = (str(word).partition(":") for word in words)
    return _resources([resource for name, _, resource in pairs if name == rule])


def _resources(block: Any) -> dict[str, Any]:
    """Return resources that are given as a mapping, or as a list of key=value."""
    if isinstance(block, dict):
        return block
    words = block if isinstance(block, list) else []
    pairs = (str(word).partition("=") for word in words)
    return {key: int(value) if value.isdecimal() else value for key, _, value in pairs}
