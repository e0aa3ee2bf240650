"""Job: charge the network as one layout says."""

from pathlib import Path

from mdtools.atomic import write_json
from membranes import Network
from membranes.layouts.options import LayoutOptions
from membranes.layouts.place import place
from workflow.jobs.log import logged

with logged(snakemake):
    report = Path(snakemake.output.report)
    layout = place(
        Network.load(Path(snakemake.input[0]).parent),
        snakemake.wildcards.layout,
        seed=snakemake.params.seed,
        options=LayoutOptions(**snakemake.params.options),
    )
    layout.network.save(report.parent)
    layout.network.groups.to_csv(snakemake.output.groups, index=False)
    write_json(report, layout.report)
