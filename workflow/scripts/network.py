"""Job: build the neutral network."""

from pathlib import Path

from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.builder import build
from membranes.options import MembraneOptions
from workflow.job import logged

with logged(snakemake):
    build(
        MembraneOptions(**snakemake.params.membrane),
        seed=snakemake.params.seed,
        directory=Path(snakemake.output.report).parent,
        nonbonded=NonbondedOptions(**snakemake.params.nonbonded),
        platform=PlatformOptions(**snakemake.config["platform"]),
    )
