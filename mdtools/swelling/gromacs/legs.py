"""Legs of a hydration in GROMACS, and the parameters of each run."""

from dataclasses import dataclass

from mdtools.constants import FS_PER_PS
from mdtools.exports.mdp import interactions, lines, seed_of
from mdtools.options import HydrationOptions, NonbondedOptions
from mdtools.swelling.schedule import Stretch

SETTLING_PS, SETTLING_FS, SETTLING_FRICTION_PER_PS = 2.0, 1.0, 10.0
"""Of the dynamics at constant volume between minimisation and the first leg."""
MINIMISED_KJ_MOL_NM = 500.0
"""Largest force at which a minimisation ends before its last step."""
COMPRESSIBILITY_PER_BAR = 4.5e-5
"""Of water; decides how fast the height follows the pressure, not where it ends."""
BAROSTAT_PS = 4.0
BAR_PER_MPA = 10.0
STEPS_BETWEEN_ENERGIES = 50
COORDINATES_PER_NM = 100_000


@dataclass(frozen=True)
class Leg:
    """Stretches of one stage, one temperature ramp and one pressure, run as one.

    Attributes
    ----------
    name : str
        Of its files.
    stretches : tuple of Stretch
    """

    name: str
    stretches: tuple[Stretch, ...]

    @property
    def start_ps(self) -> float:
        """Its start."""
        return self.stretches[0].start_ps

    @property
    def end_ps(self) -> float:
        """Its end."""
        return self.stretches[-1].start_ps + self.stretches[-1].duration_ps

    def stretch_at(self, time_ps: float) -> Stretch:
        """Return the stretch that holds a time, the earlier one at a seam."""
        for stretch in self.stretches:
            if time_ps <= stretch.start_ps + stretch.duration_ps:
                return stretch
        return self.stretches[-1]


def legs(stretches: list[Stretch]) -> list[Leg]:
    """Join stretches that follow each other on one ramp of temperature."""
    joined: list[list[Stretch]] = []
    for stretch in stretches:
        if joined and _ramp(joined[-1][-1]) == _ramp(stretch):
            joined[-1].append(stretch)
        else:
            joined.append([stretch])
    return [
        Leg(f"{group[0].stage}{group[0].block or number}", tuple(group))
        for number, group in enumerate(joined, 1)
    ]


def _ramp(stretch: Stretch) -> tuple:
    slope = (stretch.to_K - stretch.from_K) / stretch.duration_ps
    return stretch.stage, stretch.block, stretch.pressure_MPa, round(slope, 9)


def minimisation(options: HydrationOptions, nonbonded: NonbondedOptions) -> str:
    """Return the parameters of the minimisation."""
    own = {
        "integrator": "steep",
        "nsteps": options.minimisation_steps,
        "emtol": MINIMISED_KJ_MOL_NM,
        "constraints": "none",
    }
    return _text(own, nonbonded)


def settling(options: HydrationOptions, nonbonded: NonbondedOptions, seed: int) -> str:
    """Return the parameters of short steps from rest, at constant volume."""
    steps = round(SETTLING_PS * FS_PER_PS / SETTLING_FS)
    own = {
        **_dynamics(SETTLING_FS, steps, SETTLING_FRICTION_PER_PS, options.temperature_K, seed),
        "gen-vel": "yes",
        "gen-temp": f"{options.temperature_K:.10g}",
        "gen-seed": seed_of(seed),
    }
    return _text(own, nonbonded)


def dynamics(
    leg: Leg, options: HydrationOptions, nonbonded: NonbondedOptions, seed: int, samples: int
) -> str:
    """Return the parameters of a leg, with so many frames in each of its stretches."""
    first, last = leg.stretches[0], leg.stretches[-1]
    each = max(1, round(first.duration_ps * FS_PER_PS / options.timestep_fs / samples))
    steps = each * samples * len(leg.stretches)
    bar = first.pressure_MPa * BAR_PER_MPA
    own = {
        **_dynamics(options.timestep_fs, steps, options.friction_per_ps, first.from_K, seed),
        "tinit": f"{leg.start_ps:.10g}",
        "continuation": "yes",
        "gen-vel": "no",
        "annealing": "single",
        "annealing-npoints": 2,
        "annealing-time": f"{leg.start_ps:.10g} {leg.end_ps:.10g}",
        "annealing-temp": f"{first.from_K:.10g} {last.to_K:.10g}",
        "pcoupl": "C-rescale",
        "pcoupltype": "semiisotropic",
        "tau-p": BAROSTAT_PS,
        "ref-p": f"{bar:.10g} {bar:.10g}",
        "compressibility": f"0 {COMPRESSIBILITY_PER_BAR:g}",
        "nstxout-compressed": each,
        "compressed-x-precision": COORDINATES_PER_NM,
        "nstenergy": each,
        "nstlog": each * samples,
    }
    return _text(own, nonbonded)


def _dynamics(
    timestep_fs: float, steps: int, friction_per_ps: float, kelvin: float, seed: int
) -> dict[str, object]:
    return {
        "integrator": "sd",
        "dt": f"{timestep_fs / FS_PER_PS:.10g}",
        "nsteps": steps,
        "ld-seed": seed_of(seed),
        "tc-grps": "System",
        "tau-t": f"{1 / friction_per_ps:.10g}",
        "ref-t": f"{kelvin:.10g}",
        "comm-mode": "linear",
        "nstcalcenergy": STEPS_BETWEEN_ENERGIES,
        "constraints": "h-bonds",
        "lincs-order": 6,
    }


def _text(own: dict[str, object], nonbonded: NonbondedOptions) -> str:
    shared = interactions(nonbonded.cutoff_nm, nonbonded.switch_nm)
    return "".join(f"{line}\n" for line in lines(own | shared))
