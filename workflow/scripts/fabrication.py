"""Job: tabulate, solve and draw the films of a fabrication study."""

from pathlib import Path

from workflow.fabrication.study import FabricationStudy
from workflow.fabrication.write import write
from workflow.jobs.log import logged

with logged(snakemake):
    write(FabricationStudy.read(snakemake.params.file), Path(snakemake.params.results))
