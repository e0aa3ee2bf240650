"""Job: hold the published campaign to continuum theory."""

from pathlib import Path

from workflow.comparison.study import write
from workflow.jobs.log import logged

with logged(snakemake):
    write(Path(snakemake.output[0]).parent, processes=snakemake.threads)
