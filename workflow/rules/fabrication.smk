from analysis.catalogue import FIGURE_ENDINGS
from workflow.fabrication import files as fabrication
from workflow.fabrication.names import nascent_names, read_names

FABRICATED = {Path(file).stem: read_names(file) for file in fabrication.STUDIES}
STUDY_FILES = {Path(file).stem: file for file in fabrication.STUDIES}
NASCENT = {study: nascent_names(known["membranes"]) for study, known in FABRICATED.items()}
FABRICATION = "results/{study}"


wildcard_constraints:
    study="|".join(STUDY_FILES),
    membrane=r"[A-Za-z0-9][A-Za-z0-9._-]*",
    repeat=r"\d+",


rule fabricated_nascent:
    """Pack and polymerise the film that membranes of one pH go on from; no campaign needs it."""
    output:
        touch(f"{FABRICATION}/nascent/{{membrane}}_{{repeat}}.done"),
    log:
        f"{FABRICATION}/logs/nascent_{{membrane}}_{{repeat}}.log",
    resources:
        mem_mb=2000,
        runtime=720,
    params:
        file=lambda wildcards: STUDY_FILES[wildcards.study],
        results=lambda wildcards: FABRICATION.format(study=wildcards.study),
    script:
        "../scripts/fabricated.py"


rule fabricated_film:
    """Make one film by its recipe: activate, amidate, hydrolyse, dry, relax, observe."""
    input:
        lambda wildcards: "{0}/nascent/{1}_{2}.done".format(
            FABRICATION.format(study=wildcards.study),
            NASCENT[wildcards.study][wildcards.membrane],
            wildcards.repeat,
        ),
    output:
        report=f"{FABRICATION}/films/{{membrane}}/repeat{{repeat}}/{fabrication.REPORT}",
        profiles=f"{FABRICATION}/films/{{membrane}}/repeat{{repeat}}/{fabrication.PROFILES}",
    log:
        f"{FABRICATION}/logs/film_{{membrane}}_{{repeat}}.log",
    resources:
        mem_mb=2000,
        runtime=720,
    params:
        file=lambda wildcards: STUDY_FILES[wildcards.study],
        results=lambda wildcards: FABRICATION.format(study=wildcards.study),
    script:
        "../scripts/fabricated.py"


rule fabricated:
    """Set the films of a study beside the measured ones; no campaign needs it."""
    input:
        lambda wildcards: expand(
            rules.fabricated_film.output.report,
            study=wildcards.study,
            membrane=FABRICATED[wildcards.study]["membranes"],
            repeat=range(1, FABRICATED[wildcards.study]["repeats"] + 1),
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
        f"{FABRICATION}/logs/tables.log",
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        file=lambda wildcards: STUDY_FILES[wildcards.study],
        results=lambda wildcards: FABRICATION.format(study=wildcards.study),
    script:
        "../scripts/fabrication.py"


rule hisel:
    """Make the family of the study of two-step fabrication on a laptop; no campaign needs it."""
    input:
        f"results/hisel/{fabrication.PAGE}",


rule hisel_wide:
    """Make the same and its series in larger films, on a cluster; no campaign needs it."""
    input:
        f"results/hisel_wide/{fabrication.PAGE}",
