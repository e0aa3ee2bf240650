rule cell:
    """Put the membrane between reservoirs and pistons, and bring it to equilibrium."""
    input:
        rules.hydrated.output.files,
        pack=record_of("cell"),
    output:
        files=expand(
            "{results}/cell/{{layout}}/{{salt}}/{file}",
            results=HOME,
            file=BUNDLE_FILES,
        ),
        report=f"{HOME}/cell/{{layout}}/{{salt}}/report.json",
    log:
        f"{LOGS}/cell_{{layout}}_{{salt}}.log",
    # After a walltime it goes on.
    retries: 3
    threads: threads_of("cell")
    resources:
        gpu=gpus_of("cell"),
        mem_mb=4000,
        runtime=1440,
    params:
        # What makes a finished cell another one.
        cell=physics("cell", "segment_ps", "settling_ps"),
        nonbonded=config["nonbonded"],
        salt=salt_options,
        seed=stage_seed("cell", "{layout}", "{salt}"),
    script:
        "../scripts/stage.py"


rule start:
    """Give the feed ions of one trial places of their own, held in the feed while they settle."""
    input:
        rules.cell.output.files,
        pack=record_of("start"),
    output:
        expand(
            "{results}/start/{{layout}}/{{salt}}/trial{{trial}}/{file}",
            results=HOME,
            file=BUNDLE_FILES,
        ),
    log:
        f"{LOGS}/start_{{layout}}_{{salt}}_trial{{trial}}.log",
    retries: 3
    threads: threads_of("start")
    resources:
        gpu=gpus_of("start"),
        mem_mb=4000,
        runtime=240,
    params:
        cell=physics("cell", "segment_ps"),
        seed=stage_seed("start", "{layout}", "{salt}", "{trial}"),
    script:
        "../scripts/stage.py"
