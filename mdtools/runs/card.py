"""Failures of the GPU in one segment of a run: counted, since a blow-up may look like one."""

from pathlib import Path

from mdtools import atomic

FILE = "card_errors.json"
SAME_SEED = 2
"""From so many on the segment is run with its second seed."""
MOST = 4
"""With so many the segment has failed."""


def count(run: Path, segment: int) -> int:
    """Return how often the card has failed in a segment."""
    kept = atomic.read_json(run / FILE) or {}
    return int(kept.get("errors", 0)) if kept.get("segment") == segment else 0


def note(run: Path, segment: int, message: str) -> int:
    """Count one more; returns how many there are now in this segment."""
    errors = count(run, segment) + 1
    atomic.write_json(run / FILE, {"segment": segment, "errors": errors, "last": message})
    return errors


def forget(run: Path) -> None:
    """Forget them, as a segment was finished."""
    (run / FILE).unlink(missing_ok=True)
