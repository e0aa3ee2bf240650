from analysis.catalogue import FIGURE_ENDINGS
from workflow.comparison.files import FIGURES as STUDY_FIGURES
from workflow.comparison.files import TABLES as STUDY_TABLES

STUDY = "results/study_comparison"


rule study_comparison:
    """Hold the published campaign to continuum twins of its cells; no campaign needs it."""
    output:
        expand(
            "{directory}/{figure}.{ending}",
            directory=STUDY,
            figure=STUDY_FIGURES,
            ending=FIGURE_ENDINGS,
        ),
        expand("{directory}/tables/{table}.csv", directory=STUDY, table=STUDY_TABLES),
        assumptions=f"{STUDY}/tables/assumptions.json",
    log:
        f"{STUDY}/study_comparison.log",
    threads: 2
    resources:
        mem_mb=4000,
        runtime=60,
    script:
        "../scripts/study_comparison.py"
