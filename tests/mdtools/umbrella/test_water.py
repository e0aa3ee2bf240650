"""In water alone the free energy of an ion along z is flat."""

import numpy as np
import pytest

from analysis.kernels.umbrella import free_energy
from mdtools import Run
from mdtools.constants import GAS_CONSTANT
from mdtools.options import CellOptions, PlatformOptions, TransportOptions, UmbrellaOptions
from mdtools.systems.waterbox import salt_water
from mdtools.umbrella.centres import centres_nm
from mdtools.umbrella.path import Path
from mdtools.umbrella.starts import Starts
from mdtools.umbrella.window import Samples, start_window

CPU = PlatformOptions(name="CPU", cpu_threads=1)
WATER = Path(centre=0.0, faces=(-0.1, 0.1), sheets=(-0.8, 0.8))
"""Of a box of water, which is the same everywhere."""
DYNAMICS = CellOptions(
    waters_per_reservoir=10, equilibration_ps=1, preset="heavy", minimisation_steps=50
)
RUNS = TransportOptions(duration_ns=1, segment_ps=100, preset="heavy")


@pytest.mark.slow
def test_free_energy_in_water_is_flat_within_its_interval(tmp_path):
    options = UmbrellaOptions(
        ions=("Na+",),
        pull_ps=2,
        equilibration_ps=5,
        duration_ns=0.1,
        sample_ps=0.2,
        segment_ps=50,
    )
    cell = salt_water(CPU).save(tmp_path / "cell")
    centres = centres_nm((-2, 2), options)
    starts = Starts(
        cell, "Na+", WATER, centres, options, DYNAMICS, CPU, seed=5, directory=tmp_path / "starts"
    )
    starts.make([])
    samples = []
    for window, z in enumerate(centres):
        start = starts.read(window)
        bundle = start_window(cell, WATER, start, z, options, DYNAMICS, CPU, seed=window)
        bundle = bundle.save(tmp_path / f"start{window}")
        run = Run(
            tmp_path / f"window{window}",
            bundle,
            options.run_options(RUNS),
            key=("umbrella", window),
            platform=CPU,
        )
        run.advance(1000 * options.duration_ns)
        samples.append(Samples.read(tmp_path / f"window{window}").z_nm)
    edges = np.linspace(-0.2, 0.2, 9)
    stiffness = options.stiffness_kJ_mol_nm2 / (GAS_CONSTANT * 300)
    found = free_energy(samples, centres, stiffness, edges, np.ones(8, bool))
    print(found.value, found.low, found.high, found.neighbours, found.correlation)
    # Each window knows its mean force to k sd / sqrt(independent samples); four steps add up.
    independent = len(samples[0]) / (2 * found.correlation.mean())
    step = np.diff(centres).mean() * np.sqrt(stiffness / independent)
    assert np.abs(found.value).max() < 2 * step * np.sqrt(len(centres) - 1)
    assert ((found.low < 0) & (found.high > 0)).mean() > 0.7
    # Spread of the ion in a window is that of its spring alone.
    assert np.mean([z.std() for z in samples]) == pytest.approx(stiffness**-0.5, rel=0.1)
