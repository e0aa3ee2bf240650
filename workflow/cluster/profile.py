"""Profiles of Snakemake for clusters: found by name, made for a cluster."""

import json
from pathlib import Path
from typing import Any

import yaml

from workflow.cluster.slurm import Cluster, Partition

SHIPPED = Path(__file__).parents[1] / "profiles"
FILE = "config.yaml"
GPU_RULES = ("network", "hydrated", "cell", "start", "transport")
PACKED_RULES = ("pack_hydrated", "pack_cell", "pack_start", "pack_transport")
LONGEST_MINUTES = 1440
"""What the rules of molecular dynamics ask for."""
SHORT_MINUTES = 240
"""What the longest of the others asks for."""


class ProfileError(ValueError):
    """A profile that cannot be used, in words."""


def find(name: str, here: Path) -> Path:
    """Return the directory of a profile: shipped, made for this cluster, or named by its path.

    Raises
    ------
    ProfileError
        With the names that there are.
    """
    places = [SHIPPED / name, here / "profiles" / name, here / name]
    for place in places if name else ():
        if (place / FILE).is_file():
            return place
    raise ProfileError(
        f"--profile {name}: no such profile, there are {', '.join(known(here))}; "
        f"or name a directory with a {FILE}"
    )


def known(here: Path) -> list[str]:
    """List the names of profiles: shipped, and made for clusters in this directory."""
    made = sorted(path.parent.name for path in (here / "profiles").glob(f"*/{FILE}"))
    shipped = sorted(path.parent.name for path in SHIPPED.glob(f"*/{FILE}"))
    return [name for name in dict.fromkeys([*shipped, *made]) if name != "default"]


def read(profile: Path) -> dict[str, Any]:
    """Return the settings of a profile."""
    try:
        content = yaml.safe_load((profile / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ProfileError(f"{profile / FILE}: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise ProfileError(f"{profile / FILE}: no settings")
    return content


def text_for(cluster: Cluster) -> str:
    """Return a profile for a cluster: its partitions, walltimes and account filled in.

    Jobs of molecular dynamics go to the largest partition with GPUs that is up, all others to the
    default one. What the cluster lets its user choose stands beside in comments.
    """
    base = (SHIPPED / "slurm" / FILE).read_text(encoding="utf-8")
    start, end = base.index("default-resources:"), base.index("slurm-status-command:")
    dynamics, others = _dynamics(cluster), cluster.partition(None)
    lines = [
        f"# Made for the cluster {cluster.name!r}, which has",
        *(f"#   {line}" for line in described(cluster)),
        "",
        base[base.index("executor:") : start].strip(),
        "default-resources:",
        "  mem_mb: 4000",
        f"  runtime: {min(60, _limit(others))}",
        *_account(cluster),
        *([f"  slurm_partition: {_quoted(others.name)}"] if others else []),
    ]
    if dynamics is not None:
        lines += ["set-resources:"]
        for rule in (*GPU_RULES, *PACKED_RULES):
            lines += [
                f"  {rule}:",
                f"    runtime: {min(LONGEST_MINUTES, _limit(dynamics))}",
                f"    slurm_partition: {_quoted(dynamics.name)}",
            ]
    if _limit(others) < SHORT_MINUTES:
        lines += [] if dynamics else ["set-resources:"]
        lines += ["  collect:", f"    runtime: {_limit(others)}"]
    rest = base[end:]
    if cluster.accounting and (cluster.forgets_s or 0) < 120:
        rest = rest.replace("slurm-status-command: squeue", "slurm-status-command: sacct")
    return "\n".join(lines) + "\n" + rest


def described(cluster: Cluster) -> list[str]:
    """Return a line for each partition, and one for the accounts."""
    lines = []
    for one in cluster.partitions:
        gpus = ", ".join(f"{count} {model or 'GPU'}" for model, count in one.gpus.items())
        limit = "no limit" if one.minutes is None else f"at most {one.minutes} min"
        marks = f"{', default' if one.default else ''}{'' if one.up else ', down'}"
        lines.append(
            f"{one.name}{marks}: {one.nodes} nodes of {one.cores} cores, {one.memory_mb} MB, "
            f"{gpus or 'no GPU'}; {limit}"
        )
    if cluster.accounts:
        lines.append(f"accounts of this user: {', '.join(cluster.accounts)}")
    elif not cluster.accounting:
        lines.append("no accounting: jobs need no account, squeue tells their states")
    return lines


def _dynamics(cluster: Cluster) -> Partition | None:
    able = [one for one in cluster.partitions if one.gpus and one.up]
    return max(able, key=lambda one: one.nodes, default=None)


def _quoted(name: str) -> str:
    """A name as text of YAML, also where it looks like a number or a truth value."""
    return json.dumps(name)


def _limit(partition: Partition | None) -> int:
    if partition is None or partition.minutes is None:
        return LONGEST_MINUTES
    return partition.minutes


def _account(cluster: Cluster) -> list[str]:
    if not cluster.accounts:
        return []
    first, *others = cluster.accounts
    return [
        f"  slurm_account: {_quoted(first)}" + (f"   # or {', '.join(others)}" if others else "")
    ]
