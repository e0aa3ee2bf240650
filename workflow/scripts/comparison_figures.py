"""Job: draw runs beside their continuum twins."""

from pathlib import Path

from analysis.figures.comparison import draw_written
from workflow.jobs.log import logged

with logged(snakemake):
    directory = Path(snakemake.output[0]).parent
    draw_written(
        directory.parent,
        {(path.parent.name, path.name): path for path in map(Path, tables_of)},
    )
