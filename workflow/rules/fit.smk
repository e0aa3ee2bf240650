from analysis.catalogue import FIGURE_ENDINGS
from workflow.fitting.files import FIGURES as FIT_FIGURES
from workflow.fitting.files import FITS, REHMAN_FIGURES, REPORT, SUMMARY
from workflow.fitting.files import TABLES as FIT_TABLES

FITS_HOME = "results/fits"


wildcard_constraints:
    fit="|".join(FITS),


rule fit:
    """Fit a membrane to published rejections and write its report; no campaign needs it."""
    output:
        page=f"{FITS_HOME}/{{fit}}/{REPORT}",
        summary=f"{FITS_HOME}/{{fit}}/{SUMMARY}",
        tables=expand(
            "{home}/{{fit}}/{table}.csv",
            home=FITS_HOME,
            table=FIT_TABLES,
        ),
        figures=expand(
            "{home}/{{fit}}/figures/{figure}.{ending}",
            home=FITS_HOME,
            figure=FIT_FIGURES,
            ending=FIGURE_ENDINGS,
        ),
    log:
        f"{FITS_HOME}/{{fit}}/fit.log",
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        question=lambda wildcards: FITS[wildcards.fit],
    script:
        "../scripts/fit.py"


rule rehman:
    """Draw figures 2 to 5 of Rehman et al. (2023), as far as public data go; no campaign needs it."""
    output:
        expand(
            "{home}/{figure}.{ending}",
            home="results/rehman",
            figure=REHMAN_FIGURES,
            ending=FIGURE_ENDINGS,
        ),
    log:
        "results/rehman/rehman.log",
    resources:
        mem_mb=3000,
        runtime=30,
    script:
        "../scripts/rehman.py"


rule fits:
    """The reports of all published measurements that are fitted."""
    input:
        expand(rules.fit.output.page, fit=FITS),
