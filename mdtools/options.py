"""Options of systems, cells and runs; keys end in their unit."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal, Protocol, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_serializer,
    model_validator,
)

from mdtools.constants import (
    ANGSTROM_PER_NM,
    FS_PER_PS,
    HEAVY_HYDROGEN_DA,
    KJ_NM_PER_KCAL_ANGSTROM,
    PS_PER_NS,
)
from mdtools.errors import MisplacedError
from mdtools.ions import prevailing
from mdtools.platform_names import PlatformName, Precision
from mdtools.roles import charge

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]

Cation = Literal["Li+", "Na+", "K+", "Mg2+", "Ca2+"]
Anion = Literal["Cl-", "NO3-", "SO4--"]
Species = Literal[Cation, Anion]
CATIONS: tuple[Cation, ...] = get_args(Cation)
ANIONS: tuple[Anion, ...] = get_args(Anion)
LONGEST_TIMESTEP_FS = {"flexible": 1.0, "rigid": 2.0, "heavy": 4.0}
"""Longest timestep for each treatment of hydrogens: with flexible X-H bonds a tenth of their period
(10 fs) is the usual limit, with rigid ones the fastest angle sets 2 fs; rigid ones of three times
the mass, taken from the heavy atom they sit on, allow 4 fs (Hopkins et al., J. Chem. Theory
Comput. 11, 1864 (2015))."""
Preset = Literal["study", "rigid", "heavy"]
PRESETS: dict[Preset, Literal["flexible", "rigid", "heavy"]] = {
    "study": "flexible",
    "rigid": "rigid",
    "heavy": "heavy",
}
"""Which longest timestep each preset of cells and runs has. Their bonds to hydrogen are rigid in
all three; the study's 1 fs is what flexible ones would need."""


ROUNDING = 1e-6
"""Of a time over an interval, both written in decimals."""
LONGEST_SETTLING_PS = 200.0
"""Of feed ions behind their wall where a campaign does not say; or a tenth of the equilibration."""


class Options(BaseModel):
    """Base of every block of a campaign file: no unknown key, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _number_or_auto(value: object, check: ValidatorFunctionWrapHandler) -> int | str:
    """Say in one sentence what is wrong, not once for a number and once for a word."""
    try:
        found: int | str = check(value)
    except ValidationError:
        raise ValueError("allowed is a whole number, at least 1, or auto") from None
    return found


class PlatformOptions(Options):
    """Where OpenMM runs."""

    name: PlatformName = "auto"
    precision: Precision = "mixed"
    cpu_threads: Annotated[int, Field(ge=1)] = 1
    deterministic: bool = True
    replicas_per_gpu: Annotated[
        Annotated[int, Field(ge=1)] | Literal["auto"], WrapValidator(_number_or_auto)
    ] = 1


class NonbondedOptions(Options):
    """Cut-offs and lattice sums."""

    cutoff_nm: Positive = 0.9
    pme_grid_nm: Positive = 0.1
    switch_nm: Positive | None = None
    ion_set: str = "beglov-roux-1994"
    slab_correction: bool = False

    @property
    def of_networks(self) -> Self:
        """The same for dry networks, which have no slab to correct."""
        return self.model_copy(update={"slab_correction": False})

    def least_vacuum_nm(self, box_nm: Sequence[float]) -> float:
        """Return the vacuum along z that a slab correction needs; 0 without one.

        It takes off the field of the images' dipoles; what is left are waves along x and y, which
        fall off as exp(-2 pi gap / L): to 0.2 % over a vacuum as wide as the box is (Yeh and
        Berkowitz, J. Chem. Phys. 111, 3155 (1999)).
        """
        return float(max(box_nm[:2])) if self.slab_correction else 0.0

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the correction where there is none: old results have no word of it."""
        said: dict[str, Any] = handler(self)
        if not self.slab_correction:
            said.pop("slab_correction", None)
        return said

    @model_validator(mode="after")
    def _switch(self) -> Self:
        if self.switch_nm is not None and self.switch_nm >= self.cutoff_nm:
            raise ValueError(
                f"switch_nm is {self.switch_nm:g}, allowed is less than cutoff_nm, "
                f"{self.cutoff_nm:g}"
            )
        return self


class SaltOptions(Options):
    """Ions put into the feed reservoir, e.g. ``{"Na+": 10, "Cl-": 10}``; several of a sign may be.

    A negative membrane is neutralised by ``counter_cation``, a positive one by ``counter_anion``;
    where a campaign does not say which, by the feed's ion of that sign that carries most charge.
    """

    ions: dict[Species, Count]
    counter_cation: Cation | None = None
    counter_anion: Anion | None = None

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out counter-ions that are not chosen: old results have no word of them."""
        return {key: value for key, value in handler(self).items() if value is not None}

    @model_validator(mode="after")
    def _neutral(self) -> Self:
        total = sum(charge(name) * count for name, count in self.ions.items())
        if total:
            raise ValueError(f"the salt must be neutral, its ions sum to {total:+d} e")
        if not any(name in CATIONS and count for name, count in self.ions.items()):
            raise ValueError(f"the salt needs at least one cation of {', '.join(CATIONS)}")
        return self

    @property
    def cation(self) -> str:
        """Name of the counter-ion of a negative membrane."""
        return self.counter_cation or str(prevailing(self.ions, 1))

    @property
    def anion(self) -> str:
        """Name of the counter-ion of a positive membrane."""
        return self.counter_anion or str(prevailing(self.ions, -1))


class HydrationCycleStage(Options):
    """One stretch of the hot cycle: to a temperature, at a constant pressure of the pistons."""

    duration_ps: Positive
    temperature_K: Positive
    pressure_MPa: NonNegative


class HydrationOptions(Options):
    """How the charged network takes up water before it is put into its cells."""

    protocol: Literal["swell", "voids"] = "voids"
    engine: Literal["OpenMM", "GROMACS"] = "OpenMM"
    stretch: Annotated[float, Field(ge=1, le=3)] = 1.45
    expansion_ps: Positive = 20.0
    expansion_K: Positive = 600.0
    waters_per_reservoir: Annotated[int, Field(ge=10)] | None = None
    refill_ps: tuple[Positive, ...] = (200.0, 1000.0)
    cycle: tuple[HydrationCycleStage, ...] = (
        HydrationCycleStage(duration_ps=2000, temperature_K=380, pressure_MPa=5),
        HydrationCycleStage(duration_ps=2000, temperature_K=300, pressure_MPa=5),
    )
    temperature_K: Positive = 300.0
    pressure_MPa: NonNegative = 0.1
    block_ps: Positive = 2000.0
    tolerance_percent: Annotated[float, Field(gt=0, le=50)] = 2.0
    cap_ps: Positive = 30000.0
    segment_ps: Positive = 200.0
    hydrogens: Literal["rigid", "heavy"] = "heavy"
    timestep_fs: Positive = 4.0
    friction_per_ps: Positive = 2.0
    minimisation_steps: Annotated[int, Field(ge=1)] = 500

    @property
    def hydrogen_mass_Da(self) -> float | None:
        """Mass of each of the membrane's hydrogens while it swells; None leaves their own."""
        return HEAVY_HYDROGEN_DA if self.hydrogens == "heavy" else None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_timestep(self, self.hydrogens)
        if self.cap_ps < 2 * self.block_ps:
            raise ValueError(
                f"cap_ps is {self.cap_ps:g}, allowed is at least two blocks, "
                f"{2 * self.block_ps:g} ps: the criterion compares two successive blocks"
            )
        if sorted(set(self.refill_ps)) != list(self.refill_ps):
            raise ValueError("refill_ps must rise from one time to the next")
        return self


class PresetOptions(Options):
    """Masses and timestep of a cell or a run; of the two keys, one follows from the other.

    Without ``timestep_fs`` it is the longest of the preset; without ``preset`` it is the first of
    study and rigid that allows the timestep.
    """

    preset: Preset = "study"
    timestep_fs: Annotated[
        Positive, Field(json_schema_extra=lambda schema: schema.pop("default", None))
    ] = LONGEST_TIMESTEP_FS["flexible"]

    @property
    def heavy(self) -> bool:
        """Whether hydrogens have three times their mass while atoms move."""
        return self.preset == "heavy"

    @property
    def preset_is_implied(self) -> bool:
        """Whether the preset is the one that the timestep has if none is given."""
        return self.preset == _implied(self.timestep_fs)

    @property
    def dynamics(self) -> str:
        """Masses and timestep in a few words, for figures.

        >>> PresetOptions(preset="heavy").dynamics
        'heavy hydrogens, 4 fs'
        """
        return f"{'heavy hydrogens' if self.heavy else 'true masses'}, {self.timestep_fs:g} fs"

    @model_validator(mode="before")
    @classmethod
    def _one_from_the_other(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named, step = data.get("preset"), data.get("timestep_fs")
        for preset in PRESETS:
            if preset == named and "timestep_fs" not in data:
                return data | {"timestep_fs": longest_timestep_fs(preset)}
        if "preset" not in data and isinstance(step, int | float) and not isinstance(step, bool):
            return data | {"preset": _implied(step)}
        return data

    @model_validator(mode="after")
    def _timestep(self) -> Self:
        longest = longest_timestep_fs(self.preset)
        if self.timestep_fs <= longest:
            return self
        allowed = f"allowed is at most {longest:g} with preset: {self.preset}"
        for preset in PRESETS:
            if self.timestep_fs <= longest_timestep_fs(preset):
                allowed += f"; preset: {preset} allows it"
                break
        else:
            last = list(PRESETS)[-1]
            if last != self.preset:
                allowed += f", {longest_timestep_fs(last):g} with preset: {last}"
        raise ValueError(f"timestep_fs is {self.timestep_fs:g}, {allowed}")


class CellOptions(PresetOptions):
    """Reservoirs, pistons, anchors and how the cell is brought to equilibrium."""

    waters_per_reservoir: Annotated[int, Field(ge=10)]
    piston_pressure_MPa: NonNegative = 0.1
    anchored_percent: Annotated[float, Field(ge=0, le=50)] = 5.0
    vacuum_nm: Annotated[float, Field(ge=1.0)] = 2.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0
    minimisation_steps: Annotated[int, Field(ge=1)] = 500
    equilibration_ps: Positive
    segment_ps: Positive = 200.0
    feed_ions: Literal["per trial", "shared"] = "per trial"
    counter_ions: Literal["free", "held"] = "free"
    settling_ps: Positive | None = None

    @property
    def settling(self) -> float:
        """Time in ps for which each trial's feed ions are held in the feed before t = 0."""
        if self.settling_ps is not None:
            return self.settling_ps
        return min(LONGEST_SETTLING_PS, self.equilibration_ps / 10)


class FreeAreaOptions(Options):
    """A polymer in a periodic box of water, first at its own area, then at a free one."""

    duration_ps: Positive
    equilibration_ps: Positive = 100.0
    warm_up_ps: Positive = 20.0
    water_nm: Annotated[float, Field(ge=0.5)] = 1.0
    cation: Cation = "Na+"
    pressure_MPa: float = 0.1
    tail_correction: bool = True
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0
    timestep_fs: Positive = 2.0
    steps_per_move: Annotated[int, Field(ge=1)] = 25
    sample_ps: Positive = 0.5
    minimisation_steps: Annotated[int, Field(ge=1)] = 500

    @model_validator(mode="after")
    def _timestep(self) -> Self:
        return check_timestep(self, "rigid")


DriveKind = Literal["body force", "field", "pressure", "none"]
DRIVE_KINDS: tuple[DriveKind, ...] = get_args(DriveKind)


def _kind_or_kinds(value: object, check: ValidatorFunctionWrapHandler) -> object:
    """Say in one sentence what is wrong, and give several kinds their one order.

    A list of a file is no tuple to a strict check of Python's values, which this makes of JSON's.
    """
    try:
        found = check(tuple(value) if isinstance(value, list) else value)
    except ValidationError:
        found = ()
    kinds = (found,) if isinstance(found, str) else found
    if not kinds or len(set(kinds)) < len(kinds) or ("none" in kinds and len(kinds) > 1):
        raise ValueError(
            f"allowed is {', '.join(DRIVE_KINDS[:-1])} or none, or a list of several, each once "
            "and none of them none"
        )
    ordered = tuple(kind for kind in DRIVE_KINDS if kind in kinds)
    return ordered[0] if len(ordered) == 1 else ordered


class DriveOptions(Options):
    """What drives ions and water; several kinds add up.

    ``body force`` is the same +z force on every feed ion, times |z| of its charge; ``field`` one
    along +z on positive charges and along -z on negative ones; with ``pressure`` the feed's piston
    pushes harder than the permeate's by the difference. All of them rise from nothing over
    ``ramp_ps``. A key is only allowed with the kind that it belongs to.
    """

    kind: Annotated[DriveKind | tuple[DriveKind, ...], WrapValidator(_kind_or_kinds)] = "body force"
    force_kcal_mol_angstrom: NonNegative = 0.072
    field_V_nm: float = 0.0
    acts_on: Literal["ions", "all charges"] = "ions"
    pressure_difference_MPa: float = 0.0
    ramp_ps: NonNegative = 0.0

    @property
    def kinds(self) -> tuple[DriveKind, ...]:
        """The kinds in their order; empty without a drive."""
        kinds = (self.kind,) if isinstance(self.kind, str) else self.kind
        return tuple(kind for kind in kinds if kind != "none")

    @model_validator(mode="after")
    def _keys_of_the_kind(self) -> Self:
        for key, kind in KIND_OF_KEY.items():
            if key in self.model_fields_set and kind not in self.kinds:
                raise MisplacedError((key,), f"allowed only with kind: {kind}, or a list with it")
        for key in ("field_V_nm", "pressure_difference_MPa"):
            if KIND_OF_KEY[key] in self.kinds and key not in self.model_fields_set:
                raise MisplacedError((key,), f"required with kind: {KIND_OF_KEY[key]}")
        if self.ramp_ps and not self.kinds:
            raise MisplacedError(("ramp_ps",), "allowed only with a drive, there is none")
        return self

    @model_serializer(mode="wrap")
    def _own_keys(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out what says nothing, so that it tells no difference between two drives."""
        said = handler(self)
        idle = {key for key, kind in KIND_OF_KEY.items() if kind not in self.kinds}
        idle |= set() if self.ramp_ps else {"ramp_ps"}
        return {key: value for key, value in said.items() if key not in idle}


KIND_OF_KEY: dict[str, DriveKind] = {
    "force_kcal_mol_angstrom": "body force",
    "field_V_nm": "field",
    "acts_on": "field",
    "pressure_difference_MPa": "pressure",
}
"""Kind of drive that each key belongs to."""


class TransportOptions(PresetOptions):
    """One transport run: a chain of segments."""

    duration_ns: Positive
    segment_ps: Positive
    segments_per_chunk: Annotated[int, Field(ge=1)] = 10
    fast_every_ps: Positive = 2.0
    full_every_ps: Positive = 100.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0
    drive: DriveOptions = DriveOptions()

    @field_validator("drive", mode="before")
    @classmethod
    def _umbrella_drives_nothing(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == "umbrella":
            raise ValueError(
                "windows are no drive of the runs, allowed is a block umbrella beside transport"
            )
        return data

    @model_validator(mode="after")
    def _grid(self) -> Self:
        for key, step in (
            ("fast_every_ps", self.timestep_fs / FS_PER_PS),
            ("full_every_ps", self.fast_every_ps),
            ("segment_ps", self.full_every_ps),
        ):
            if not whole_multiple(getattr(self, key), step):
                raise ValueError(f"{key} must be a whole multiple of {step:g} ps")
        if not whole_multiple(self.duration_ns * PS_PER_NS, self.segment_ps):
            raise ValueError(f"duration_ns must be whole segments of {self.segment_ps:g} ps")
        return self

    @property
    def segments(self) -> int:
        """Number of segments of a whole run."""
        return round(self.duration_ns * PS_PER_NS / self.segment_ps)

    @property
    def chunks(self) -> int:
        """Number of workflow jobs that the run is cut into."""
        return -(-self.segments // self.segments_per_chunk)


class UmbrellaOptions(Options):
    """Free energies of one ion of a kind along z: windows with a harmonic restraint each."""

    ions: Annotated[tuple[Species, ...], Field(min_length=1)]
    layouts: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    salts: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    z_angstrom: tuple[float, float] | None = None
    spacing_angstrom: Positive = 1.0
    stiffness_kcal_mol_angstrom2: Positive = 2.5
    pull_ps: Positive = 200.0
    equilibration_ps: Positive = 500.0
    duration_ns: Positive = 5.0
    sample_ps: Positive = 1.0
    segment_ps: Positive = 500.0
    blocks: Annotated[int, Field(ge=2)] = 5
    bin_angstrom: Positive = 0.5

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.z_angstrom is not None and self.z_angstrom[0] >= self.z_angstrom[1]:
            raise ValueError("z_angstrom must rise from the feed's end to the permeate's")
        lengths = {
            "sample_ps": self.sample_ps,
            "segment_ps": self.segment_ps,
            "duration_ns": self.duration_ns * PS_PER_NS,
        }
        for (shorter, step), (longer, length) in pairwise(lengths.items()):
            if not whole_multiple(length, step):
                raise ValueError(
                    f"{longer} must be a whole multiple of {shorter}, "
                    f"but {length:g} ps is not one of {step:g} ps"
                )
        return self

    @property
    def stiffness_kJ_mol_nm2(self) -> float:
        """Stiffness k of the restraint k (z - z0)^2 / 2."""
        return self.stiffness_kcal_mol_angstrom2 * KJ_NM_PER_KCAL_ANGSTROM * ANGSTROM_PER_NM

    def run_options(self, transport: TransportOptions) -> TransportOptions:
        """Return the options of the run of a window: dynamics of the runs, and no drive."""
        return transport.model_copy(
            update={
                "duration_ns": self.duration_ns,
                "segment_ps": self.segment_ps,
                "fast_every_ps": self.sample_ps,
                "full_every_ps": self.segment_ps,
                "drive": DriveOptions(force_kcal_mol_angstrom=0.0),
            }
        )


def whole_multiple(value: float, step: float) -> bool:
    """Return whether a length is one or more whole steps, both written in decimals.

    >>> whole_multiple(0.3, 0.1), whole_multiple(0.25, 0.1)
    (True, False)
    """
    ratio = value / step
    return abs(ratio - round(ratio)) <= ROUNDING and round(ratio) >= 1


def longest_timestep_fs(preset: Preset) -> float:
    """Return the longest timestep of a preset, which is also the one it has if none is given."""
    return LONGEST_TIMESTEP_FS[PRESETS[preset]]


def _implied(timestep_fs: float) -> Preset:
    return "study" if timestep_fs <= longest_timestep_fs("study") else "rigid"


class HasTimestep(Protocol):
    """Options that have a timestep."""

    @property
    def timestep_fs(self) -> float:
        """Timestep in fs."""


Stepped = TypeVar("Stepped", bound=HasTimestep)


def check_timestep(options: Stepped, hydrogens: Literal["flexible", "rigid", "heavy"]) -> Stepped:
    """Return the options, or raise ValueError for a timestep too long for such hydrogens."""
    longest = LONGEST_TIMESTEP_FS[hydrogens]
    if options.timestep_fs > longest:
        raise ValueError(
            f"timestep_fs is {options.timestep_fs:g}, allowed is at most {longest:g} "
            f"with {hydrogens} hydrogens"
        )
    return options
