"""Job: put the free energies of one ion in several membranes together."""

from pathlib import Path

from analysis.umbrella.over_membranes import write
from workflow.jobs.log import logged

with logged(snakemake):
    write(
        {name: Path(place) for name, place in snakemake.params.membranes.items()},
        Path(snakemake.output[0]).parent,
    )
