"""Job: fit a membrane to published rejections."""

from pathlib import Path

from workflow.fitting.question import Question
from workflow.fitting.write import run
from workflow.jobs.log import logged

with logged(snakemake):
    run(Question(**snakemake.params.question), Path(snakemake.output.page).parent)
