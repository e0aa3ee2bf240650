"""Job: draw one figure."""

from pathlib import Path

from analysis.figures import draw
from analysis.options import AnalysisOptions
from workflow.jobs.log import logged

with logged(snakemake):
    directories = dict.fromkeys(Path(table).parent for table in snakemake.input)
    draw(
        snakemake.params.figure,
        {(path.parent.name, path.name): path for path in directories},
        Path(snakemake.output.png).with_suffix(""),
        snakemake.params.stamp,
        AnalysisOptions(**snakemake.params.options),
        snakemake.params.dynamics,
    )
