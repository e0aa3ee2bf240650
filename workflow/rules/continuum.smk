from analysis.catalogue import FIGURE_ENDINGS, LABBAN_FIGURES
from workflow.dspmde.labban_files import TABLES as LABBAN_TABLES
from workflow.dspmde.nf270_ph_files import FIGURE as NF270_PH_FIGURE
from workflow.dspmde.nf270_ph_files import TABLES as NF270_PH_TABLES

LABBAN = "results/labban"


rule labban:
    """Draw the figures of Labban et al. (2018) with the continuum solver; no campaign needs it."""
    output:
        expand(
            "{directory}/{figure}.{ending}",
            directory=LABBAN,
            figure=LABBAN_FIGURES,
            ending=FIGURE_ENDINGS,
        ),
        expand("{directory}/{table}.csv", directory=LABBAN, table=LABBAN_TABLES),
    log:
        f"{LABBAN}/labban.log",
    resources:
        mem_mb=2000,
        runtime=15,
    script:
        "../scripts/labban.py"


NF270_PH = "results/nf270_ph"


rule nf270_ph:
    """Fit what share of NF270's ionised sites counts as charge, against pH; no campaign needs it."""
    output:
        expand("{directory}/{table}.csv", directory=NF270_PH, table=NF270_PH_TABLES),
        expand(
            "{directory}/{name}.{ending}",
            directory=NF270_PH,
            name=NF270_PH_FIGURE,
            ending=FIGURE_ENDINGS,
        ),
        definitions=f"{NF270_PH}/definitions.json",
        assumptions=f"{NF270_PH}/assumptions.json",
    log:
        f"{NF270_PH}/nf270_ph.log",
    resources:
        mem_mb=2000,
        runtime=60,
    script:
        "../scripts/nf270_ph.py"
