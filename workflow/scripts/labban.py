"""Job: draw the figures of Labban et al. (2018)."""

from pathlib import Path

from workflow.dspmde.labban import write
from workflow.jobs.log import logged

with logged(snakemake):
    write(Path(snakemake.output[0]).parent)
