"""From monomers to a network: packing, reaction, relaxation."""
