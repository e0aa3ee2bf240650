"""The trials of a study are read into stores, and the stores are analysed in tables."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from analysis.reading.collect import write_store
from analysis.reading.observer import CollectError, Observer
from analysis.results import Results, load
from analysis.store import Store, StoreError
from analysis.tables import write_tables
from analysis.universes.opening import open_universe, topology_files
from analysis.universes.study import Study, collection_settings
from analysis.universes.universe_source import UniverseSource, fingerprint
from mdtools.durations import Pace


def open_trial(study: Study, trial: int) -> UniverseSource:
    """Open one trial of a study. Raises CollectError naming a file that cannot be read."""
    files = study.trials[trial]
    name = ", ".join(str(path) for path in files)
    universe = open_universe(study, files)
    try:
        source = UniverseSource(universe, study, name)
    except CollectError as error:
        raise CollectError(f"{name}: {error}") from error
    source.files = (*topology_files(study), *files)
    return source


def collect_trial(
    study: Study,
    trial: int,
    path: Path,
    progress: bool = False,
    observers: Sequence[type[Observer]] = (),
) -> None:
    """Write the store of one trial, unless it exists for the same files and settings."""
    source, extra = open_trial(study, trial), [kind() for kind in observers]
    names = {name for observer in extra for name in observer.units}
    settings = collection_settings(study)
    try:
        manifest = Store.read(path).manifest
        current = manifest["inputs"] == source.inputs() and manifest["study"] == settings
        current = current and names <= manifest["extra"].keys()
    except (StoreError, KeyError):
        current = False
    if not current:
        write_store(source, trial, source.name, path, study.analysis, extra, progress, settings)


def check_independent(study: Study) -> None:
    """Raise CollectError for a file given for two trials: they would not be independent."""
    seen: dict[str, tuple[int, Path]] = {}
    for trial, files in sorted(study.trials.items()):
        for path in files:
            if not path.is_file():
                raise CollectError(f"{path} does not exist")
            digest = fingerprint(path)
            if digest in seen:
                other, before = seen[digest]
                if other == trial:
                    raise CollectError(
                        f"trial {trial} has {before} and {path}, which are the same: leave one out"
                    )
                raise CollectError(
                    f"{path} of trial {trial} is the same as {before} of trial {other}: trials "
                    "must be runs of their own, intervals are taken over them"
                )
            seen[digest] = trial, path


def notes_of(study: Study, out: Path | str) -> list[str]:
    """Return what was noted of the trials of a study whose stores are in a directory.

    What was left out, what charges are not, what seems to be periodic: a line each.
    """
    directory = Path(out) / "observables" / study.layout / study.salt
    found: dict[str, list[int]] = {}
    for trial in sorted(study.trials):
        store = Store.read(directory / f"trial{trial}.store.npz")
        for note in store.manifest.get("notes", []):
            found.setdefault(note, []).append(trial)
    every = len(study.trials)
    return [
        note if len(trials) == every else f"trial {', '.join(map(str, trials))}: {note}"
        for note, trials in found.items()
    ]


def analyse(
    study: Study,
    out: Path | str,
    workers: int = 1,
    progress: bool = False,
    observers: Sequence[type[Observer]] = (),
    log: Callable[[str], None] | None = None,
) -> Results:
    """Read the trials of a study, each once, and write all tables.

    Parameters
    ----------
    study : Study
    out : Path
        Stores and tables go to <out>/observables/<layout>/<salt>/. Trials whose store is there
        already, of the same files, are not read again.
    workers : int
        Trials read at a time, each in a process of its own.
    progress : bool
        Draw a progress bar on stderr.
    observers : sequence of classes
        Observers of the caller; the stores keep their arrays.
    log : function of a line, optional
        Told of every trial that has been read, with the time that is left.

    Returns
    -------
    results : Results
        As of `analysis.load`.

    Raises
    ------
    CollectError
        Naming the file and the remedy.
    """
    directory = Path(out) / "observables" / study.layout / study.salt
    check_independent(study)
    stores = {trial: directory / f"trial{trial}.store.npz" for trial in sorted(study.trials)}
    pace = Pace(len(stores))

    def tell(done: int) -> None:
        if log is not None:
            log(f"{done} of {len(stores)} trials read{pace.left(done)}")

    if workers > 1 and len(stores) > 1:
        with ProcessPoolExecutor(min(workers, len(stores))) as pool:
            jobs = [
                pool.submit(collect_trial, study, k, path, False, observers)
                for k, path in stores.items()
            ]
            for done, job in enumerate(jobs, start=1):
                job.result()
                tell(done)
    else:
        for done, (trial, path) in enumerate(stores.items(), start=1):
            collect_trial(study, trial, path, progress, observers)
            tell(done)
    write_tables(list(stores.values()), directory, study.analysis)
    return load(out)
