"""Published measurements that come with the package, each with its source and how it was got."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from analysis.continuum.characterize.faults import one_of
from analysis.continuum.characterize.measurements import Measurements

DATA = Path(__file__).with_name("data")


def datasets() -> dict[str, dict[str, str]]:
    """What there is, by name: what, source, doi, obtained, sd, film, each in words.

    >>> print(*datasets(), sep=", ")  # doctest: +ELLIPSIS
    labban-2017-lbl15c, foo-2023-nf270, fernandez-2021-nf270, wang-2023-lithium, liu-2025-...
    """
    words = ("what", "source", "doi", "obtained", "sd", "film")
    return {name: {word: entry[word] for word in words} for name, entry in _catalogue().items()}


def dataset(name: str, membrane: str | None = None) -> Measurements:
    """Measurements of a name of ``datasets()``, of all its membranes or of one.

    Raises
    ------
    ValueError
        No such name or membrane.

    >>> dataset("foo-2023-nf270").rejection.size
    8
    """
    known = _catalogue()
    if name not in known:
        raise ValueError(f"dataset is {name!r}, allowed is {one_of(name, known)}")
    entry = known[name]
    data = Measurements.read(DATA / entry["file"], entry.get("columns"))
    return data if membrane is None else data.of(membrane)


@cache
def _catalogue() -> dict[str, dict[str, Any]]:
    raw: dict[str, dict[str, Any]] = json.loads((DATA / "datasets.json").read_text("utf-8"))
    for entry in raw.values():
        if "same_as" in entry:
            base = raw[entry["same_as"]]
            columns = {**base["columns"], **entry["columns"]}
            entry.update({**base, **entry, "columns": columns})
    return raw
