"""Job: draw the free energies of a campaign along z."""

from pathlib import Path

from analysis.catalogue import FREE_ENERGY_FIGURE
from analysis.figures.files import save_all
from analysis.figures.free_energies import drawn
from analysis.results import read_table
from mdtools import records
from workflow.jobs.log import logged

with logged(snakemake):
    tables = [Path(table) for table in snakemake.input]
    figure = drawn(
        [read_table(table) for table in tables],
        [records.read(table.with_suffix(".json")) for table in tables],
        snakemake.params.stamp,
        snakemake.params.dynamics,
    )
    stem = Path(snakemake.output[0]).with_suffix("")
    save_all(figure, stem, FREE_ENERGY_FIGURE, snakemake.params.dpi)
