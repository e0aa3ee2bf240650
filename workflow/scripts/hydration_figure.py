"""Job: draw how the membranes of a campaign took up water."""

from pathlib import Path

import pandas as pd

from analysis.figures.files import save
from analysis.figures.hydration import hydration
from mdtools import records
from workflow.jobs.log import logged

with logged(snakemake):
    places = [Path(curve).parent for curve in snakemake.input.curves]
    curves = {place.name: pd.read_csv(place / "curve.csv") for place in places}
    reports = {place.name: records.read(place / "report.json") for place in places}
    figure = hydration(curves, reports, snakemake.params.stamp)
    for path in snakemake.output:
        save(figure, Path(path))
