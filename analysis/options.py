"""Options of the analysis; every key ends in its unit."""

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from mdtools.roles import charge, is_same_ion

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
SHELL_ANGSTROM = 4.5
"""Neighbours of ions are kept one by one up to here, so that a cutoff of a shell can be changed."""
ShellCutoff = Annotated[float, Field(gt=0, le=SHELL_ANGSTROM)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def ascending(pair: tuple[float, float]) -> tuple[float, float]:
    """Return a window as given, or ValueError if it is empty."""
    if not pair[0] < pair[1]:
        raise ValueError(f"from {pair[0]:g} to {pair[1]:g} is no window, the first must be smaller")
    return pair


Window = Annotated[tuple[Positive, Positive], AfterValidator(ascending)]

Background = Literal["map", "profile", "none"]
"""What of the membrane stands behind the ions of a snapshot."""
COLLECTION_OPTIONS = ("profile_bin_angstrom", "energy_every_ps", "radial_every_ps", "pore_frames")
"""Options that a store depends on; all others can be changed without reading a run again."""


SHELLS = {
    "Li+": 2.7,
    "Na+": 3.0,
    "K+": 3.5,
    "Mg2+": 2.9,
    "Ca2+": 3.0,
    "Cl-": 3.6,
    "NO3-": 4.4,
    "SO4--": 4.5,
}
"""Angstrom, from an ion's central atom to oxygens of water: where the first shell ends."""
OXYANION_BONDS = {"NO3-": 1.26, "SO4--": 1.52}
"""Angstrom, from the central atom of an anion to those oxygens of it that a cation touches."""
PAIRS = {"Li+/Cl-": 3.3, "Na+/Cl-": 3.7, "K+/Cl-": 4.1, "Mg2+/Cl-": 3.4, "Ca2+/Cl-": 3.7} | {
    f"{cation}/{anion}": round(SHELLS[cation] + bond, 1)
    for anion, bond in OXYANION_BONDS.items()
    for cation in ("Li+", "Na+", "K+", "Mg2+", "Ca2+")
}
"""Angstrom, between central atoms. At an oxyanion the farthest that a cation can be from it with
one of its oxygens in the cation's first shell."""


def with_pairs(given: dict[str, float]) -> dict[str, float]:
    """Return the given cutoffs, and the defaults of all other pairs."""
    return PAIRS | given


def with_shells(given: dict[str, float]) -> dict[str, float]:
    """Return the given cutoffs, and the defaults of all other ions."""
    return SHELLS | given


class AnalysisOptions(BaseModel):
    """Definitions and resolutions of the observables."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    permeated_above_angstrom: Positive = 40.0
    snapshots_ns: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1.0, 10.0, 50.0, 100.0)
    snapshot_background: Background = "map"
    mean_z_every_ns: Positive = 1.0
    pdf_bandwidth_factor: dict[str, Positive] = {
        **dict.fromkeys(("Li+", "Na+", "K+", "Mg2+", "Ca2+"), 0.8),
        **dict.fromkeys(("Cl-", "NO3-", "SO4--"), 0.5),
    }
    pdf_clip_permeated: bool = False
    profile_bin_angstrom: Positive = 1.0
    msd_window_ps: Window | None = None
    ion_msd_window_ps: Window | None = None
    pair_cutoff_angstrom: Annotated[dict[str, Positive], AfterValidator(with_pairs)] = PAIRS
    pair_gap_ps: NotNegative = 2.0
    group_cutoff_angstrom: Positive = 5.0
    group_leave_angstrom: Positive = 6.0
    chaperone_advance_angstrom: Positive = 5.0
    crossing_margin_angstrom: NotNegative = 2.0
    hydration_cutoff_angstrom: Annotated[dict[str, ShellCutoff], AfterValidator(with_shells)] = (
        SHELLS
    )
    energy_every_ps: Positive = 10.0
    radial_every_ps: Positive = 20.0
    pore_frames: Annotated[int, Field(ge=0, le=1000)] = 5
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    figure_dpi: Annotated[int, Field(ge=50, le=1200)] = 200

    @model_validator(mode="after")
    def _leaves_farther_than_it_enters(self):
        """Refuse a distance of leaving a group that is below that of entering it."""
        if self.group_leave_angstrom < self.group_cutoff_angstrom:
            raise ValueError(
                f"group_leave_angstrom is {self.group_leave_angstrom:g}, allowed is "
                f"group_cutoff_angstrom, {self.group_cutoff_angstrom:g}, or more"
            )
        return self


def missing_cutoffs(options: AnalysisOptions, species: Iterable[str]) -> list[tuple[str, str]]:
    """Return the option and the key of each cutoff that ions of these species lack.

    Raises ValueError for a name that does not end in a charge.

    >>> missing_cutoffs(AnalysisOptions(), ["Na+", "Br-"])
    [('hydration_cutoff_angstrom', 'Br-'), ('pair_cutoff_angstrom', 'Na+/Br-')]
    """
    names = list(dict.fromkeys(species))
    signs = {name: charge(name) for name in names}
    shells = [n for n in names if n not in options.hydration_cutoff_angstrom]
    pairs = [
        f"{cation}/{anion}"
        for cation in names
        for anion in names
        if signs[cation] > 0 > signs[anion]
        and f"{cation}/{anion}" not in options.pair_cutoff_angstrom
    ]
    keys = [("hydration_cutoff_angstrom", name) for name in shells]
    return keys + [("pair_cutoff_angstrom", name) for name in pairs]


def spelt_as(options: AnalysisOptions, species: Iterable[str]) -> AnalysisOptions:
    """Return options whose cutoffs are also found by other spellings of ions that they know.

    >>> spelt_as(AnalysisOptions(), ["Na+", "SO42-"]).pair_cutoff_angstrom["Na+/SO42-"]
    4.5
    """
    shells, pairs = options.hydration_cutoff_angstrom, options.pair_cutoff_angstrom
    known = {
        name: next((own for own in shells if is_same_ion(own, name)), name) for name in species
    }
    more_shells = {name: shells[own] for name, own in known.items() if own in shells}
    more_pairs = {
        f"{one}/{other}": pairs[f"{known[one]}/{known[other]}"]
        for one in known
        for other in known
        if f"{known[one]}/{known[other]}" in pairs
    }
    return options.model_copy(
        update={
            "hydration_cutoff_angstrom": more_shells | shells,
            "pair_cutoff_angstrom": more_pairs | pairs,
        }
    )


class ComparisonOptions(BaseModel):
    """What continuum theory is asked beside the runs.

    The pore of the steady rejections is by default that of NF270 as DSPM-DE fits it (Labban et al.,
    2018): the radius of a simulated membrane would keep Ca2+ out by its size.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    pore_radius_nm: Positive | None = None
    feed_mol_m3: Positive = 100.0
    pressures_bar: Annotated[tuple[Positive, ...], Field(min_length=1)] = (10.0, 15.0)
    steady_pore_radius_nm: Annotated[float, Field(ge=0.05, le=10)] = 0.49
    steady_thickness_nm: Annotated[float, Field(ge=1, le=1e6)] = 790.0
    steady_permittivity: Annotated[float, Field(ge=1, le=200)] = 44.0
    steady_porosity: Annotated[float, Field(gt=0, le=1)] = 0.5
    tolerance: Annotated[float, Field(gt=0, lt=0.1)] = 1e-4
