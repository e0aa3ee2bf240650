"""Job: write the report of the campaign."""

from pathlib import Path

from workflow.jobs.log import logged
from workflow.pages import campaign as page
from workflow.pages import cells

with logged(snakemake):
    path = Path(snakemake.output.page)
    campaign = dict(snakemake.params.campaign)
    campaign["salts"] = {name: campaign["salts"][name] for name in snakemake.params.salts}
    cells.write_table(path.parent, campaign)
    cells.draw(path.parent, campaign, campaign["analysis"]["figure_dpi"])
    page.write(path.parent, campaign, snakemake.params.figures, path, snakemake.params.beside)
