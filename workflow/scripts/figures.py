"""Job: draw several figures."""

from pathlib import Path

from analysis.figures import draw
from analysis.options import AnalysisOptions
from workflow.jobs.log import logged

with logged(snakemake):
    places = dict.fromkeys(Path(table).parent for table in snakemake.input)
    for stem, (figure, salts) in snakemake.params.figures.items():
        draw(
            figure,
            {(path.parent.name, path.name): path for path in places if path.name in salts},
            Path(snakemake.output[0]).with_name(stem),
            snakemake.params.stamp,
            AnalysisOptions(**snakemake.params.options),
            snakemake.params.dynamics,
        )
