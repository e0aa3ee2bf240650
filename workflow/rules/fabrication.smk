from analysis.catalogue import FIGURE_ENDINGS
from workflow.fabrication import files as fabrication
from workflow.fabrication.names import nascent_names, read_names

FABRICATED = read_names(fabrication.HISEL)
FABRICATION = f"results/{FABRICATED['name']}"
NASCENT = nascent_names(FABRICATED["membranes"])


wildcard_constraints:
    membrane=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    repeat=r"\d+",


rule hisel_nascent:
    """Pack and polymerise the film that membranes of one pH go on from; no campaign needs it."""
    output:
        touch(f"{FABRICATION}/nascent/{{membrane}}_{{repeat}}.done"),
    log:
        f"{FABRICATION}/logs/nascent_{{membrane}}_{{repeat}}.log",
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        file=fabrication.HISEL,
        results=lambda wildcards: FABRICATION,
    script:
        "../scripts/fabricated.py"


rule hisel_film:
    """Make one film by its recipe: activate, amidate, hydrolyse, dry, relax, observe."""
    input:
        lambda wildcards: f"{FABRICATION}/nascent/{NASCENT[wildcards.membrane]}_{wildcards.repeat}.done",
    output:
        report=f"{FABRICATION}/films/{{membrane}}/repeat{{repeat}}/{fabrication.REPORT}",
        profiles=f"{FABRICATION}/films/{{membrane}}/repeat{{repeat}}/{fabrication.PROFILES}",
    log:
        f"{FABRICATION}/logs/film_{{membrane}}_{{repeat}}.log",
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        file=fabrication.HISEL,
        results=lambda wildcards: FABRICATION,
    script:
        "../scripts/fabricated.py"


rule hisel:
    """Set the fabricated films beside the study of two-step fabrication; no campaign needs it."""
    input:
        expand(
            rules.hisel_film.output.report,
            membrane=FABRICATED["membranes"],
            repeat=range(1, FABRICATED["repeats"] + 1),
        ),
    output:
        expand(
            "{directory}/tables/{table}.csv",
            directory=FABRICATION,
            table=fabrication.TABLES,
        ),
        expand(
            "{directory}/figures/{figure}.{ending}",
            directory=FABRICATION,
            figure=fabrication.FIGURES,
            ending=FIGURE_ENDINGS,
        ),
        page=f"{FABRICATION}/{fabrication.PAGE}",
    log:
        f"{FABRICATION}/logs/hisel.log",
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        file=fabrication.HISEL,
        results=lambda wildcards: FABRICATION,
    script:
        "../scripts/fabrication.py"
