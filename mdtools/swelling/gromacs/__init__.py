"""A slab in water that GROMACS swells: its files, its runs, its frames."""
