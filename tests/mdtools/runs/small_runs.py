"""Runs of a few bytes, whose segments are those of a run in everything but what they hold."""

from pathlib import Path

import numpy as np

from mdtools import records
from mdtools.runs import segments
from mdtools.runs.segments import Grid

GRID = Grid(timestep_fs=1.0, fast_steps=1, full_steps=2, segment_steps=4)
START = "0" * 64


def write_run(run: Path, files: list[tuple[bytes, ...]], chunks: list[int]) -> Path:
    """A run whose segments hold these bytes, with records of chunks of so many segments each."""
    directory, before = run / segments.DIRECTORY, START
    for number, parts in enumerate(files):
        place = directory / segments.name(number)
        place.mkdir(parents=True)
        for name, content in zip(segments.FILES, parts, strict=True):
            (place / name).write_bytes(content)
        steps = [GRID.first_step(number), GRID.last_step(number)]
        facts = {"segment": number, "steps": steps, "starts_from": before}
        before = segments.end_state(segments.write_manifest(place, facts))
    for number, end in enumerate(np.cumsum(chunks)):
        receipt = segments.receipt(directory, GRID, GRID.time_ps(GRID.last_step(int(end) - 1)))
        records.write(run / f"chunk_{number}.json", receipt)
    return run


def logical(run: Path) -> list[tuple[bytes, ...]]:
    """Content of every file of every segment, wherever it lies."""
    return [
        tuple(stored.read(name) for name in (*segments.FILES, segments.MANIFEST))
        for stored in segments.published(run / segments.DIRECTORY)
    ]
