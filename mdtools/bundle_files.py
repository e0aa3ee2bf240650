"""Names of the files of a bundle."""

MANIFEST = "bundle.json"
TOPOLOGY, COORDINATES, SYSTEM = "topology.psf", "coordinates.pdb", "system.xml"
STATE, ROLE_TABLE, PROVENANCE = "state.xml", "roles.csv", "provenance.json"
FILES = (TOPOLOGY, COORDINATES, SYSTEM, STATE, ROLE_TABLE, PROVENANCE)
