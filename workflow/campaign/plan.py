"""Cost of a campaign before it runs: jobs, particles, steps, disk and files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from analysis.catalogue import (
    COMPARISON_FIGURES,
    COMPARISON_TABLES,
    FIGURE_ENDINGS,
    FIGURES_A_JOB,
    FREE_ENERGY_TABLES,
)
from mdtools.cells.graphene import sheet_size
from mdtools.constants import ANGSTROM_PER_NM, FS_PER_PS, PS_PER_NS, WATER_DA, WATER_SITES
from mdtools.ions import atom_count, counter_ions
from mdtools.runs import segments
from mdtools.swelling.schedule import longest_ps
from membranes import library
from membranes.layouts.capacity import guaranteed_sites
from membranes.layouts.plans import required_sites
from membranes.networks import storage
from membranes.networks.monomers import geometry
from workflow.campaign import disk, packing, windows
from workflow.campaign.extent import reservoir_angstrom
from workflow.campaign.layout_checks import charge_e
from workflow.campaign.model import Campaign

ATOM_DA = 7.4
"""Mean mass of the network's atoms."""
WATER_SHARE = {"voids": 0.12, "swell": 0.35}
"""Of the mass of a membrane in water, which no one knows before it has swollen; the demonstration,
and the study's network dry and swollen, lie between 0.12 and 0.43."""
NETWORK_FILES = 1 + len(storage.TABLES)
BUNDLE_FILES = 7
"""Of `mdtools.bundle`, which takes a second to load."""
SEGMENT_FILES = 1 + len(segments.FILES)
FILES_BESIDE_SEGMENTS = 4
"""Of a run: run.json, run-inputs.json, run.log and its lease."""
FIGURE_FILES = len(FIGURE_ENDINGS)
"""A PNG, a PDF and the numbers."""


@dataclass(frozen=True)
class Size:
    """The size of a cell is its number of particles, in all and in the fast stream."""

    particles: int
    fast: int


@dataclass(frozen=True)
class Stage:
    """A stage is one row of a plan; ``steps``, ``disk_bytes`` and ``files`` are sums over its jobs.

    ``chains`` is the number of its simulations, which do not wait for one another.
    """

    name: str
    jobs: int
    particles: int | None = None
    steps: int | None = None
    simulated_ns: float | None = None
    disk_bytes: float | None = None
    files: int | None = None
    chains: int = 1

    @property
    def timestep_fs(self) -> float | None:
        """Timestep, averaged over the steps; None for a stage without."""
        if not self.steps or not self.simulated_ns:
            return None
        return round(self.simulated_ns * PS_PER_NS * FS_PER_PS / self.steps, 6)


def membrane_atoms(campaign: Campaign) -> int:
    """Count the atoms of the neutral network at the required conversion.

    An amide costs an H and a Cl; an acyl chloride that is left over becomes COOH, one atom more.
    What the steps of a recipe bind and take out is not known before.
    """
    if campaign.membrane.ready is not None:
        return library.facts_of(campaign.membrane.ready)["atoms"]
    monomers, reaction = campaign.membrane.monomers, campaign.membrane.reaction
    acyls = monomers.acyl_sites
    amides = min(int(reaction.required_nh_conversion * monomers.amine_sites), acyls)
    atoms = sum(len(geometry(kind)[0]) * count for kind, count in monomers)
    return atoms - 2 * amides + (acyls - amides)


def cell_size(campaign: Campaign, layout: str, salt: str) -> Size:
    """Count the particles of a cell; the water inside of the membrane is an estimate."""
    membrane = campaign.membrane
    sure = guaranteed_sites(membrane)
    sites = required_sites(layout, campaign.layout_options, membrane.box_nm, sure)
    charge = charge_e(sites)
    options = campaign.salts[salt]
    kinds = (options.ions, counter_ions(charge, options.cation, options.anion))
    ions = sum(sum(numbers.values()) for numbers in kinds)
    particles = (
        membrane_atoms(campaign)
        + charge
        + sum(atom_count(numbers) for numbers in kinds)
        + WATER_SITES * (2 * campaign.cell.waters_per_reservoir + inside_waters(campaign))
        + 2 * sheet_size(membrane.box_nm[:2])
    )
    return Size(particles, ions + sum(sites.values()))


def inside_waters(campaign: Campaign) -> int:
    """Estimate the number of waters in the membrane."""
    share = WATER_SHARE[campaign.hydration.protocol]
    return round(membrane_atoms(campaign) * ATOM_DA * share / (1 - share) / WATER_DA)


def steps(duration_ps: float, timestep_fs: float) -> int:
    """Return the number of steps of a stretch of dynamics."""
    return round(1000 * duration_ps / timestep_fs)


def network_stage(campaign: Campaign) -> Stage:
    """Return the stage of the membrane's reaction and relaxation; a ready one has no steps."""
    membrane, atoms = campaign.membrane, membrane_atoms(campaign)
    # Beside the tables the events and the report, and the log of the job.
    files, size = NETWORK_FILES + 3, atoms * disk.NETWORK_BYTES_PER_ATOM
    if membrane.ready is not None:
        return Stage("network", 1, atoms, disk_bytes=size, files=files)
    built = sum(steps(*each) for each in membrane.simulated)
    simulated_ns = sum(duration_ps for duration_ps, _ in membrane.simulated) / PS_PER_NS
    return Stage("network", 1, atoms, built, simulated_ns, size, files)


def _bytes_of_networks(campaign: Campaign) -> float:
    """Estimate the bytes of a network for each layout."""
    return len(campaign.layouts) * membrane_atoms(campaign) * disk.NETWORK_BYTES_PER_ATOM


def hydrated_stage(campaign: Campaign) -> Stage:
    """Return the stage of swelling; its steps are those of hydrations that run into their cap."""
    options, layouts = campaign.hydration, campaign.layouts
    # Beside the tables the waters, the groups, the curve, the report and the log of the job.
    files = len(layouts) * (NETWORK_FILES + 5)
    tables = _bytes_of_networks(campaign)
    if options.protocol == "voids":
        return Stage("hydrated", len(layouts), disk_bytes=tables, files=files)
    each = longest_ps(options)
    waters = options.waters_per_reservoir or campaign.cell.waters_per_reservoir
    fewer = campaign.cell.model_copy(update={"waters_per_reservoir": waters})
    salt = next(iter(campaign.salts))
    resized = campaign.model_copy(update={"cell": fewer})
    largest = max(cell_size(resized, layout, salt).particles for layout in layouts)
    return Stage(
        "hydrated",
        len(layouts),
        largest,
        len(layouts) * steps(each, options.timestep_fs),
        len(layouts) * each / 1000,
        tables + len(layouts) * largest * disk.SWELLING_BYTES_PER_PARTICLE,
        files=files,
        chains=len(layouts),
    )


def start_stage(campaign: Campaign, sizes: Sequence[Size]) -> Stage:
    """Return the stage in which each trial's feed ions settle."""
    cell, starts = campaign.cell, len(sizes) * campaign.trials
    settling = 0.0 if cell.feed_ions == "shared" else cell.settling
    return Stage(
        "start",
        starts,
        max(size.particles for size in sizes),
        starts * steps(settling, cell.timestep_fs),
        starts * settling / 1000,
        campaign.trials * sum(size.particles for size in sizes) * disk.BUNDLE_BYTES_PER_PARTICLE,
        files=starts * (BUNDLE_FILES + 1),
        chains=starts,
    )


def umbrella_stages(campaign: Campaign) -> list[Stage]:
    """Return the stages of umbrella windows; none without.

    Steps are those of ions that have to be pulled into every window, which few need where runs have
    been everywhere.
    """
    options, ions, count = (
        campaign.umbrella,
        windows.members(campaign),
        len(windows.centres(campaign)),
    )
    if options is None:
        return []
    sizes = [cell_size(campaign, layout, salt) for layout, salt, _ in ions]
    largest, particles = (
        max(sizes, key=lambda size: size.particles),
        sum(s.particles for s in sizes),
    )
    pulled_ps = (count - 1) * options.pull_ps
    run = options.run_options(campaign.transport)
    sampled_ps = options.equilibration_ps + PS_PER_NS * options.duration_ns
    each = steps(options.equilibration_ps, campaign.cell.timestep_fs)
    each += steps(PS_PER_NS * options.duration_ns, run.timestep_fs)
    of_run = campaign.model_copy(update={"transport": run})
    runs = sum(disk.run_bytes(of_run, size.particles, size.fast) for size in sizes)
    return [
        Stage(
            "pulled",
            len(ions),
            largest.particles,
            len(ions) * steps(pulled_ps, campaign.cell.timestep_fs),
            len(ions) * pulled_ps / PS_PER_NS,
            count * particles * disk.START_BYTES_PER_PARTICLE,
            files=len(ions) * (count + 2),
            chains=len(ions),
        ),
        # Beside the run a bundle with its state, the record and the log.
        Stage(
            "umbrella",
            len(ions) * count,
            largest.particles,
            len(ions) * count * each,
            len(ions) * count * sampled_ps / PS_PER_NS,
            count * (runs + particles * disk.BUNDLE_BYTES_PER_PARTICLE),
            files=len(ions)
            * count
            * (run.segments * SEGMENT_FILES + FILES_BESIDE_SEGMENTS + BUNDLE_FILES + 3),
            chains=len(ions) * count,
        ),
        # Tables with their words and a log of each; the figure and its log.
        Stage(
            "free energies",
            len(ions) + 1,
            disk_bytes=len(ions) * disk.FREE_ENERGY_BYTES + disk.FIGURE_BYTES,
            files=len(ions) * (2 * len(FREE_ENERGY_TABLES) + 1) + FIGURE_FILES + 1,
        ),
    ]


def stages(campaign: Campaign, *, figures: int, tables: int) -> list[Stage]:
    """Return every stage of a campaign in order, summed over its membranes.

    Parameters
    ----------
    figures : int
        Those beside the one of swelling.
    tables : int
        Of every layout and salt.
    """
    names = campaign.membrane_names
    if not names:
        return _stages_of_one(campaign, figures, tables)
    of_each = [_stages_of_one(campaign.of_membrane(name), figures, tables) for name in names]
    found = [_together(same) for same in zip(*of_each, strict=True)]
    return [_over_all(campaign, stage, figures, tables) for stage in found]


def _together(same: Sequence[Stage]) -> Stage:
    """Add up one stage of several membranes; its cells are as large as the largest."""
    known = [stage.particles for stage in same if stage.particles is not None]
    sums = {
        key: sum(getattr(stage, key) for stage in same)
        for key in ("jobs", "steps", "simulated_ns", "disk_bytes", "files")
        if getattr(same[0], key) is not None
    }
    chains = sum(stage.chains for stage in same)
    return Stage(same[0].name, particles=max(known, default=None), chains=chains, **sums)


def _over_all(campaign: Campaign, stage: Stage, figures: int, tables: int) -> Stage:
    """Add what is made over all membranes: tables of each layout and salt, figures, the page."""
    cells = len(campaign.layouts) * len(campaign.salts)
    ions = len(windows.members(campaign))
    jobs, size, files = {
        "analysis": (cells, cells * disk.TABLES_BYTES, cells * (2 * tables + 1)),
        "figures": _figures(figures),
        # One table of each ion with its words and log; the figure and its log.
        "free energies": (
            ions + 1,
            ions * disk.FREE_ENERGY_BYTES + disk.FIGURE_BYTES,
            3 * ions + FIGURE_FILES + 1,
        ),
        # The page and its log.
        "report": (1, disk.REPORT_BYTES, 2),
    }.get(stage.name, (0, 0, 0))
    return replace(
        stage,
        jobs=stage.jobs + jobs,
        disk_bytes=(stage.disk_bytes or 0) + size,
        files=(stage.files or 0) + files,
    )


def _figures(drawn: int) -> tuple[int, int, int]:
    """Return jobs, bytes and files of so many figures; a log of each job."""
    jobs = -(-drawn // FIGURES_A_JOB)
    return jobs, drawn * disk.FIGURE_BYTES, drawn * FIGURE_FILES + jobs


def _stages_of_one(campaign: Campaign, figures: int, tables: int) -> list[Stage]:
    """Return every stage of a campaign of one membrane."""
    cell, transport = campaign.cell, campaign.transport
    sizes = [cell_size(campaign, a, b) for a in campaign.layouts for b in campaign.salts]
    cells, largest = len(sizes), max(size.particles for size in sizes)
    runs = cells * campaign.trials
    figure_jobs, figure_bytes, figure_files = _figures(figures)
    if campaign.hydration.protocol != "voids":
        # The figure of swelling, in a job of its own with its log.
        figure_jobs, figure_bytes = figure_jobs + 1, figure_bytes + disk.FIGURE_BYTES
        figure_files += FIGURE_FILES + 1
    found = [
        network_stage(campaign),
        # As of the network, with groups in the place of events.
        Stage(
            "charged",
            len(campaign.layouts),
            disk_bytes=_bytes_of_networks(campaign),
            files=len(campaign.layouts) * (NETWORK_FILES + 3),
        ),
        hydrated_stage(campaign),
        Stage(
            "cell",
            cells,
            largest,
            cells * steps(cell.equilibration_ps, cell.timestep_fs),
            cells * cell.equilibration_ps / 1000,
            sum(size.particles for size in sizes) * disk.BUNDLE_BYTES_PER_PARTICLE,
            files=cells * (BUNDLE_FILES + 2),
            chains=cells,
        ),
        start_stage(campaign, sizes),
        Stage(
            "transport",
            runs * transport.chunks,
            largest,
            runs * steps(1000 * transport.duration_ns, transport.timestep_fs),
            runs * transport.duration_ns,
            campaign.trials
            * sum(disk.run_bytes(campaign, size.particles, size.fast) for size in sizes),
            files=runs * run_files(campaign),
            chains=runs,
        ),
        *umbrella_stages(campaign),
        # A store and a log of each run; every table with its definitions, and a log.
        Stage(
            "analysis",
            runs + cells,
            disk_bytes=runs * disk.store_bytes(campaign) + cells * disk.TABLES_BYTES,
            files=2 * runs + cells * (2 * tables + 1),
        ),
        Stage(
            "figures",
            figure_jobs,
            disk_bytes=figure_bytes,
            files=figure_files,
        ),
        # The main table, the assumptions, the other tables, figures, and a log of either job.
        Stage(
            "comparison",
            2,
            disk_bytes=disk.COMPARISON_BYTES,
            files=4 + len(COMPARISON_TABLES) + FIGURE_FILES * len(COMPARISON_FIGURES),
        ),
        # The page, the table and the drawing of the cells, and the log.
        Stage("report", 1, disk_bytes=disk.REPORT_BYTES, files=2 + FIGURE_FILES + 1),
    ]
    return [_with_packs(campaign, stage) for stage in found]


def _with_packs(campaign: Campaign, stage: Stage) -> Stage:
    """Add the jobs of packs, each with a record, a log, and a log of each member."""
    packs = packing.jobs(campaign.platform, stage.chains)
    if not packs or stage.name not in packing.STAGES or not stage.steps:
        return stage
    times = campaign.transport.chunks if stage.name == "transport" else 1
    files = (stage.files or 0) + times * (2 * packs + stage.chains)
    return replace(stage, jobs=stage.jobs + times * packs, files=files)


def run_files(campaign: Campaign) -> int:
    """Count the files of one transport run, with a record and a log of each chunk."""
    transport = campaign.transport
    written = transport.segments * SEGMENT_FILES + FILES_BESIDE_SEGMENTS
    return written + 2 * transport.chunks


def total(plan: list[Stage]) -> Stage:
    """Add up all stages, but for the particles, which do not add up."""
    sums = {
        key: sum(getattr(stage, key) or 0 for stage in plan)
        for key in ("jobs", "steps", "simulated_ns", "disk_bytes", "files")
    }
    return Stage("total", **sums)


def reach_angstrom(campaign: Campaign) -> float:
    """Estimate the largest z of an ion: half of the reaction box and the permeate's water."""
    if names := campaign.membrane_names:
        return max(reach_angstrom(campaign.of_membrane(name)) for name in names)
    reservoir = reservoir_angstrom(campaign.membrane, campaign.cell)
    return ANGSTROM_PER_NM * campaign.membrane.box_nm[2] / 2 + reservoir


def notes(campaign: Campaign, installed: Sequence[str]) -> list[str]:
    """Return notes on settings that are allowed but may not be intended.

    Parameters
    ----------
    campaign : Campaign
    installed : sequence of str
        OpenMM platforms of this machine.
    """
    messages = []
    if campaign.hydration.protocol == "voids":
        messages.append(
            "hydration.protocol: value voids: the membrane is not swollen, water only fills the "
            "voids of the dry network; swell is what lets it take up water"
        )
    reach, limit = reach_angstrom(campaign), campaign.analysis.permeated_above_angstrom
    if limit > reach:
        messages.append(
            f"analysis.permeated_above_angstrom: value {limit:g}: the permeate of this cell ends "
            f"at about {reach:.0f} angstrom, so no ion will count as permeated"
        )
    seeds = [entry for entry in campaign.membranes if isinstance(entry, int)]
    if campaign.membranes and not seeds and campaign.membrane.ready is None:
        messages.append(
            "membrane: value of its own: not used, as every one of membranes is ready; a seed "
            "among them is built by it"
        )
    platform = campaign.platform.name
    if platform not in ("auto", *installed):
        messages.append(
            f"platform.name: value {platform}: not installed on this machine, which has "
            f"{', '.join(installed)}; the machine that runs the campaign needs it"
        )
    return messages
