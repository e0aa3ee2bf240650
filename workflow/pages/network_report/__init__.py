"""Reports on membranes: what a network is like beside the study's, with a 3-D view."""

from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["report"]


def report(
    sources: Iterable[str | Path],
    out: Path | str,
    log: Callable[[str], None] = print,
    library: Path | None = None,
) -> Path:
    """Write <out>/report.html with its tables and figures; returns the page.

    Parameters
    ----------
    sources : iterable of str or Path
        Names of the library, directories of neutral networks, or results of campaigns. Several
        count as samples of one protocol: mean and standard deviation over them are given.
    out : Path
        Directory; made if it is not there.
    library : Path, optional
        Directory of ready membranes, if not the package's own.

    Raises
    ------
    SourceError, LibraryError, NetworkError
        For a source that cannot be reported on, saying which and what is allowed.
    """
    from mdtools.filesystem import refusal
    from workflow.pages.network_report.sources import SourceError, read_all

    out = Path(out)
    if reason := refusal(out):
        raise SourceError(f"{out}: {reason}")
    membranes = read_all(sources, library)
    # What draws takes longer to load than a wrong source takes to be refused.
    from workflow.pages.network_report.assemble import assemble

    return assemble(membranes, out, log)
