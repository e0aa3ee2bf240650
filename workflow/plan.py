"""What a campaign will take, before any of it runs: jobs, particles, steps, disk, GPU time."""

from dataclasses import dataclass

from mdtools.graphene import fit_sheet
from mdtools.ions import counter_ions
from membranes.layouts import required_sites
from workflow.campaign import Campaign
from workflow.checks import amides_required, dense_volume_nm3

ATOMS = {"PIP": 16, "TMC": 18}
CHARGE_E = {"NH2+": 1, "COO-": -1}
SITES_PER_WATER = 4

XTC_BYTES_PER_PARTICLE = 3.5
STATE_BYTES_PER_PARTICLE = 103
"""Measured on TIP4P boxes of 60 000 particles: XTC at 0.001 nm, a state's XML with velocities."""
FAST_BYTES_PER_ATOM = 12
FAST_BYTES_PER_FRAME = 32
"""float32 positions; time, centre of the membrane and two pistons of a fast frame as float64."""


@dataclass(frozen=True)
class Size:
    """Particles of one cell: all of them, and those of the fast stream."""

    particles: int
    fast: int


@dataclass(frozen=True)
class Stage:
    """One row of a plan; ``steps`` and ``disk_bytes`` are of all its jobs together."""

    name: str
    jobs: int
    particles: int | None = None
    steps: int | None = None
    simulated_ns: float | None = None
    disk_bytes: float | None = None


def membrane_atoms(campaign: Campaign) -> int:
    """Atoms of the neutral network at the required conversion.

    An amide costs an H and a Cl; an acyl chloride that is left over becomes COOH, one atom more.
    """
    monomers = campaign.membrane.monomers
    amides = amides_required(campaign.membrane)
    atoms = ATOMS["PIP"] * monomers.PIP + ATOMS["TMC"] * monomers.TMC
    return atoms - 2 * amides + (3 * monomers.TMC - amides)


def cell_size(campaign: Campaign, layout: str, salt: str) -> Size:
    """Particles of a cell, up to the water that fits into the membrane's voids."""
    sites = required_sites(layout, campaign.layout_options, dense_volume_nm3(campaign.membrane))
    charge = sum(CHARGE_E[kind] * count for kind, count in sites.items())
    ions = sum(campaign.salts[salt].ions.values())
    ions += sum(counter_ions(charge, campaign.salts[salt].cation).values())
    particles = (
        membrane_atoms(campaign)
        + charge
        + ions
        + SITES_PER_WATER * 2 * campaign.cell.waters_per_reservoir
        + 2 * len(fit_sheet(campaign.membrane.box_nm[:2]).positions)
    )
    return Size(particles, ions + sum(sites.values()))


def run_bytes(campaign: Campaign, size: Size) -> float:
    """Disk that one transport run fills."""
    transport = campaign.transport
    duration_ps = 1000 * transport.duration_ns
    full = duration_ps / transport.full_every_ps * size.particles * XTC_BYTES_PER_PARTICLE
    fast = duration_ps / transport.fast_every_ps
    fast *= FAST_BYTES_PER_ATOM * size.fast + FAST_BYTES_PER_FRAME
    return full + fast + transport.segments * size.particles * STATE_BYTES_PER_PARTICLE


def steps(duration_ps: float, timestep_fs: float) -> int:
    """Steps of a stretch of dynamics."""
    return round(1000 * duration_ps / timestep_fs)


def stages(campaign: Campaign, figures: int) -> list[Stage]:
    """Every stage of a campaign in order; ``figures`` is how many the analysis draws."""
    membrane, cell, transport = campaign.membrane, campaign.cell, campaign.transport
    sizes = [cell_size(campaign, a, b) for a in campaign.layouts for b in campaign.salts]
    cells, largest = len(sizes), max(size.particles for size in sizes)
    runs = cells * campaign.trials
    reaction_ps = sum(stage.duration_ps for stage in membrane.reaction.stages)
    built = steps(reaction_ps, membrane.reaction.timestep_fs)
    built += steps(membrane.relaxation.duration_ps, membrane.relaxation.timestep_fs)
    return [
        Stage(
            "network",
            1,
            membrane_atoms(campaign),
            built,
            (reaction_ps + membrane.relaxation.duration_ps) / 1000,
        ),
        Stage("charged", len(campaign.layouts)),
        Stage(
            "cell",
            cells,
            largest,
            cells * steps(cell.equilibration_ps, cell.timestep_fs),
            cells * cell.equilibration_ps / 1000,
            sum(size.particles for size in sizes) * STATE_BYTES_PER_PARTICLE,
        ),
        Stage(
            "transport",
            runs * transport.chunks,
            largest,
            runs * steps(1000 * transport.duration_ns, transport.timestep_fs),
            runs * transport.duration_ns,
            campaign.trials * sum(run_bytes(campaign, size) for size in sizes),
        ),
        Stage("analysis", runs + cells),
        Stage("figures", figures),
        Stage("report", 1),
    ]


def gpu_hours(plan: list[Stage], ns_per_day: float) -> float:
    """Hours of equilibration and transport at a speed that the user has measured."""
    simulated = sum(stage.simulated_ns for stage in plan if stage.name in ("cell", "transport"))
    return 24 * simulated / ns_per_day
