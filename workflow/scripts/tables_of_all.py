"""Job: put the tables of several membranes together for one layout and salt."""

from pathlib import Path

from analysis.tables import write_joined
from workflow.jobs.log import logged

with logged(snakemake):
    write_joined(
        {name: Path(place) for name, place in snakemake.params.membranes.items()},
        Path(snakemake.output[0]).parent,
    )
