"""Job: write the report over all membranes of a campaign."""

from pathlib import Path

from workflow.jobs.log import logged
from workflow.pages import membranes as page

with logged(snakemake):
    path = Path(snakemake.output.page)
    campaign = dict(snakemake.params.campaign)
    campaign["salts"] = {name: campaign["salts"][name] for name in snakemake.params.salts}
    page.write(path.parent, campaign, snakemake.params.membranes, snakemake.params.figures, path)
