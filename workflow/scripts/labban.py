"""Job: draw the figures of Labban et al. (2018)."""

from pathlib import Path

from workflow.job import logged
from workflow.labban import write

with logged(snakemake):
    write(Path(snakemake.output[0]).parent)
