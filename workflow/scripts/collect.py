"""Job: read one run into its store."""

from pathlib import Path

from analysis.collect import collect
from analysis.options import AnalysisOptions
from workflow.job import logged

with logged(snakemake):
    collect(
        Path(snakemake.input[0]).parent,
        Path(snakemake.output[0]),
        AnalysisOptions(**snakemake.params.options),
    )
