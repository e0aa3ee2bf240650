rule transport:
    """Advance one trial by one chunk; its segments of trajectory are not Snakemake's to delete."""
    input:
        cell=rules.start.output,
        before=chunk_before,
        pack=record_of("transport"),
    output:
        record=f"{HOME}/transport/{{layout}}/{{salt}}/trial{{trial}}/chunk_{{chunk}}.json",
    log:
        f"{LOGS}/transport_{{layout}}_{{salt}}_trial{{trial}}_chunk{{chunk}}.log",
    threads: threads_of("transport")
    resources:
        gpu=gpus_of("transport"),
        mem_mb=4000,
        runtime=1440,
    params:
        campaign=path_of_campaign,
        until_ps=chunk_end_ps,
        # A longer run goes on from its last chunk, so its length is not among what counts here.
        physics=physics("transport", "duration_ns", "segments_per_chunk"),
        seed=lambda wildcards: of_home(wildcards).seed,
        membrane=membrane_option,
        packed=lambda wildcards, input: f"--pack {input.pack}" if "transport" in PACKED else "",
    shell:
        "polyamide transport {params.campaign:q} {wildcards.layout} {wildcards.salt}"
        " {wildcards.trial} --until-ps {params.until_ps} --cell $(dirname {input.cell[0]:q})"
        " --record {output.record} {params.packed} {params.membrane} > {log} 2>&1"
        " || python -m workflow.jobs.failed {log:q} $?"
