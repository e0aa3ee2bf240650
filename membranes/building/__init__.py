"""Building networks from monomers: packing, reaction, relaxation."""
