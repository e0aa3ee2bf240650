"""Job: join the windows of one ion to its free energy along z."""

from pathlib import Path

from analysis.umbrella.write import write
from mdtools.options import UmbrellaOptions
from workflow.jobs.log import logged

with logged(snakemake):
    wildcards = snakemake.wildcards
    write(
        [Path(record).parent for record in snakemake.input.windows],
        Path(snakemake.output[0]).parent,
        UmbrellaOptions(**snakemake.params.umbrella),
        snakemake.params.settings,
        (wildcards.layout, wildcards.salt, wildcards.ion),
    )
