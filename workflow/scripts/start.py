"""Job: give one trial its own places of the feed ions."""

from pathlib import Path

from mdtools.options import CellOptions, PlatformOptions
from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
from workflow.jobs.cells import make_start
from workflow.jobs.log import logged

with logged(snakemake), stop_on_signals(seconds_left=slurm_seconds_left) as stop:
    make_start(
        Path(snakemake.input[0]).parent,
        Path(snakemake.output[0]).parent,
        CellOptions(**snakemake.config["cell"]),
        PlatformOptions(**snakemake.config["platform"]),
        seed=snakemake.params.seed,
        stop=stop,
    )
