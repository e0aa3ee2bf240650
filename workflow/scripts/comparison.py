"""Job: set a campaign's runs beside continuum theory."""

from pathlib import Path

from analysis.comparison.compare import compare
from analysis.options import ComparisonOptions
from workflow.jobs.log import logged

with logged(snakemake):
    directory = Path(snakemake.output.main).parent
    found = compare(
        directory.parent,
        snakemake.params.settings,
        ComparisonOptions(**snakemake.params.options),
    )
    found.write(directory)
