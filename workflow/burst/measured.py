"""Observables and figures of runs as far as they have come."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from analysis.catalogue import FIGURES
from analysis.figures import draw
from analysis.options import AnalysisOptions
from analysis.reading.collect import collect
from analysis.store import StoreError
from analysis.tables import write_tables
from mdtools.runs.segments import DIRECTORY, published
from workflow.campaign.model import Campaign
from workflow.campaign.stages import members
from workflow.jobs.members import Process, run_members
from workflow.jobs.packs import usable_cores
from workflow.jobs.stages import Member

OBSERVABLES, FIGURES_OF = "observables", "figures"
UNFINISHED = (StoreError, ValueError, KeyError, IndexError, AttributeError)
"""Errors of tables and figures that a few frames are too few for."""


def measure(
    campaign: Campaign,
    results: Path,
    out: Path,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
) -> list[str]:
    """Read every run that has a segment, and write tables and figures; returns what is missing.

    Parameters
    ----------
    out : Path
        Gets ``observables/<layout>/<salt>`` and ``figures``, apart from the campaign's own, which
        are those of finished runs.
    stop : callable
        Once true, what is not read or drawn yet is left out.
    """
    runs = {
        names: run
        for names in members(campaign, "transport")
        if published((run := Member(campaign, results, "transport", names).directory) / DIRECTORY)
    }
    options = campaign.analysis.model_dump_json()
    processes = []
    for (layout, salt, trial), run in runs.items():
        store = out / OBSERVABLES / layout / salt / f"trial{trial}.store.npz"
        store.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "workflow.burst.measured", str(run), str(store), options]
        name = f"{layout}/{salt}/{trial}"
        processes.append(Process(name, command, out / "logs" / f"read_{name.replace('/', '_')}"))
    codes = run_members(
        processes, usable_cores(), environment=os.environ, stop=stop, log=lambda _: None
    )
    missing = [f"{name} was not read" for name, code in codes.items() if code]
    directories = {}
    for layout, salt in members(campaign, "cell"):
        directory = out / OBSERVABLES / layout / salt
        stores = sorted(directory.glob("trial*.store.npz"))
        if not stores:
            continue
        if stop is not None and stop():
            missing.append(f"tables of {layout}/{salt} are not written: no time left")
            continue
        try:
            write_tables(stores, directory, campaign.analysis)
        except UNFINISHED as error:
            missing.append(f"tables of {layout}/{salt} are not written: {error!r}")
            continue
        directories[layout, salt] = directory
    stamp = f"{campaign.stamp or campaign.name}, unfinished"
    dynamics = campaign.transport.dynamics
    for figure in FIGURES if directories else ():
        if stop is not None and stop():
            missing.append(f"figure {figure} is not drawn: no time left")
            continue
        try:
            draw(figure, directories, out / FIGURES_OF / figure, stamp, campaign.analysis, dynamics)
        except UNFINISHED as error:
            missing.append(f"figure {figure} is not drawn: {error!r}")
    for line in missing:
        log(line)
    return missing


if __name__ == "__main__":
    collect(Path(sys.argv[1]), Path(sys.argv[2]), AnalysisOptions(**json.loads(sys.argv[3])))
