"""A box of TIP4P water for checks of a machine."""

import openmm
from openmm import app, unit

from mdtools import forcefield
from mdtools.options import NonbondedOptions
from mdtools.systems.system import create_system

BOX_NM = 2.5
TEMPLATE = "HOH"


def water_box(
    nonbonded: NonbondedOptions, length_nm: float = BOX_NM
) -> tuple[openmm.System, openmm.State]:
    """Create System and state of a cube of TIP4P water at liquid density, always the same.

    About 500 waters by default.
    """
    modeller = app.Modeller(app.Topology(), [] * unit.nanometer)
    field = forcefield.load(nonbonded.ion_set)
    size = openmm.Vec3(length_nm, length_nm, length_nm) * unit.nanometer
    modeller.addSolvent(field, model="tip4pew", boxSize=size, neutralize=False)
    templates = dict.fromkeys(modeller.topology.residues(), TEMPLATE)
    system = create_system(modeller.topology, templates, nonbonded, constrain_hydrogens=True)
    context = openmm.Context(
        system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("Reference")
    )
    context.setPositions(modeller.positions)
    context.computeVirtualSites()
    return system, context.getState(positions=True)
