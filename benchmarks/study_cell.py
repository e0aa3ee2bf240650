"""A cell of the study's size, put together and run for some ps: is it sound, and how fast?

python benchmarks/study_cell.py --out DIR [--preset heavy|rigid|study] [--ps 5] [--threads 1]
                                [--platform CPU|CUDA|...] [--membrane pip-tmc-2020]
                                [--equilibration-ps 2] [--minimisation-steps 100]

A ready membrane with the groups of pH 7 between reservoirs with NaCl, by the options of the paper
campaign: 3918 waters on each side, what the dry membrane's voids hold, pistons at 0.1 MPa. It is
minimised, settled, run for a while under the preset, anchored, and then advanced under the drive
as a run of a campaign is. What is left out of a campaign is time: it swells the membrane and
equilibrates for ns, and gives each trial its own places of the feed ions, while here they are where
the cell was filled with them.

Exit code 1 if the mean temperature is off by more than 5 K, if a sheet of graphene has moved by
more than 0.3 nm, or if an anchored atom has moved at all: by more than a float32 of its coordinate
tells. The cell stays in DIR/cell and runs in DIR/run-PRESET: a second call uses the cell, and goes
on with what was stopped. For another equilibration take another DIR.
"""

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import openmm
import pandas as pd

from analysis.kernels import block_means
from mdtools import Bundle, Run, seeds
from mdtools.bundle_files import MANIFEST
from mdtools.cells.assemble import assemble
from mdtools.cells.dynamics import nanometres
from mdtools.cells.equilibrate import equilibrate
from mdtools.options import PRESETS, PlatformOptions, TransportOptions
from mdtools.platform_names import PLATFORMS
from mdtools.roles import ANCHOR, MEMBRANE, PISTON, WATER_OXYGEN
from mdtools.runs.segments import DIRECTORY, STATE, THERMO, published
from mdtools.slab import between, faces_of_atoms
from membranes import library
from membranes.layouts.place import lay_out
from workflow.campaign.model import Campaign

CAMPAIGN = Path(__file__).parents[1] / "config" / "paper.yaml"
LAYOUT, SALT = "pH7", "NaCl"
FRAME_PS, SEGMENT_PS = 0.1, 1.0
BLOCKS = 5
ALLOWED_K, ALLOWED_NM = 5.0, 0.3
SIDES = ("feed", "permeate")


@dataclass(frozen=True)
class Figures:
    """What a run has come to: means over its frames, and moves from its start to its end.

    ``sheets_nm`` of the feed's and the permeate's sheet along z; ``anchor_nm`` is the largest move
    of an anchored atom along an axis at the end of any segment, ``float32_nm`` the spacing of
    float32 at the largest coordinate of one.
    """

    temperature_K: float
    error_K: float
    sheets_nm: tuple[float, float]
    anchor_nm: float
    float32_nm: float
    waters_inside: tuple[int, int]

    def problems(self, target_K: float) -> list[str]:
        """List what is outside of its limits, one phrase each."""
        found = []
        if not abs(self.temperature_K - target_K) <= ALLOWED_K:
            found.append(f"the temperature is {self.temperature_K:.1f} K, not {target_K:g} K")
        for side, moved in zip(SIDES, self.sheets_nm, strict=True):
            if not abs(moved) <= ALLOWED_NM:
                found.append(f"the {side} sheet has moved by {moved:.2f} nm")
        if not self.anchor_nm <= self.float32_nm:
            found.append(f"an anchored atom has moved by {self.anchor_nm:.2g} nm")
        return found


def figures(bundle: Bundle, ends: list[np.ndarray], temperatures: np.ndarray) -> Figures:
    """Compare the places (N, 3) at the ends of segments, nm, with those of the start."""
    start, anchors, oxygens = bundle.positions, bundle.atoms(ANCHOR), bundle.atoms(WATER_OXYGEN)
    membrane = bundle.atoms(MEMBRANE)
    mass = bundle.topology["mass"].to_numpy()[membrane]
    pistons = bundle.roles[bundle.roles["role"] == PISTON]
    sheets = [pistons["atom"][pistons["side"] == side].to_numpy() for side in SIDES]
    moved = [float((ends[-1] - start)[sheet, 2].mean()) for sheet in sheets]
    inside = [
        int(between(z[oxygens], faces_of_atoms(z[membrane], mass)).sum())
        for z in (start[:, 2], ends[-1][:, 2])
    ]
    blocks = block_means(temperatures, min(BLOCKS, len(temperatures)))
    return Figures(
        float(np.mean(temperatures)),
        float(np.std(blocks, ddof=1) / np.sqrt(len(blocks))) if len(blocks) > 1 else float("nan"),
        (moved[0], moved[1]),
        max(float(np.abs(end - start)[anchors].max(initial=0.0)) for end in ends),
        float(np.spacing(np.abs(start[anchors]).max(initial=0.0).astype(np.float32))),
        (inside[0], inside[1]),
    )


def of_run(run: Run) -> Figures:
    """Read the states and thermodynamics of all segments of a run."""
    segments = published(run.directory / DIRECTORY)
    read = openmm.XmlSerializer.deserialize
    ends = [nanometres(read(segment.read(STATE).decode())) for segment in segments]
    thermo = pd.concat([pd.read_csv(segment.path / THERMO) for segment in segments])
    return figures(run.plan.bundle, ends, thermo["temperature_K"].to_numpy())


def study_cell(
    directory: Path,
    membrane: str,
    preset: str,
    minimisation_steps: int,
    equilibration_ps: float,
    platform: PlatformOptions,
) -> Bundle:
    """Make the cell, or load it if it is there."""
    if (directory / "cell" / MANIFEST).is_file():
        print(f"cell: {directory / 'cell'}, made before", flush=True)
        return Bundle.load(directory / "cell")
    campaign = Campaign.read(CAMPAIGN)
    seed = seeds.integer(campaign.seed, "cell", LAYOUT, SALT)
    network = lay_out(
        library.load(membrane), LAYOUT, seed=seed, options=campaign.layout_options_of(LAYOUT)
    )
    options = type(campaign.cell)(
        **campaign.cell.model_dump(exclude={"preset", "timestep_fs"})
        | {
            "preset": preset,
            "equilibration_ps": equilibration_ps,
            "segment_ps": min(SEGMENT_PS, equilibration_ps),
            "minimisation_steps": minimisation_steps,
            "feed_ions": "shared",
        }
    )
    cell = assemble(network.polymer(), campaign.salts[SALT], options, campaign.nonbonded, seed=seed)
    print(f"{cell.report['particles']} particles, waters {cell.report['waters']}", flush=True)
    state = directory / "equilibration.npz"
    log = partial(print, flush=True)
    bundle = equilibrate(cell, options, platform, seed, state=state, log=log)
    return bundle.save(directory / "cell")


def main() -> None:
    """Print what the run has come to beside its limits."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--preset", choices=tuple(PRESETS), default="heavy")
    parser.add_argument("--ps", type=float, default=5.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--platform", choices=PLATFORMS, default="CPU")
    parser.add_argument("--membrane", choices=library.names(), default="pip-tmc-2020")
    parser.add_argument("--equilibration-ps", type=float, default=2.0)
    parser.add_argument("--minimisation-steps", type=int, default=100)
    chosen = parser.parse_args()
    platform = PlatformOptions(name=chosen.platform, cpu_threads=chosen.threads)
    bundle = study_cell(
        chosen.out,
        chosen.membrane,
        chosen.preset,
        chosen.minimisation_steps,
        chosen.equilibration_ps,
        platform,
    )
    options = TransportOptions(
        preset=chosen.preset,
        duration_ns=SEGMENT_PS / 1000,
        segment_ps=SEGMENT_PS,
        fast_every_ps=FRAME_PS,
        full_every_ps=FRAME_PS,
    )
    key = ("transport", LAYOUT, SALT, 1)
    run = Run(chosen.out / f"run-{chosen.preset}", bundle, options, key=key, platform=platform)
    progress = run.advance(chosen.ps)
    found, target = of_run(run), options.temperature_K
    before, after = found.waters_inside
    print(
        f"{bundle.system.getNumParticles()} particles, preset {chosen.preset}, "
        f"{options.timestep_fs:g} fs, {1000 * progress['ns_done']:g} ps, "
        f"{chosen.platform}, {chosen.threads} threads\n"
        f"temperature   {found.temperature_K:.2f} +- {found.error_K:.2f} K (standard error over "
        f"{BLOCKS} blocks), target {target:g} K, allowed {ALLOWED_K:g} K off\n"
        f"sheets moved  feed {found.sheets_nm[0]:+.4f} nm, permeate {found.sheets_nm[1]:+.4f} nm, "
        f"allowed {ALLOWED_NM:g} nm\n"
        f"anchors moved {found.anchor_nm:.1e} nm at most, {len(bundle.atoms(ANCHOR))} atoms; a "
        f"float32 tells {found.float32_nm:.1e} nm\n"
        f"waters inside {before} at the start, {after} at the end\n"
        f"speed         {progress['ns_per_day']:.3f} ns/day with all frames"
    )
    if problems := found.problems(target):
        sys.exit("not sound: " + "; ".join(problems))
    print("sound")


if __name__ == "__main__":
    main()
