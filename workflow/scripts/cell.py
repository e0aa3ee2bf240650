"""Job: assemble the cell of one layout and salt, and bring it to equilibrium."""

from pathlib import Path

from mdtools.options import CellOptions, NonbondedOptions, PlatformOptions, SaltOptions
from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
from workflow.jobs.cells import make_cell
from workflow.jobs.log import logged

with logged(snakemake), stop_on_signals(seconds_left=slurm_seconds_left) as stop:
    make_cell(
        Path(snakemake.input[0]).parent,
        Path(snakemake.output.report).parent,
        SaltOptions(**snakemake.params.salt),
        CellOptions(**snakemake.config["cell"]),
        NonbondedOptions(**snakemake.params.nonbonded),
        PlatformOptions(**snakemake.config["platform"]),
        seed=snakemake.params.seed,
        stop=stop,
    )
