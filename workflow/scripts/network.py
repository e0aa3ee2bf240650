"""Job: build the neutral network."""

from pathlib import Path

from mdtools.atomic import write_json
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes.builder import assumptions, build
from membranes.options import MembraneOptions
from workflow.job import logged

with logged(snakemake):
    report = Path(snakemake.output.report)
    options = MembraneOptions(**snakemake.params.membrane)
    network = build(
        options,
        seed=snakemake.params.seed,
        directory=report.parent,
        nonbonded=NonbondedOptions(**snakemake.params.nonbonded),
        platform=PlatformOptions(**snakemake.config["platform"]),
    )
    write_json(report, network.report() | {"assumptions": assumptions(options)})
