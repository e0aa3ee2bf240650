"""Job: draw runs beside their continuum twins."""

from pathlib import Path

from analysis.figures.comparison import draw_written
from analysis.results import Results
from workflow.jobs.log import logged

with logged(snakemake):
    folders = dict.fromkeys(Path(table).parent for table in snakemake.input.tables)
    draw_written(
        Path(snakemake.output[0]).parents[1],
        Results({(path.parent.name, path.name): path for path in folders}),
        **snakemake.params.options,
    )
