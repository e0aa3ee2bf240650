rule cell:
    """Put the charged membrane between reservoirs and pistons, and bring it to equilibrium."""
    input:
        rules.charged.output.files,
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
        cell=config["cell"],
        nonbonded=config["nonbonded"],
        salt=salt_options,
        seed=stage_seed("cell", "{layout}", "{salt}"),
    script:
        "../scripts/cell.py"
