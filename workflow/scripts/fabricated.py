"""Job: make one film of a fabrication study, or the nascent film that it goes on from."""

from pathlib import Path

from workflow.fabrication.films import make_film, make_nascent
from workflow.fabrication.study import FabricationStudy
from workflow.jobs.log import logged

with logged(snakemake):
    make = make_film if snakemake.rule == "fabricated_film" else make_nascent
    make(
        FabricationStudy.read(snakemake.params.file),
        Path(snakemake.params.results),
        snakemake.wildcards.membrane,
        int(snakemake.wildcards.repeat),
    )
