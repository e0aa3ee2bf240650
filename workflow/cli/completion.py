"""What a shell offers for a word: files, folders of results, and names that the package knows.

Functions of what is typed so far. Nothing here may print or fail: a shell would show it.
"""

from collections.abc import Callable, Iterable
from glob import escape
from pathlib import Path

YAML = (".yaml", ".yml")
OF_RESULTS = ("campaign.json", "transport", "observables")
"""By one of which a folder is one of results."""


def yaml_files(incomplete: str) -> list[str]:
    """Offer YAML files."""
    return _found(incomplete, lambda path: path.suffix.lower() in YAML)


def results(incomplete: str) -> list[str]:
    """Offer folders of results."""
    return _found(incomplete, lambda path: any((path / name).exists() for name in OF_RESULTS))


def networks(incomplete: str) -> list[str]:
    """Offer ready membranes, and packed files."""
    from importlib.resources import files

    from mdtools.atomic import read_json

    # Of the index itself: the library is slow to load.
    known = read_json(Path(str(files("membranes") / "library_data" / "library.json")))
    return _begun(known["members"], incomplete) + _found(incomplete, lambda p: p.suffix == ".npz")


def membranes(incomplete: str) -> list[str]:
    """Offer membranes of the continuum theory, and files."""
    from analysis.continuum.membranes import MEMBRANES

    return _begun(MEMBRANES, incomplete) + yaml_files(incomplete)


def feeds(incomplete: str) -> list[str]:
    """Offer feeds of the continuum theory, and files."""
    from analysis.continuum.membranes import FEEDS

    return _begun(FEEDS, incomplete) + yaml_files(incomplete)


def rejections(incomplete: str) -> list[str]:
    """Offer published data sets, and tables."""
    from analysis.continuum.characterize import datasets

    return _begun(datasets(), incomplete) + _found(incomplete, lambda path: path.suffix == ".csv")


def profiles(incomplete: str) -> list[str]:
    """Offer profiles of Snakemake, shipped and made here."""
    from workflow.cluster.profile import known

    return _begun(known(Path.cwd()), incomplete)


def _begun(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _found(incomplete: str, wanted: Callable[[Path], bool]) -> list[str]:
    """List what is wanted beside what is typed and a folder below; files are a shell's own."""
    typed = Path(incomplete or ".")
    inside = not incomplete or incomplete.endswith("/")
    patterns = ("*", "*/*") if inside else (f"{escape(typed.name)}*", f"{escape(typed.name)}*/*")
    base = typed if inside else typed.parent
    try:
        paths = sorted(path for pattern in patterns for path in base.glob(pattern))
        return [str(path) for path in paths if not path.name.startswith(".") and wanted(path)]
    except OSError:
        return []
