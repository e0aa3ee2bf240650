"""Windows recover a planted potential: one ion in an external field of known energy."""

import numpy as np
import openmm
import pandas as pd
import pytest
from openmm import app, unit

from analysis.kernels.umbrella import free_energy
from mdtools import Bundle, Run
from mdtools.constants import GAS_CONSTANT
from mdtools.options import CellOptions, PlatformOptions, TransportOptions, UmbrellaOptions
from mdtools.umbrella.centres import centres_nm
from mdtools.umbrella.path import Path
from mdtools.umbrella.starts import Start
from mdtools.umbrella.window import Samples, start_window

KT = GAS_CONSTANT * 300.0
REFERENCE = PlatformOptions(name="Reference")
HEIGHT_NM = 8.0
NOWHERE = Path(centre=0.0, faces=(-1.0, 1.0), sheets=(-4.0, 4.0))
DYNAMICS = CellOptions(
    waters_per_reservoir=10, equilibration_ps=1, timestep_fs=4, preset="heavy", friction_per_ps=10
)
BIN_NM = 0.05
FREE = 10
"""Ions beside the one in a window, without which the temperature is not one."""


def lonely_ion(energy: str, directory) -> Bundle:
    """A bundle of ions that see no one, the first an external potential in kT of its z in nm."""
    topology = app.Topology()
    topology.setPeriodicBoxVectors(np.diag([3.0, 3.0, HEIGHT_NM]) * unit.nanometer)
    chain, system, nonbonded = topology.addChain("ION"), openmm.System(), openmm.NonbondedForce()
    system.setDefaultPeriodicBoxVectors(*np.diag([3.0, 3.0, HEIGHT_NM]))
    for _ in range(1 + FREE):
        topology.addAtom("NA", app.element.sodium, topology.addResidue("Na+", chain))
        system.addParticle(22.99)
        nonbonded.addParticle(0.0, 0.25, 0.0)
    system.addForce(nonbonded)
    planted = openmm.CustomExternalForce(f"{KT}*({energy})")
    planted.addParticle(0, [])
    system.addForce(planted)
    context = openmm.Context(system, openmm.VerletIntegrator(0.001))
    context.setPositions(places(0.0))
    state = context.getState(positions=True, velocities=True)
    roles = pd.DataFrame([(k, "feed ion", "Na+", k, "feed") for k in range(1 + FREE)])
    roles.columns = ["atom", "role", "species", "group", "side"]
    return Bundle.from_parts(topology, system, state, roles, {"made_by": "test"}).save(directory)


def places(z_nm: float) -> np.ndarray:
    """Positions: the first ion at a z, no two at the same place."""
    positions = np.zeros((1 + FREE, 3))
    positions[:, 0] = 0.1 * np.arange(1 + FREE)
    positions[0, 2] = z_nm
    return positions


def sampled(cell: Bundle, z_angstrom, options: UmbrellaOptions, directory):
    """Samples of all windows, each from a start on its centre."""
    centres = centres_nm(z_angstrom, options)
    run = options.run_options(
        TransportOptions(
            duration_ns=1, segment_ps=100, timestep_fs=4, preset="heavy", friction_per_ps=10
        )
    )
    found = []
    for window, z in enumerate(centres):
        start = Start(places(z), 0, "the test")
        bundle = start_window(
            cell, NOWHERE, start, z, options, DYNAMICS, REFERENCE, seed=window
        ).save(directory / f"start{window}")
        key = ("umbrella", window)
        one = Run(directory / f"window{window}", bundle, run, key=key, platform=REFERENCE)
        one.advance(1000 * run.duration_ns)
        found.append(Samples.read(directory / f"window{window}"))
    return centres, found


def profile(cell, energy, z_angstrom, options, directory, zero):
    """Free energy in kT beside the planted one, both 0 in the mean density of the bins ``zero``."""
    centres, samples = sampled(cell, z_angstrom, options, directory)
    edges = np.arange(centres[0], centres[-1] + 1e-9, BIN_NM)
    middle = (edges[1:] + edges[:-1]) / 2
    chosen = (middle > zero[0]) & (middle < zero[1])
    found = free_energy(
        [one.z_nm for one in samples],
        centres,
        options.stiffness_kJ_mol_nm2 / KT,
        edges,
        chosen,
        blocks=options.blocks,
    )
    fine = edges[:-1, None] + BIN_NM * (np.arange(50) + 0.5) / 50
    density = np.exp(-energy(fine)).mean(axis=1)
    return found, -np.log(density / density[chosen].mean())


def test_windows_recover_a_harmonic_well_within_a_fifth_of_kT(tmp_path):
    options = UmbrellaOptions(
        ions=("Na+",),
        stiffness_kcal_mol_angstrom2=2,
        equilibration_ps=2,
        duration_ns=0.05,
        sample_ps=0.1,
        segment_ps=50,
    )
    cell = lonely_ion("300*z^2", tmp_path / "cell")
    found, planted = profile(
        cell, lambda z: 300 * z**2, (-1, 1), options, tmp_path, zero=(-0.05, 0.05)
    )
    assert found.value == pytest.approx(planted, abs=0.2)
    assert np.ptp(planted) > 1.2
    assert found.neighbours.min() > 0.1


@pytest.mark.slow
def test_windows_recover_a_double_well_within_a_fifth_of_kT(tmp_path):
    options = UmbrellaOptions(
        ions=("Na+",),
        equilibration_ps=5,
        duration_ns=2,
        sample_ps=0.2,
        segment_ps=500,
    )
    cell = lonely_ion("6*((z/0.3)^2 - 1)^2", tmp_path / "cell")
    found, planted = profile(
        cell,
        lambda z: 6 * ((z / 0.3) ** 2 - 1) ** 2,
        (-4.5, 4.5),
        options,
        tmp_path,
        zero=(-0.35, -0.25),
    )
    inside = (found.low < planted) & (planted < found.high)
    assert found.value == pytest.approx(planted, abs=0.2)
    assert inside.mean() > 0.8
    assert np.ptp(planted) > 5
