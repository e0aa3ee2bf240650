from analysis.figures.continuum import LABBAN_FIGURES
from analysis.figures.files import ENDINGS

LABBAN = "results/labban"


rule labban:
    """Draw the figures of Labban et al. (2018) with the continuum solver; no campaign needs it."""
    output:
        expand(
            "{directory}/{figure}.{ending}",
            directory=LABBAN,
            figure=LABBAN_FIGURES,
            ending=ENDINGS,
        ),
    log:
        f"{LABBAN}/labban.log",
    resources:
        mem_mb=2000,
        runtime=15,
    script:
        "../scripts/labban.py"
