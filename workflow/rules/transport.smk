rule transport:
    """Advance one trial by one chunk; its segments of trajectory are not Snakemake's to delete."""
    input:
        cell=rules.start.output,
        before=chunk_before,
    output:
        record=f"{RESULTS}/transport/{{layout}}/{{salt}}/trial{{trial}}/chunk_{{chunk}}.json",
    log:
        f"{LOGS}/transport_{{layout}}_{{salt}}_trial{{trial}}_chunk{{chunk}}.log",
    threads: MD_THREADS
    resources:
        gpu=MD_GPUS,
        mem_mb=4000,
        runtime=1440,
    params:
        campaign=path_of_campaign,
        until_ps=chunk_end_ps,
        # A longer run goes on from its last chunk, so its length is not among what counts here.
        physics=physics("transport", "duration_ns", "segments_per_chunk"),
        seed=campaign.seed,
    shell:
        "polyamide transport {params.campaign:q} {wildcards.layout} {wildcards.salt}"
        " {wildcards.trial} --until-ps {params.until_ps} --cell $(dirname {input.cell[0]:q})"
        " --record {output.record} > {log} 2>&1"
