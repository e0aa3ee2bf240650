rule cell:
    """Put the membrane between reservoirs and pistons, and bring it to equilibrium."""
    input:
        rules.hydrated.output.files,
    output:
        files=expand(
            "{results}/cell/{{layout}}/{{salt}}/{file}",
            results=RESULTS,
            file=BUNDLE_FILES,
        ),
        report=f"{RESULTS}/cell/{{layout}}/{{salt}}/report.json",
    log:
        f"{LOGS}/cell_{{layout}}_{{salt}}.log",
    # It would start over, and be stopped by the same walltime or the same physics.
    retries: 0
    threads: MD_THREADS
    resources:
        gpu=MD_GPUS,
        mem_mb=4000,
        runtime=1440,
    params:
        # How long the ions of a trial settle does not change the cell.
        cell=physics("cell", "settling_ps"),
        nonbonded=config["nonbonded"],
        salt=salt_options,
        seed=stage_seed("cell", "{layout}", "{salt}"),
    script:
        "../scripts/cell.py"


rule start:
    """Give the feed ions of one trial places of their own, held in the feed while they settle."""
    input:
        rules.cell.output.files,
    output:
        expand(
            "{results}/start/{{layout}}/{{salt}}/trial{{trial}}/{file}",
            results=RESULTS,
            file=BUNDLE_FILES,
        ),
    log:
        f"{LOGS}/start_{{layout}}_{{salt}}_trial{{trial}}.log",
    retries: 0
    threads: MD_THREADS
    resources:
        gpu=MD_GPUS,
        mem_mb=4000,
        runtime=240,
    params:
        cell=physics("cell"),
        seed=stage_seed("start", "{layout}", "{salt}", "{trial}"),
    script:
        "../scripts/start.py"
