"""What the presets of a run change in bulk TIP4P water and in salt water: rates, not averages.

python benchmarks/presets.py [--waters 256] [--ps 20] [--molal 0.5] [--preset heavy] [--seed 1]
                             [--platform CPU|CUDA|...] [--blocks 4] [--cation Na+] [--salt-only]

For each preset (study 1 fs, rigid 2 fs, heavy 4 fs), cut-off 0.9 nm, 300 K, at the number density
of liquid water:

1. water under the friction of the runs, 2/ps: temperature, self-diffusion, first shell of oxygen;
2. the same water under 0.1/ps, whose damping of a water molecule and of the flow around it is
   small: what the friction costs;
3. the same water without a thermostat: drift of the total energy;
4. water with NaCl and CaCl2 under 2/ps: diffusion and first shells of the ions.

``--molal 0`` leaves out the salt water, ``--preset``, which may be repeated, other presets,
``--cation`` other salts; ``--salt-only`` leaves out the water, and has ions under both frictions.

Diffusivities are slopes of the mean squared displacement from 1 ps to half a block, at most 10 ps,
about the centre of mass. Intervals are Student's at 95 % over blocks of time. A periodic cube of
length L slows diffusion by 2.837297 kT / (6 pi eta L) (Yeh and Hummer, J. Phys. Chem. B 108, 15873
(2004)) where momentum is conserved, which a friction of 2/ps does not do: so only what was measured
under 0.1/ps is corrected, with the viscosity of TIP4P.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import openmm
import pandas as pd
from openmm import app, unit

from analysis.kernels import block_means, diffusivity, msd, neighbours, t_interval
from analysis.options import SHELLS
from mdtools import seeds
from mdtools.cells.dynamics import advance, atom_names, nanometres, start_from_rest, velocities
from mdtools.cells.solvation import IonsAndWaters
from mdtools.cells.topology import cell_topology
from mdtools.cells.water_tiling import WATER_CONTACT_NM, tile
from mdtools.constants import ANGSTROM_PER_NM, AVOGADRO, FS_PER_PS, G_PER_KG, GAS_CONSTANT, WATER_DA
from mdtools.constants import WATERS_PER_NM3 as DENSITY
from mdtools.options import PRESETS, NonbondedOptions, PlatformOptions, PresetOptions
from mdtools.platform_names import PLATFORMS
from mdtools.polymer import Polymer
from mdtools.systems.heavy_hydrogens import of_preset
from mdtools.systems.platforms import new_context, open_platform
from mdtools.systems.system import create_system, degrees_of_freedom, masses

TEMPERATURE_K = 300.0
FRICTION_PER_PS, SMALL_FRICTION_PER_PS = 2.0, 0.1
FRAME_PS, SETTLED_PS, MIXED_PS, DRIFT_PS = 0.1, 10.0, 1.0, 3.0
FIRST_LAG_PS, LAST_LAG_PS = 1.0, 10.0
LEVEL = 0.95
VISCOSITY_MPA_S = 0.494
"""TIP4P at 298 K and 1 bar: Gonzalez and Abascal, J. Chem. Phys. 132, 096101 (2010)."""
YEH_HUMMER = 2.837297
CM2_S = 0.01
"""1 nm2/ps in cm2/s."""
OXYGEN_SHELL_NM, REACH_NM, BIN_NM, PEAK_NM = 0.335, 0.5, 0.005, 0.015
CHARGES = {"Na+": 1, "Ca2+": 2}
PUBLISHED = {"O": 3.5, "Na+": 1.33, "Cl-": 2.03, "Ca2+": 0.79}
"""1e-5 cm2/s: TIP4P at 298 K, of a periodic box (Vega and Abascal, Phys. Chem. Chem. Phys. 13,
19663 (2011)); ions in real water at infinite dilution, 298 K (CRC Handbook of Chemistry
and Physics)."""


@dataclass(frozen=True)
class Box:
    """A cube of water with ions: its System of true masses, places (N, 3) and length in nm."""

    topology: app.Topology
    system: openmm.System
    positions: np.ndarray
    length_nm: float

    @property
    def elements(self) -> list[str]:
        """Symbols of all particles, empty for virtual sites."""
        return [atom.element.symbol if atom.element else "" for atom in self.topology.atoms()]

    @property
    def species(self) -> dict[str, np.ndarray]:
        """Particles (n,) of water's oxygen, O, and of each ion."""
        first = [(r.name, next(r.atoms()).index) for r in self.topology.residues()]
        names = np.array(["O" if name == "HOH" else name for name, _ in first])
        atoms = np.array([atom for _, atom in first])
        return {name: atoms[names == name] for name in dict.fromkeys(names)}


def box_of(waters: int, molal: float, seed: int, cations: Sequence[str] = ("Na+", "Ca2+")) -> Box:
    """Make a cube of so many molecules and ions at liquid density; molal is of each chloride.

    Ions take the places of waters. The box has to be settled.
    """
    length = (waters / DENSITY) ** (1 / 3)
    water = tile(np.array([length, length]), 0.0, 1.3 * length)
    water = water[np.argsort(water[:, 0, 2], kind="stable")[:waters]]
    z = water[:, 0, 2]
    shift = z * ((length - WATER_CONTACT_NM) / z.max() - 1)
    water[..., 2] += shift[:, None]
    pairs = round(molal * waters * WATER_DA / G_PER_KG)
    charges = sum(CHARGES[name] for name in cations)
    ions = [name for name in cations for _ in range(pairs)] + ["Cl-"] * charges * pairs
    order = seeds.generator(seed, "ions").permutation(waters)
    places, kept = order[: len(ions)], np.sort(order[len(ions) :])
    polymer = Polymer(
        pd.DataFrame(columns=["residue", "name", "element"]),
        pd.DataFrame(columns=["name", "template"]),
        np.empty((0, 2), dtype=int),
        np.empty((0, 3)),
        np.full(2, length),
        pd.DataFrame(columns=["group", "kind", "residue", "atom"]),
    )
    solution = IonsAndWaters(
        pd.DataFrame({"species": ions}), water[places, 0], water[kept], np.full(len(kept), ""), 0.0
    )
    topology, templates = cell_topology(polymer, solution, 0, np.full(3, length))
    system = create_system(topology, templates, NonbondedOptions(), constrain_hydrogens=True)
    positions = np.concatenate([solution.ion_positions, solution.waters.reshape(-1, 3)])
    return Box(topology, system, positions, length)


@dataclass(frozen=True)
class Sampled:
    """Frames of a run: ``paths`` (T, n, 3) in nm of each species, about the centre of mass;
    ``energies`` (T, 2) in kJ/mol, potential and kinetic; the last state."""

    paths: dict[str, np.ndarray]
    energies: np.ndarray
    state: openmm.State


class Bench:
    """Runs of one box under one preset."""

    def __init__(self, box: Box, preset: str, platform: PlatformOptions, seed: int):
        self.box, self.options, self.platform = box, PresetOptions(preset=preset), platform
        self.system = of_preset(box.system, box.elements, self.options.preset)
        self.masses, self.seed = masses(self.system), seed
        self.freedom = degrees_of_freedom(self.system)

    def context(self, friction_per_ps: float, key: str) -> openmm.Context:
        """Make a Context without positions."""
        return new_context(
            self.system,
            self.platform,
            temperature_K=TEMPERATURE_K,
            friction_per_ps=friction_per_ps,
            timestep_fs=self.options.timestep_fs,
            seed=seeds.integer(self.seed, self.options.preset, key),
        )

    def settled(self) -> Box:
        """Minimise the box and run it for a while."""
        context, names = self.context(FRICTION_PER_PS, "settling"), atom_names(self.box.topology)
        context.setPositions(self.box.positions)
        seed = seeds.integer(self.seed, "velocities")
        start_from_rest(
            context, names, minimisation_steps=200, temperature_K=TEMPERATURE_K, seed=seed
        )
        state = advance(context, names, self.steps(SETTLED_PS), "settling")
        return replace(self.box, positions=nanometres(state))

    def start(self) -> openmm.State:
        """Draw velocities for a settled box and let them mix."""
        context = self.context(FRICTION_PER_PS, "start")
        context.setPositions(self.box.positions)
        seed = seeds.integer(self.seed, self.options.preset, "velocities")
        context.setVelocitiesToTemperature(TEMPERATURE_K, seed)
        context.getIntegrator().step(self.steps(MIXED_PS))
        return context.getState(positions=True, velocities=True)

    def langevin(self, state: openmm.State, friction_per_ps: float, duration_ps: float) -> Sampled:
        """Run from the places and velocities of a state."""
        context = self.context(friction_per_ps, f"{friction_per_ps:g}")
        context.setState(state)
        return self.sample(context, duration_ps)

    def isolated(self, state: openmm.State, duration_ps: float) -> Sampled:
        """Run from a state without a thermostat."""
        integrator = openmm.VerletIntegrator(self.options.timestep_fs * unit.femtosecond)
        context = openmm.Context(self.system, integrator, *open_platform(self.platform))
        context.setState(state)
        return self.sample(context, duration_ps)

    def at_energy(self, state: openmm.State, energy: float) -> openmm.State:
        """Return a state with its velocities scaled to a total energy, kJ/mol."""
        context = self.context(SMALL_FRICTION_PER_PS, "scaling")
        context.setState(state)
        now = context.getState(energy=True)
        kinetic = now.getKineticEnergy().value_in_unit(unit.kilojoule_per_mole)
        potential = now.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)
        context.setVelocities(velocities(state) * np.sqrt((energy - potential) / kinetic))
        return context.getState(positions=True, velocities=True)

    def steps(self, duration_ps: float) -> int:
        """Count the steps of a time."""
        return round(duration_ps * FS_PER_PS / self.options.timestep_fs)

    def sample(self, context: openmm.Context, duration_ps: float) -> Sampled:
        """Take a frame every `FRAME_PS`."""
        each, atoms = self.steps(FRAME_PS), self.box.species
        frames, energies = [], []
        for _ in range(round(duration_ps / FRAME_PS)):
            context.getIntegrator().step(each)
            state = context.getState(positions=True, velocities=True, energy=True)
            places = nanometres(state)
            frames.append(places - np.average(places, axis=0, weights=self.masses))
            energies.append([state.getPotentialEnergy()._value, state.getKineticEnergy()._value])
        paths = np.array(frames)
        return Sampled({name: paths[:, a] for name, a in atoms.items()}, np.array(energies), state)

    def kelvin(self, sampled: Sampled, blocks: int) -> np.ndarray:
        """Mean kinetic temperature of each block, K."""
        return block_means(2 * sampled.energies[:, 1] / (self.freedom * GAS_CONSTANT), blocks)

    def drift(self, sampled: Sampled, blocks: int) -> np.ndarray:
        """Slope of the total energy in each block, kT per ns and degree of freedom."""
        total = sampled.energies.sum(axis=1) / (GAS_CONSTANT * TEMPERATURE_K * self.freedom)
        parts = np.array_split(total, blocks)
        return np.array([np.polyfit(FRAME_PS * np.arange(len(p)), p, 1)[0] for p in parts]) * 1000


def diffusivities(path: np.ndarray, blocks: int) -> np.ndarray:
    """Slope of the mean squared displacement over six in each block of time, 1e-5 cm2/s."""
    found = []
    for part in np.array_split(path, blocks):
        curve = msd(part).total
        first, last = (
            round(ps / FRAME_PS)
            for ps in (FIRST_LAG_PS, min(LAST_LAG_PS, len(part) * FRAME_PS / 2))
        )
        rise = curve[last] - curve[first]
        found.append(float(diffusivity(rise, (last - first) * FRAME_PS, 3)) * CM2_S * 1e5)
    return np.array(found)


def finite_size(length_nm: float) -> float:
    """Return what a periodic cube takes off a diffusivity, 1e-5 cm2/s (Yeh and Hummer 2004).

    >>> round(finite_size(2.0), 2)
    0.63
    """
    kt = 1e3 * GAS_CONSTANT * TEMPERATURE_K / AVOGADRO
    m2_s = YEH_HUMMER * kt / (6 * np.pi * 1e-3 * VISCOSITY_MPA_S * 1e-9 * length_nm)
    return float(1e4 * 1e5 * m2_s)


def first_shell(
    sampled: Sampled, name: str, length_nm: float, blocks: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return coordination number by water and place of the first peak (nm) of each block."""
    shell = OXYGEN_SHELL_NM if name == "O" else SHELLS[name] / ANGSTROM_PER_NM
    edges = np.arange(0.2, REACH_NM, BIN_NM)
    counts, curves = [], []
    for ours, oxygens in zip(sampled.paths[name][::5], sampled.paths["O"][::5], strict=True):
        found = neighbours(ours, oxygens, REACH_NM, np.full(3, length_nm))
        distance = found.distance[found.distance > 0]
        counts.append((distance < shell).sum() / len(ours))
        curves.append(np.histogram(distance, edges)[0])
    middles = (edges[1:] + edges[:-1]) / 2
    density = block_means(np.array(curves, dtype=float), blocks) / middles**2
    return block_means(counts, blocks), np.array([_peak(middles, curve) for curve in density])


def _peak(r: np.ndarray, curve: np.ndarray) -> float:
    near = np.abs(r - r[curve.argmax()]) < PEAK_NM + BIN_NM / 10
    centre = r[near].mean()
    bend, slope, _ = np.polyfit(r[near] - centre, curve[near], 2)
    return float(np.clip(centre - slope / (2 * bend), r[near][0], r[near][-1]))


def told(values: np.ndarray, form: str = ".2f") -> str:
    """Return a mean with its interval as text."""
    mean, low, _ = t_interval(values, LEVEL)
    return f"{mean:{form}} +- {mean - low:{form}}"


def main() -> None:
    """Print the table of all presets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--waters", type=int, default=256)
    parser.add_argument("--ps", type=float, default=20.0)
    parser.add_argument("--molal", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--preset", choices=tuple(PRESETS), action="append")
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--cation", choices=tuple(CHARGES), action="append")
    parser.add_argument("--salt-only", action="store_true")
    parser.add_argument("--platform", choices=PLATFORMS, default="CPU")
    chosen = parser.parse_args()
    platform = PlatformOptions(name=chosen.platform)
    cations = chosen.cation or tuple(CHARGES)
    water, salt = (box_of(chosen.waters, m, chosen.seed, cations) for m in (0.0, chosen.molal))
    # Where atoms are does not depend on masses: all presets start from the same settled boxes.
    water = Bench(water, "heavy", platform, chosen.seed).settled()
    contents = "none"
    if chosen.molal:
        contents = ", ".join(f"{len(atoms)} {name}" for name, atoms in salt.species.items())
        salt = Bench(salt, "heavy", platform, chosen.seed).settled()
    correction = finite_size(water.length_nm)
    print(f"{chosen.waters} waters, {water.length_nm:.3f} nm; salt: {contents}; {chosen.ps:g} ps")
    print(f"D in 1e-5 cm2/s; of an infinite box: + {correction:.2f}; published {PUBLISHED}")
    for preset in chosen.preset or PRESETS:
        started = time.perf_counter()
        lines = rows(water, salt, preset, platform, chosen)
        print(f"{preset} ({time.perf_counter() - started:.0f} s)")
        for name, value in lines:
            print(f"  {name:44} {value}", flush=True)


def rows(
    water: Box, salt: Box, preset: str, platform: PlatformOptions, chosen: argparse.Namespace
) -> list[tuple[str, str]]:
    """Return what is measured under one preset, by its name."""
    if chosen.salt_only:
        return salt_rows(salt, preset, platform, chosen)
    bench, blocks = Bench(water, preset, platform, chosen.seed), chosen.blocks
    damped = bench.langevin(bench.start(), FRICTION_PER_PS, chosen.ps)
    # The weak thermostat has no time to find the energy of 300 K, so it begins there.
    begin = bench.at_energy(damped.state, damped.energies.sum(axis=1).mean())
    free = bench.langevin(begin, SMALL_FRICTION_PER_PS, chosen.ps)
    isolated = bench.isolated(begin, DRIFT_PS)
    lines = [("temperature under 2/ps, K", told(bench.kelvin(damped, blocks), ".1f"))]
    lines += [("temperature under 0.1/ps, K", told(bench.kelvin(free, blocks), ".1f"))]
    lines += [("energy drift, kT/ns per degree of freedom", told(bench.drift(isolated, blocks)))]
    slow, fast = (diffusivities(run.paths["O"], blocks) for run in (damped, free))
    lines += [("D of water under 2/ps", told(slow)), ("D of water under 0.1/ps", told(fast))]
    lines += [("  of an infinite box", told(fast + finite_size(water.length_nm)))]
    lines += [("  share that friction leaves", f"{slow.mean() / fast.mean():.2f}")]
    lines += shells(damped, "O", water.length_nm, blocks)
    return lines + salt_rows(salt, preset, platform, chosen) if chosen.molal else lines


def salt_rows(
    salt: Box, preset: str, platform: PlatformOptions, chosen: argparse.Namespace
) -> list[tuple[str, str]]:
    """Return what is measured of ions; of them alone also under the small friction."""
    saline, lines = Bench(salt, preset, platform, chosen.seed), []
    run = saline.langevin(saline.start(), FRICTION_PER_PS, chosen.ps)
    slow = {name: diffusivities(path, chosen.blocks) for name, path in run.paths.items()}
    for name, values in slow.items():
        lines += [(f"D of {name} in salt water, 2/ps", told(values))]
        if name != "O":
            lines += shells(run, name, salt.length_nm, chosen.blocks)
    if chosen.salt_only:
        begin = saline.at_energy(run.state, run.energies.sum(axis=1).mean())
        free = saline.langevin(begin, SMALL_FRICTION_PER_PS, chosen.ps)
        for name, path in free.paths.items():
            fast = diffusivities(path, chosen.blocks)
            lines += [(f"D of {name} in salt water, 0.1/ps", told(fast))]
            lines += [("  share that friction leaves", f"{slow[name].mean() / fast.mean():.2f}")]
    return lines


def shells(sampled: Sampled, name: str, length_nm: float, blocks: int) -> list[tuple[str, str]]:
    """Return the first shell of one species as text."""
    count, peak = first_shell(sampled, name, length_nm, blocks)
    return [
        (f"waters in the first shell of {name}", told(count)),
        (f"first peak of {name}, angstrom", told(ANGSTROM_PER_NM * peak, ".3f")),
    ]


if __name__ == "__main__":
    main()
