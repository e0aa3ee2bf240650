"""Job: swell the network of one layout in water."""

from pathlib import Path

from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.runs.stopping import slurm_seconds_left, stop_on_signals
from membranes import Network
from workflow.jobs.hydration import hydrate_network
from workflow.jobs.log import logged

with logged(snakemake), stop_on_signals(seconds_left=slurm_seconds_left) as stop:
    hydrate_network(
        Network.load(Path(snakemake.input[0]).parent),
        Path(snakemake.output.report).parent,
        HydrationOptions(**snakemake.params.hydration),
        NonbondedOptions(**snakemake.params.nonbonded),
        PlatformOptions(**snakemake.config["platform"]),
        waters_per_reservoir=snakemake.params.waters,
        seed=snakemake.params.seed,
        stop=stop,
    )
