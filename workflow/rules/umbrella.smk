from analysis.catalogue import FIGURE_ENDINGS, FREE_ENERGY_FIGURE, FREE_ENERGY_TABLES


rule pulled:
    """Find frames of the runs from which windows of one ion begin, and pull it where none is."""
    input:
        cell=rules.cell.output.files,
        runs=expand(
            rules.transport.output.record,
            trial=TRIALS,
            chunk=campaign.transport.chunks - 1,
            allow_missing=True,
        ),
    output:
        f"{HOME}/pulled/{{layout}}/{{salt}}/{{ion}}/{stages.STARTS}",
    log:
        f"{LOGS}/pulled_{{layout}}_{{salt}}_{{ion}}.log",
    # After a walltime it goes on.
    retries: 3
    threads: MD_THREADS
    resources:
        gpu=MD_GPUS,
        mem_mb=8000,
        runtime=1440,
    params:
        cell=physics("cell", "segment_ps", "settling_ps"),
        umbrella=umbrella_physics(OF_STARTS),
        seed=stage_seed("pulled", "{layout}", "{salt}", "{ion}"),
    script:
        "../scripts/stage.py"


rule umbrella:
    """Hold the ion of one window near its z, bring it to equilibrium and sample it."""
    input:
        starts=rules.pulled.output,
        cell=rules.cell.output.files,
        pack=record_of("umbrella"),
    output:
        f"{HOME}/umbrella/{{layout}}/{{salt}}/{{ion}}/window{{window}}/{stages.WINDOW}",
    log:
        f"{LOGS}/umbrella_{{layout}}_{{salt}}_{{ion}}_window{{window}}.log",
    retries: 3
    threads: threads_of("umbrella")
    resources:
        gpu=gpus_of("umbrella"),
        mem_mb=4000,
        runtime=1440,
    params:
        cell=physics("cell", "segment_ps", "settling_ps"),
        transport=physics("transport", *NOT_OF_WINDOWS),
        umbrella=umbrella_physics(OF_WINDOWS),
        seed=lambda wildcards: of_home(wildcards).seed,
    script:
        "../scripts/stage.py"


rule free_energy:
    """Join the windows of one ion to its free energy along z, beside what continuum theory says."""
    input:
        windows=expand(rules.umbrella.output, window=WINDOWS, allow_missing=True),
        tables=rules.tables.output,
        charged=rules.charged.output,
        hydrated=rules.hydrated.output,
    output:
        expand(
            "{results}/umbrella/{{layout}}/{{salt}}/{{ion}}/{table}.{ending}",
            results=HOME,
            table=FREE_ENERGY_TABLES,
            ending=["csv", "json"],
        ),
    log:
        f"{LOGS}/free_energy_{{layout}}_{{salt}}_{{ion}}.log",
    resources:
        mem_mb=8000,
        runtime=120,
    params:
        umbrella=config["umbrella"],
        settings=comparison_settings(),
    script:
        "../scripts/free_energy.py"


if SEVERAL:

    rule free_energy_of_all:
        """Put the free energies of one ion in all membranes side by side, with their mean."""
        input:
            expand(rules.free_energy.output[0], home=HOMES, allow_missing=True),
        output:
            [
                f"{RESULTS}/umbrella/{{layout}}/{{salt}}/{{ion}}/{FREE_ENERGY_TABLES[0]}.{ending}"
                for ending in ("csv", "json")
            ],
        log:
            f"{RESULTS}/logs/free_energy_{{layout}}_{{salt}}_{{ion}}.log",
        resources:
            mem_mb=2000,
            runtime=15,
        params:
            membranes=lambda wildcards: {
                name: f"{RESULTS}{home}/umbrella/{wildcards.layout}/{wildcards.salt}/{wildcards.ion}"
                for home, name in HOMES.items()
            },
        script:
            "../scripts/free_energy_of_all.py"


rule free_energy_figure:
    """Draw the free energies of all ions along z, with intervals and continuum theory."""
    input:
        of_ions(f"{HOME}/umbrella/{{layout}}/{{salt}}/{{ion}}/{FREE_ENERGY_TABLES[0]}.csv"),
    output:
        multiext(
            f"{HOME}/umbrella/{FREE_ENERGY_FIGURE}",
            *[f".{ending}" for ending in FIGURE_ENDINGS],
        ),
    log:
        f"{LOGS}/free_energy_figure.log",
    wildcard_constraints:
        home=ANY_HOME,
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        stamp=config["stamp"],
        dpi=config["analysis"]["figure_dpi"],
        dynamics=campaign.transport.dynamics,
    script:
        "../scripts/free_energy_figure.py"
