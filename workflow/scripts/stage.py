"""Job: bring one member of a stage to its end; where packs are used, publish what its pack did."""

from workflow.jobs.log import logged
from workflow.jobs.stages import run_job

with logged(snakemake):
    run_job(
        snakemake.rule,
        snakemake.config,
        snakemake.wildcards,
        snakemake.input.get("pack"),
    )
