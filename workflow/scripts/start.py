"""Job: give one trial its own places of the feed ions."""

from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.cells.trial_start import start_trial
from mdtools.options import CellOptions, PlatformOptions
from workflow.jobs.log import logged

with logged(snakemake):
    bundle = start_trial(
        Bundle.load(Path(snakemake.input[0]).parent),
        CellOptions(**snakemake.params.cell),
        PlatformOptions(**snakemake.config["platform"]),
        seed=snakemake.params.seed,
    )
    bundle.save(Path(snakemake.output[0]).parent)
