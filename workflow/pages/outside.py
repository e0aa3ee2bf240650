"""The report of trajectories that other programs wrote: one HTML page beside their tables."""

from collections.abc import Sequence
from pathlib import Path

from analysis.key_results import key_results_of
from analysis.results import Results
from analysis.statistics import percent
from analysis.universes import Study
from mdtools import records
from mdtools.atomic import write_text
from mdtools.provenance import revision, utc_now, versions
from workflow.pages import answers
from workflow.pages.campaign import figure, rendered

NAME = "report.html"


def write(study: Study, results: Results, figures: Sequence[str], out: Path) -> Path:
    """Write <out>/report.html of a study that was analysed; returns the file.

    Parameters
    ----------
    study : Study
    results : Results
        Its tables.
    figures : sequence of str
        Names of the figures in <out>/figures, in the order of the page.
    out : Path
    """
    directory = results.directories[study.layout, study.salt]
    table = key_results_of(results, study.analysis.level)
    trials = results["trials"]
    names = sorted(path.stem for path in directory.glob("*.csv"))
    definitions: dict[str, str] = {}
    for name in names:
        definitions |= records.read(directory / f"{name}.json")["definitions"]
    text = rendered(
        "outside.html.j2",
        layout=study.layout,
        salt=study.salt,
        files={number: [str(path) for path in paths] for number, paths in study.trials.items()},
        topology=str(study.topology),
        analysed={row.trial: row.analysed_ns for row in trials.itertuples() if row.trial != "all"},
        end_ns=float(trials.analysed_ns[trials.trial == "all"].iloc[0]),
        answers=answers.answers(table, None),
        unsaid=answers.unsaid(table, trials),
        level=percent(study.analysis.level),
        figures=[figure(out / "figures", name) for name in figures],
        tables=names,
        folder=f"observables/{study.layout}/{study.salt}",
        definitions=dict(sorted(definitions.items())),
        versions=versions(),
        revision=revision(),
        written=utc_now(),
    )
    write_text(out / NAME, text)
    return out / NAME
