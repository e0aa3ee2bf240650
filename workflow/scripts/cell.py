"""Job: assemble the cell of one layout and salt, and bring it to equilibrium."""

from pathlib import Path

from mdtools.atomic import write_json
from mdtools.cells.assemble import assemble
from mdtools.cells.equilibrate import equilibrate
from mdtools.options import CellOptions, NonbondedOptions, PlatformOptions, SaltOptions
from mdtools.swelling.water_file import read_waters
from membranes import Network
from workflow.jobs.hydration import WATER
from workflow.jobs.log import logged

with logged(snakemake):
    report = Path(snakemake.output.report)
    options = CellOptions(**snakemake.params.cell)
    membrane = Path(snakemake.input[0]).parent
    waters = read_waters(membrane / WATER)
    cell = assemble(
        Network.load(membrane).polymer(),
        SaltOptions(**snakemake.params.salt),
        options,
        NonbondedOptions(**snakemake.params.nonbonded),
        seed=snakemake.params.seed,
        inside=waters if len(waters) else None,
    )
    bundle = equilibrate(
        cell, options, PlatformOptions(**snakemake.config["platform"]), seed=snakemake.params.seed
    )
    bundle.save(report.parent)
    write_json(report, bundle.provenance["report"])
