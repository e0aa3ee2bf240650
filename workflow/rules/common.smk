# The campaign, read and checked, and the names that the rules share.

import os
import re
import shlex
import sys
from pathlib import Path

from snakemake.jobs import Job

from mdtools import bundle_files, seeds
from membranes.networks import storage
from workflow.campaign import packing, stages, windows
from workflow.campaign.model import EXIT_CAMPAIGN, Campaign, CampaignError, plain
from workflow.jobs import failed

DEFAULT_CAMPAIGN = "config/demo.yaml"

if len(workflow.configfiles) > 1 or workflow.config_settings.config:
    print("campaign: give one --configfile and no --config", file=sys.stderr)
    sys.exit(EXIT_CAMPAIGN)
campaign_file = os.path.relpath([*workflow.configfiles, DEFAULT_CAMPAIGN][0])
try:
    campaign = Campaign.read(campaign_file)
except CampaignError as error:
    print(error, file=sys.stderr)
    sys.exit(EXIT_CAMPAIGN)

# Scripts find the campaign with every default filled in.
config.clear()
config.update(plain(campaign))

# Jobs find the command line of the environment that Snakemake itself runs in.
shell.prefix(f"set -euo pipefail; PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH; ")

# `retries` are of a rule and know no exit codes; what ended for good would end so each time.
Job.restart_times = property(lambda job: 0 if failed.is_final(job.log) else job.rule.restart_times)


onstart:
    failed.forget(Path("results"))


RESULTS = str(stages.results_of(campaign))
# What follows the results in the paths of each membrane: nothing where there is one. Of several
# each has everything that a campaign of one has, and over them are tables, figures and a report.
HOMES = {str(home).removeprefix(RESULTS): name for name, home in stages.homes(campaign).items()}
OF_MEMBRANE = {home: campaign.of_membrane(name) for home, name in HOMES.items()}
CONFIG_OF = {home: plain(one) for home, one in OF_MEMBRANE.items()}
SEVERAL = len(HOMES) > 1
NOTHING = "(?:)"
# Over all membranes stands what is made from those of each.
ANY_HOME = "|".join([NOTHING, *filter(None, HOMES)])
HOME = f"{RESULTS}{{home}}"
LOGS = f"{HOME}/logs"
BUNDLE_FILES = (bundle_files.MANIFEST, *bundle_files.FILES)
NETWORK_FILES = (storage.META, *storage.TABLES)
TRIALS = range(1, campaign.trials + 1)

SWOLLEN = campaign.hydration.protocol != "voids"

# What one job of molecular dynamics occupies: a GPU, or threads where the campaign says CPU.
# "auto" takes a GPU where there is one, so it counts as one.
ON_CPU = not packing.wants_gpu(campaign.platform)
MD_THREADS = campaign.platform.cpu_threads if ON_CPU else 1
MD_GPUS = 0 if ON_CPU else 1

# Several runs at a time on one GPU: a job of a pack advances them, and the job of each, light then,
# writes what is declared of it. A stage with one member has no packs.
PACKS = {
    stage: packing.split(
        campaign.platform, ["/".join(names) for names in stages.members(campaign, stage)]
    )
    for stage in packing.STAGES
}
if not SWOLLEN:
    PACKS["hydrated"] = []
PACKED = {stage for stage, found in PACKS.items() if max(map(len, found), default=0) > 1}
RECORDS = f"{HOME}/packs"

# The layouts, salts and ions of which the campaign asks for free energies, and their windows.
ION_MEMBERS = windows.members(campaign)
WINDOWS = range(len(windows.centres(campaign)))

# A member's process and its share of a GPU's host memory.
MEMBER_MB = 3000


wildcard_constraints:
    home="|".join(home or NOTHING for home in HOMES),
    layout="|".join(campaign.layouts),
    salt="|".join(campaign.salts),
    trial=r"\d+",
    chunk=r"\d+",
    pack=r"\d+",
    ion="|".join(map(re.escape, stages.names_of(campaign, "ion"))) or "none",
    window=r"\d+",


def counted_for(wildcards):
    """Layout options that concern one layout."""
    return plain(campaign.layout_options_of(wildcards.layout))


def of_home(wildcards):
    """Campaign of the membrane of a job."""
    return OF_MEMBRANE[wildcards.home]


def stage_seed(*keys):
    """Seed of a stage; a key in braces is a wildcard."""
    return lambda wildcards: seeds.integer(
        of_home(wildcards).seed, *(str(key).format(**wildcards) for key in keys)
    )


def salt_options(wildcards):
    """Ions of one salt."""
    return config["salts"][wildcards.salt]


def physics(block, *others):
    """Options of a block without some keys, and without a preset that its timestep implies.

    So a campaign file that says its timestep as its preset, or the other way, makes nothing anew.
    """
    implied = ("preset",) if getattr(campaign, block).preset_is_implied else ()
    return {key: value for key, value in config[block].items() if key not in (*others, *implied)}


# Of the runs, what does not matter to windows, which have lengths and intervals of their own.
NOT_OF_WINDOWS = (
    "duration_ns",
    "segment_ps",
    "segments_per_chunk",
    "fast_every_ps",
    "full_every_ps",
    "drive",
)
OF_STARTS = ("z_angstrom", "spacing_angstrom", "stiffness_kcal_mol_angstrom2", "pull_ps")
OF_WINDOWS = (*OF_STARTS, "equilibration_ps", "duration_ns", "sample_ps", "segment_ps")


def umbrella_physics(keys):
    """Options of windows by their keys; none without windows."""
    return {key: (config["umbrella"] or {}).get(key) for key in keys}


def of_ions(path):
    """Return a path for every layout, salt and ion of which the campaign asks for free energies."""
    names = [dict(zip(stages.NAMES["pulled"], each)) for each in ION_MEMBERS]
    return [path.format(home="{home}", **each) for each in names]


def chunk_before(wildcards):
    """Record of the chunk that a chunk goes on from; the first one has none."""
    before = int(wildcards.chunk) - 1
    run = "{home}/transport/{layout}/{salt}/trial{trial}".format(**wildcards)
    return [] if before < 0 else f"{RESULTS}{run}/chunk_{before}.json"


def pack_before(wildcards):
    """Record of the chunk of a pack that one goes on from; the first one has none."""
    before = int(wildcards.chunk) - 1
    record = f"{RECORDS}/transport{{pack}}_chunk{before}.json".format(**wildcards)
    return [] if before < 0 else record


def chunk_end_ps(wildcards):
    """Simulated time at which a chunk ends."""
    return campaign.chunk_end_ps(int(wildcards.chunk))


def path_of_campaign(wildcards, input):
    """Path of the campaign file; what it says of a run stands in other parameters.

    Snakemake records no parameter that it takes for derived from inputs, so a campaign file that
    has moved does not count as a change.
    """
    return campaign_file


def threads_of(stage):
    """Threads of the job of one member: its dynamics, unless a pack has done them."""
    return 1 if stage in PACKED else MD_THREADS


def gpus_of(stage):
    """GPUs of the job of one member."""
    return 0 if stage in PACKED else MD_GPUS


def record_of(stage):
    """Function of wildcards: the record of the pack that a member is in, none without packs."""

    def record(wildcards):
        if stage not in PACKED:
            return []
        member = "/".join(wildcards.get(kind) for kind in stages.NAMES[stage])
        number = next(k for k, pack in enumerate(PACKS[stage]) if member in pack)
        chunk = f"_chunk{wildcards.chunk}" if stage == "transport" else ""
        return f"{RECORDS}/{stage}{number}{chunk}.json".format(home=wildcards.home)

    return record


def of_members(stage, outputs):
    """Function of wildcards: outputs of another rule for every member of a pack, none twice."""

    def found(wildcards):
        names = [member.split("/") for member in PACKS[stage][int(wildcards.pack)]]
        home = {"home": wildcards.home}
        known = [home | dict(zip(stages.NAMES[stage], each)) for each in names]
        return sorted({path.format(**each) for each in known for path in outputs})

    return found


def tables_drawn(figures):
    """Tables that figures show, by figure and salts of each, of all layouts."""
    needed = [
        f"{HOME}/observables/{layout}/{salt}/{table}.csv"
        for layout in campaign.layouts
        for salt in campaign.salts
        for figure, salts in figures.values()
        if salt in salts
        for table in tables_of(figure)
    ]
    return list(dict.fromkeys(needed))


def labels_of(figure):
    """Labels of a figure in a report of Snakemake's: its name, and of one of several membranes."""
    return {"figure": figure} | ({"membrane": "{home}"} if SEVERAL else {})


def membrane_option(wildcards, input):
    """Option of a command that names one of several membranes."""
    name = HOMES[wildcards.home]
    return f"--membrane {name}" if name else ""


def members_of(stage):
    """Function of wildcards: names of the members of a pack."""
    return lambda wildcards: PACKS[stage][int(wildcards.pack)]


def pack_threads(stage):
    """Function of wildcards: a core for each member, on CPUs what each of them asks for."""
    return lambda wildcards: len(PACKS[stage][int(wildcards.pack)]) * MD_THREADS


def pack_mb(stage):
    """Function of wildcards: memory of all members."""
    return lambda wildcards: 1000 + MEMBER_MB * len(PACKS[stage][int(wildcards.pack)])


def comparison_settings():
    """What the comparison with continuum theory takes of the campaign file, and nothing else."""
    wanted = {
        "cell": ("waters_per_reservoir", "equilibration_ps", "counter_ions"),
        "transport": ("drive", "duration_ns", "friction_per_ps", "temperature_K"),
        "analysis": ("level", "permeated_above_angstrom", "snapshots_ns"),
    }
    blocks = {name: {key: config[name][key] for key in keys} for name, keys in wanted.items()}
    return {**blocks, **{name: config[name] for name in ("layouts", "salts")}}


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
    "umbrella": {
        "cell": physics("cell", "segment_ps", "settling_ps"),
        "transport": physics("transport", *NOT_OF_WINDOWS),
        "umbrella": umbrella_physics(OF_WINDOWS),
    },
}
