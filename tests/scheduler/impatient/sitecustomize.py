"""Lets Snakemake ask Slurm for the states of jobs every second or two.

Python imports this at its start where tests put the folder on its path. Snakemake's plugin asks ten
seconds later each time that no job has ended, up to three minutes later: right for jobs of hours,
but not for those of seconds.
"""

import sys

LOOK_S = 2.0

if {"snakemake", "workflow.cli.engine"} & {*sys.orig_argv} and "--target-jobs" not in sys.orig_argv:
    from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

    RemoteExecutor.next_seconds_between_status_checks = property(
        lambda _: LOOK_S, lambda _, seconds: None
    )
