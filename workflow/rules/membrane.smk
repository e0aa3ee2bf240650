rule network:
    """Pack, polymerise, hydrolyse and relax the neutral membrane."""
    output:
        files=expand("{results}/network/{file}", results=HOME, file=NETWORK_FILES),
        events=f"{HOME}/network/events.csv",
        report=f"{HOME}/network/report.json",
    log:
        f"{LOGS}/network.log",
    # After a walltime it goes on.
    retries: 3
    threads: MD_THREADS
    resources:
        gpu=MD_GPUS,
        mem_mb=4000,
        runtime=1440,
    params:
        membrane=lambda wildcards: {
            key: value
            for key, value in CONFIG_OF[wildcards.home]["membrane"].items()
            if key != "recipe" or value is not None
        },
        nonbonded=plain(campaign.nonbonded.of_networks),
        seed=stage_seed("network"),
    script:
        "../scripts/stage.py"


rule charged:
    """Charge the membrane as one layout says."""
    input:
        rules.network.output.files,
    output:
        files=expand("{results}/charged/{{layout}}/{file}", results=HOME, file=NETWORK_FILES),
        groups=f"{HOME}/charged/{{layout}}/groups.csv",
        report=f"{HOME}/charged/{{layout}}/report.json",
    log:
        f"{LOGS}/charged_{{layout}}.log",
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        options=counted_for,
        seed=stage_seed("layout", "{layout}"),
    script:
        "../scripts/stage.py"
