"""Job: fit the permeation of NF270 against pH."""

from pathlib import Path

from workflow.dspmde.nf270_ph import write_nf270_ph
from workflow.jobs.log import logged

with logged(snakemake):
    write_nf270_ph(Path(snakemake.output[0]).parent)
