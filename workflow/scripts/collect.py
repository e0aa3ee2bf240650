"""Job: read one run into its store."""

from pathlib import Path

from analysis.options import AnalysisOptions
from analysis.reading.collect import collect
from workflow.jobs.log import logged

with logged(snakemake):
    collect(
        Path(snakemake.input[0]).parent,
        Path(snakemake.output[0]),
        AnalysisOptions(**snakemake.params.options),
    )
