rule network:
    """Pack, polymerise, hydrolyse and relax the neutral membrane."""
    output:
        files=expand("{results}/network/{file}", results=RESULTS, file=NETWORK_FILES),
        events=f"{RESULTS}/network/events.csv",
        report=f"{RESULTS}/network/report.json",
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
        membrane={
            key: value
            for key, value in config["membrane"].items()
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
        files=expand("{results}/charged/{{layout}}/{file}", results=RESULTS, file=NETWORK_FILES),
        groups=f"{RESULTS}/charged/{{layout}}/groups.csv",
        report=f"{RESULTS}/charged/{{layout}}/report.json",
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
