"""Job: build the neutral network."""

from pathlib import Path

from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.building.builder import build
from membranes.building.options import MembraneOptions
from workflow.jobs.log import logged

with logged(snakemake):
    build(
        MembraneOptions(**snakemake.params.membrane),
        seed=snakemake.params.seed,
        directory=Path(snakemake.output.report).parent,
        nonbonded=NonbondedOptions(**snakemake.params.nonbonded),
        platform=PlatformOptions(**snakemake.config["platform"]),
    )
