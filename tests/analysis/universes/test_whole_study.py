"""A polyamide with 26 Na+ and water on both sides, as another group has it in LAMMPS, end to end.

The box is periodic along z and centred on the origin, the membrane drifts, and everything that the
command says of it is counted here from what was planted.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from analysis import load
from mdtools.exports import parameters
from membranes.networks import compressed
from membranes.networks.labels import residue_labels
from workflow.cli.main import app

NETWORK = Path(__file__).parents[2] / "data" / "networks" / "charged.npz"
LENGTH_NM, FRAMES, EVERY_PS = 9.0, 10, 20.0
LAST_NS = EVERY_PS * (FRAMES - 1) / 1000
WATERS, SODIUM, BESIDE = 300, 26, 5
UP, DOWN, ROUND, HELD = slice(0, 3), slice(3, 5), slice(5, 9), slice(9, 11)
"""Of the Na+: through the membrane upwards, downwards, round the end of the box, at an acid."""
BULK = slice(11, SODIUM)
GRID = np.array([6, 5])
SHELL_NM, CONTACT_NM = 0.24, 0.22
MEMBRANE, WATER, ION = 1, 2, 3
G_CM3, WATER_DA = 1.66053907e-3, 18.015
"""Of a dalton per nm3; of a molecule of water."""


def planted(made, acids) -> np.ndarray:
    """Paths (T, N, 3) in nm about the membrane's middle: its atoms, water, Na+; all continuous."""
    rng = np.random.default_rng(3)
    box = np.array([*made.box_nm[:2], LENGTH_NM])
    polymer = made.positions - [0, 0, made.masses @ made.positions[:, 2] / made.masses.sum()]
    reach = np.abs(polymer[:, 2]).max() + 0.5
    water = rng.uniform(0, 1, (WATERS, 3)) * box
    water[:, 2] = reach + water[:, 2] * (1 - 2 * reach / LENGTH_NM)
    ions = np.zeros((SODIUM, 3))
    grid = np.stack(np.meshgrid(*map(np.arange, GRID)), axis=-1).reshape(-1, 2)[:SODIUM]
    ions[:, :2] = (grid + 0.5) / GRID * box[:2]
    ions[:, 2] = np.where(np.arange(SODIUM) % 2, reach + 0.5, -reach - 0.5)
    goal = ions[:, 2].copy()
    ions[UP, 2], goal[UP] = -reach - 0.4, reach + 0.4
    ions[DOWN, 2], goal[DOWN] = reach + 0.4, -reach - 0.4
    ions[ROUND, 2], goal[ROUND] = reach + 0.4, LENGTH_NM - reach - 0.4
    ions[HELD] = polymer[acids[0]] + [[0, 0, CONTACT_NM], [0, CONTACT_NM, 0]]
    goal[HELD] = ions[HELD, 2]
    share = np.linspace(0, 1, FRAMES)[:, None, None]
    paths = np.tile(np.concatenate([polymer, water, ions]), (FRAMES, 1, 1))
    sodium = paths[:, len(polymer) + WATERS :]
    sodium[..., 2:] += share * (goal - ions[:, 2])[:, None]
    # Five waters around each Na+ in the bulk, all others farther away from them.
    near = paths[:, len(polymer) :][:, :WATERS]
    for n, ion in enumerate(range(*BULK.indices(SODIUM))):
        angles = 2 * np.pi * np.arange(BESIDE) / BESIDE
        ring = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
        near[:, BESIDE * n : BESIDE * (n + 1)] = sodium[:, ion, None] + SHELL_NM * ring
    held = BESIDE * (SODIUM - BULK.start)
    apart = near[:, held:, None] - sodium[:, None]
    apart -= box * np.rint(apart / box)
    close = (np.linalg.norm(apart, axis=-1) < 0.5).any(axis=(0, 2))
    near[:, held:][:, close] = [0, 0, reach + 0.1]
    return paths


def wrapped(paths, box) -> np.ndarray:
    """What the file has: a membrane that drifts through the end, a box about the origin."""
    drift = np.linspace(0.3, 0.8, FRAMES)[:, None, None] * [0, 0, LENGTH_NM]
    moved = paths + drift
    return moved - box * np.rint(moved / box)


def write_lammps(folder: Path, made, points, box) -> None:
    """A data file without a style, with bonds, and a dump of wrapped places in angstrom."""
    types = [MEMBRANE] * len(made.masses) + [WATER] * WATERS + [ION] * SODIUM
    charges = np.concatenate([made.charges, np.full(WATERS, 0.0), np.ones(SODIUM)])
    kinds, own = np.unique(made.elements, return_inverse=True)
    masses = dict(zip(made.elements, made.masses, strict=True))
    numbers = np.concatenate(
        [own + 1, np.full(WATERS, len(kinds) + 1), np.full(SODIUM, len(kinds) + 2)]
    )
    lines = ["a polyamide", "", f"{len(types)} atoms", f"{len(kinds) + 2} atom types"]
    lines += [f"{len(made.bonds.atoms)} bonds", "1 bond types", ""]
    lines += [
        f"{-5 * length:.6f} {5 * length:.6f} {axis}lo {axis}hi"
        for axis, length in zip("xyz", box, strict=True)
    ]
    lines += ["", "Masses", ""]
    lines += [f"{n} {masses[kind]:.4f}" for n, kind in enumerate(kinds, 1)]
    lines += [f"{len(kinds) + 1} 15.9994", f"{len(kinds) + 2} 22.9898", "", "Atoms", ""]
    for n, (number, charge, (x, y, z)) in enumerate(
        zip(numbers, charges, 10 * points[0], strict=True), 1
    ):
        lines.append(f"{n} 1 {number} {charge:.6f} {x:.4f} {y:.4f} {z:.4f}")
    lines += ["", "Bonds", ""]
    lines += [f"{n} 1 {a + 1} {b + 1}" for n, (a, b) in enumerate(made.bonds.atoms, 1)]
    (folder / "system.data").write_text("\n".join(lines) + "\n")
    with open(folder / "run.lammpstrj", "w") as file:
        for frame, places in enumerate(10 * points):
            file.write(f"ITEM: TIMESTEP\n{10000 * frame}\nITEM: NUMBER OF ATOMS\n{len(places)}\n")
            file.write("ITEM: BOX BOUNDS pp pp pp\n")
            file.writelines(f"{-5 * length:.6f} {5 * length:.6f}\n" for length in box)
            file.write("ITEM: ATOMS id type x y z\n")
            table = pd.DataFrame(places).round(4)
            table.insert(0, "type", numbers)
            table.index += 1
            table.to_csv(file, sep=" ", header=False)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """The tables, and what was planted: paths, masses, box."""
    network = compressed.read(NETWORK).network
    made = parameters(network.polymer(), residue_labels(network), "a network")
    groups = network.polymer().groups
    acids = groups.atom[groups.kind == "COO-"].to_numpy(dtype=int)
    folder = tmp_path_factory.mktemp("lammps")
    box = np.array([*made.box_nm[:2], LENGTH_NM])
    paths = planted(made, acids)
    write_lammps(folder, made, wrapped(paths, box), box)
    first = len(made.masses)
    study = {
        "topology": "system.data",
        "trials": {1: "run.lammpstrj"},
        "interval_ps": EVERY_PS,
        "periodic_z": True,
        "waters_per_nm3": None,
        "selections": {
            "membrane": f"index 0:{first - 1}",
            "water_oxygen": f"index {first}:{first + WATERS - 1}",
            "feed_ions": {"Na+": f"index {first + WATERS}:{first + WATERS + SODIUM - 1}"},
            "charged_groups": {"COO-": "index " + " ".join(map(str, acids))},
        },
        "analysis": {"pore_frames": 0, "snapshots_ns": [LAST_NS], "permeated_above_angstrom": 40},
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    words = ["analyse", str(folder / "study.yaml"), "--out", str(folder / "out"), "--no-figures"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert done.stderr == "analyse: 1 of 1 trials read\n"
    return load(folder / "out"), paths, made.masses, box


def test_densities_hold_all_of_the_polymer_and_the_water(case):
    results, paths, masses, box = case
    table = results["density"][results["density"].trial == "1"]
    volume = box[0] * box[1] * 0.1
    for name, mass in (("membrane", masses.sum()), ("water", WATERS * WATER_DA)):
        own = table[table.of == name]
        assert (own.density_g_cm3 * volume).sum() == pytest.approx(mass * G_CM3, rel=2e-4)
        inside = own[own.z_angstrom.abs() < 5].density_g_cm3
        assert (inside > 0).all() if name == "membrane" else (inside == 0).all()
    polymer = table[table.of == "membrane"]
    expected, edges = np.histogram(
        10 * paths[0, : len(masses), 2],
        polymer.z_angstrom.iloc[0] - 0.5 + np.arange(91),
        weights=masses,
    )
    assert polymer.density_g_cm3.to_numpy() == pytest.approx(expected * G_CM3 / volume, abs=0.03)


def test_ions_permeate_that_go_through_upwards_and_no_others(case):
    results, paths, masses, _ = case
    table = results["permeation"]
    end = table[(table.trial == "1") & (table.time_ns == LAST_NS) & (table.definition == "at time")]
    count = end.set_index("line")["count"].to_dict()
    held = paths[0, len(masses) + WATERS :][HELD, 2]
    assert count == {
        "feed face": 3 + len(held),
        "center": 3 + int((held > 0).sum()),
        "permeate face": 3,
        "permeated": 0,
    }
    events = results["crossings"]
    events = events[events.trial == "1"].set_index("event")["count"]
    seen = {"entry from feed": 3, "crossing": 3, "entry from permeate": 2, "reverse crossing": 2}
    assert events[events > 0].to_dict() == seen


def test_coordination_is_that_of_the_nearest_images(case):
    results, paths, masses, box = case
    table = results["coordination"]
    table = table[(table.trial == "1") & (table.partner == "water O")].dropna(subset="coordination")
    water, sodium = np.split(paths[:, len(masses) :], [WATERS], axis=1)
    apart = sodium[:, :, None] - water[:, None]
    apart -= box * np.rint(apart / box)
    reach = table.cutoff_angstrom.iloc[0] / 10
    counts = (np.linalg.norm(apart, axis=-1) < reach).sum(axis=-1)
    z = 10 * sodium[..., 2]
    z -= 10 * LENGTH_NM * np.rint(z / (10 * LENGTH_NM))
    for row in table.itertuples():
        here = np.abs(z - row.z_angstrom) < 1
        assert row.samples == here.sum()
        assert row.coordination == pytest.approx(counts[here].mean())
    assert table.coordination.max() == BESIDE
