"""Runs that blow up, and runs whose drive rises."""

from dataclasses import replace

import openmm
import pytest

from mdtools.options import DriveOptions

WALL = "bad wall"


def wall(atom: int) -> openmm.CustomExternalForce:
    """A force that throws one atom out of the world."""
    force = openmm.CustomExternalForce("-1e9*x^2")
    force.addParticle(int(atom))
    force.setName(WALL)
    return force


@pytest.fixture
def walled(bundle, tmp_path):
    """The small box with a bad wall for its first ion; the bundle and the atom."""
    system = openmm.XmlSerializer.clone(bundle.system)
    atom = int(bundle.atoms("feed ion")[0])
    system.addForce(wall(atom))
    return replace(bundle, system=system).save(tmp_path / "walled"), atom


@pytest.fixture
def rising(options):
    """Options of runs whose drive rises over a segment and a half, 30 steps."""
    drive = DriveOptions(
        kind=["body force", "field"], field_V_nm=1, force_kcal_mol_angstrom=10, ramp_ps=0.06
    )
    return options.model_copy(update={"drive": drive})
