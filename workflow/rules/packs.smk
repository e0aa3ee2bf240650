PACK_COMMAND = (
    "polyamide pack {params.campaign:q} {params.stage} {params.members}"
    " --results {params.results:q} --record {output:q}"
)
# A member's process and its share of a GPU's host memory.
MEMBER_MB = 3000


def pack_threads(stage):
    """Function of wildcards: a core for each member, on CPUs what each of them asks for."""
    return lambda wildcards: len(PACKS[stage][int(wildcards.pack)]) * MD_THREADS


def pack_mb(stage):
    """Function of wildcards: memory of all members."""
    return lambda wildcards: 1000 + MEMBER_MB * len(PACKS[stage][int(wildcards.pack)])


# What makes the finished members of each stage others; their own jobs name it, too.
MEMBERS_PHYSICS = {
    "hydrated": {
        "hydration": config["hydration"],
        "nonbonded": config["nonbonded"],
        "waters": config["cell"]["waters_per_reservoir"],
    },
    "cell": {
        "cell": physics("cell", "segment_ps", "settling_ps"),
        "nonbonded": config["nonbonded"],
        "salts": config["salts"],
    },
    "start": {"cell": physics("cell", "segment_ps")},
}

# What the members of each stage start from.
MEMBERS_INPUT = {
    "hydrated": rules.charged.output.files,
    "cell": rules.hydrated.output.files,
    "start": rules.cell.output.files,
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
            results=RESULTS,
            physics=MEMBERS_PHYSICS[stage],
            seed=campaign.seed,
        shell:
            PACK_COMMAND + " > {log} 2>&1"


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
            results=RESULTS,
            until_ps=chunk_end_ps,
            physics=physics("transport", "duration_ns", "segments_per_chunk"),
            seed=campaign.seed,
        shell:
            PACK_COMMAND + " --until-ps {params.until_ps} > {log} 2>&1"
