"""Names of a fabrication study's films for Snakemake, which reads them before every command.

Nothing here takes seconds to import.
"""

from pathlib import Path
from typing import Any

import yaml


def read_names(file: str | Path) -> dict[str, Any]:
    """Return name, membranes and repeats of a study's file; no membranes where there are none.

    Campaigns are run from folders that have none, and beside a wrong one. Its job says so where it
    is asked for.
    """
    path = Path(file)
    none = {"name": path.stem, "membranes": [], "repeats": 0}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {
            "name": str(data["name"]),
            "membranes": [str(name) for name in data["membranes"]],
            "repeats": int(data.get("repeats", 3)),
        }
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError):
        return none


def nascent_names(membranes: list[str]) -> dict[str, str]:
    """Return for each membrane the first one of the same piperazine, whose nascent film it shares.

    >>> nascent_names(["8P", "8P10-H30", "8P10-0.5MC30"])["8P10-0.5MC30"]
    '8P10-H30'
    """
    first: dict[str, str] = {}
    return {name: first.setdefault(name.partition("-")[0], name) for name in membranes}
