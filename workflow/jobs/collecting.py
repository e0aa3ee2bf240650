"""The job that reads a run into its store, and what it does about a run that is damaged."""

from pathlib import Path

from analysis.options import AnalysisOptions
from analysis.reading.collect import collect
from analysis.reading.observer import CollectError
from mdtools.errors import TryAgain
from mdtools.runs import segments
from mdtools.runs.stored import Stored


def collect_run(record: Path, store: Path, options: AnalysisOptions) -> None:
    """Read the run that a chunk's record stands for; a damaged one loses its record.

    Without the record the workflow advances the run again, which makes a damaged segment anew.

    Raises
    ------
    CollectError
        As `analysis.reading.collect.collect`, for a run whose segments are what was written.
    TryAgain
        For damaged segments, naming them.
    """
    run = record.parent
    try:
        collect(run, store, options)
    except CollectError as error:
        found = segments.published(run / segments.DIRECTORY)
        wrong = [stored.name for stored in found if _bad(stored)]
        if not wrong:
            raise
        record.unlink(missing_ok=True)
        raise TryAgain(
            f"{run}: {', '.join(wrong)} is damaged; the record of the run is removed, start the "
            "workflow again and it is made anew"
        ) from error


def _bad(segment: Stored) -> bool:
    manifest = segments.read_manifest(segment)
    return manifest is None or bool(segment.wrong(manifest["files"]))
