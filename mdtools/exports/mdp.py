"""Parameters of GROMACS runs that all files for it have in common."""

from collections.abc import Iterator, Mapping

LARGEST_SEED = 2**31 - 1
"""Seeds are 32-bit integers with a sign; a negative one would be drawn at random."""


def seed_of(seed: int) -> int:
    """Return a seed that GROMACS takes."""
    return seed % LARGEST_SEED + 1


def interactions(cutoff_nm: float, switch_nm: float | None = None) -> dict[str, object]:
    """Return the forces of the package: plain cut-off or its switch, lattice sum, no tail.

    The lattice sum has the accuracy of GROMACS' defaults, named so that it stays.
    """
    cutoff = f"{cutoff_nm:.10g}"
    switch = {} if switch_nm is None else {"rvdw-switch": f"{switch_nm:.10g}"}
    return {
        "pbc": "xyz",
        "periodic-molecules": "yes",
        "cutoff-scheme": "verlet",
        "coulombtype": "PME",
        "coulomb-modifier": "none",
        "rcoulomb": cutoff,
        "ewald-rtol": "1e-5",
        "fourierspacing": 0.12,
        "pme-order": 4,
        "vdwtype": "cut-off",
        "vdw-modifier": "potential-switch" if switch else "none",
        **switch,
        "rvdw": cutoff,
        "DispCorr": "no",
    }


def lines(options: Mapping[str, object]) -> Iterator[str]:
    """Give the lines of an .mdp file."""
    for key, value in options.items():
        yield f"{key:<23s}= {value}"
