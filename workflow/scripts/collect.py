"""Job: read one run into its store."""

from pathlib import Path

from analysis.options import AnalysisOptions
from workflow.jobs.collecting import collect_run
from workflow.jobs.log import logged

with logged(snakemake):
    collect_run(
        Path(snakemake.input[0]),
        Path(snakemake.output[0]),
        AnalysisOptions(**snakemake.params.options),
    )
