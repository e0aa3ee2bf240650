"""Job: write every table of one layout and salt."""

from pathlib import Path

from analysis.options import AnalysisOptions
from analysis.tables import write_tables
from workflow.jobs.log import logged

with logged(snakemake):
    write_tables(
        [Path(store) for store in snakemake.input],
        Path(snakemake.output[0]).parent,
        AnalysisOptions(**snakemake.params.options),
    )
