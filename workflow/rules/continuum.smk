from analysis.catalogue import FIGURE_ENDINGS, LABBAN_FIGURES

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
    log:
        f"{LABBAN}/labban.log",
    resources:
        mem_mb=2000,
        runtime=15,
    script:
        "../scripts/labban.py"
