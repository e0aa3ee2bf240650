# What the members of each stage start from.
MEMBERS_INPUT = {
    "hydrated": rules.charged.output.files,
    "cell": rules.hydrated.output.files,
    "start": rules.cell.output.files,
    "umbrella": [*rules.pulled.output, *rules.cell.output.files],
}

for stage in [name for name in MEMBERS_INPUT if name in PACKED]:

    rule:
        """Advance several members of a stage side by side on one GPU, to the end of dynamics."""
        name:
            f"pack_{stage}"
        input:
            of_members(stage, MEMBERS_INPUT[stage]),
        output:
            f"{RECORDS}/{stage}{{pack}}.json",
        log:
            f"{LOGS}/pack_{stage}{{pack}}.log",
        retries: 3
        threads: pack_threads(stage)
        resources:
            gpu=MD_GPUS,
            mem_mb=pack_mb(stage),
            runtime=1440,
        params:
            campaign=path_of_campaign,
            stage=stage,
            members=members_of(stage),
            membrane=membrane_option,
            results=lambda wildcards, output: Path(output[0]).parents[1],
            physics=MEMBERS_PHYSICS[stage],
            seed=lambda wildcards: of_home(wildcards).seed,
        shell:
            "polyamide pack {params.campaign:q} {params.stage} {params.members}"
            " --results {params.results:q} --record {output:q} {params.membrane} > {log} 2>&1"
            " || python -m workflow.jobs.failed {log:q} $?"


if "transport" in PACKED:

    rule pack_transport:
        """Advance several trials by one chunk, side by side on one GPU."""
        input:
            of_members("transport", rules.start.output),
            pack_before,
        output:
            f"{RECORDS}/transport{{pack}}_chunk{{chunk}}.json",
        log:
            f"{LOGS}/pack_transport{{pack}}_chunk{{chunk}}.log",
        threads: pack_threads("transport")
        resources:
            gpu=MD_GPUS,
            mem_mb=pack_mb("transport"),
            runtime=1440,
        params:
            campaign=path_of_campaign,
            stage="transport",
            members=members_of("transport"),
            membrane=membrane_option,
            results=lambda wildcards, output: Path(output[0]).parents[1],
            until_ps=chunk_end_ps,
            physics=physics("transport", "duration_ns", "segments_per_chunk"),
            seed=lambda wildcards: of_home(wildcards).seed,
        shell:
            "polyamide pack {params.campaign:q} {params.stage} {params.members}"
            " --results {params.results:q} --record {output:q}"
            " --until-ps {params.until_ps} {params.membrane} > {log} 2>&1"
            " || python -m workflow.jobs.failed {log:q} $?"
