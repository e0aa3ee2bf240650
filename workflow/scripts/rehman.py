"""Job: draw figures 2 to 5 of Rehman et al. (2023), as far as public data go."""

from pathlib import Path

from workflow.fitting.rehman import write
from workflow.jobs.log import logged

with logged(snakemake):
    write(Path(snakemake.output[0]).parent)
