HYDRATED_FILES = (*NETWORK_FILES, stages.WATER)


rule hydrated:
    """Swell the charged membrane in water until two successive blocks agree."""
    input:
        rules.charged.output.files,
        pack=record_of("hydrated"),
    output:
        files=expand("{results}/hydrated/{{layout}}/{file}", results=HOME, file=HYDRATED_FILES),
        groups=f"{HOME}/hydrated/{{layout}}/{stages.GROUPS}",
        curve=f"{HOME}/hydrated/{{layout}}/{stages.CURVE}",
        report=f"{HOME}/hydrated/{{layout}}/{stages.REPORT}",
    log:
        f"{LOGS}/hydrated_{{layout}}.log",
    # After a walltime it goes on.
    retries: 3
    threads: threads_of("hydrated") if SWOLLEN else 1
    resources:
        gpu=gpus_of("hydrated") if SWOLLEN else 0,
        mem_mb=4000,
        runtime=1440 if SWOLLEN else 30,
    params:
        hydration=config["hydration"],
        nonbonded=config["nonbonded"],
        waters=config["cell"]["waters_per_reservoir"] if SWOLLEN else 0,
        seed=stage_seed("hydrated", "{layout}"),
    script:
        "../scripts/stage.py"


rule hydration_figure:
    """Draw water content, thickness and density of every layout until its criterion."""
    input:
        curves=expand(rules.hydrated.output.curve, layout=campaign.layouts, allow_missing=True),
        reports=expand(rules.hydrated.output.report, layout=campaign.layouts, allow_missing=True),
    output:
        multiext(f"{HOME}/hydrated/curves", ".png", ".pdf", ".csv", ".txt"),
    log:
        f"{LOGS}/hydration_figure.log",
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        stamp=config["stamp"],
    script:
        "../scripts/hydration_figure.py"
