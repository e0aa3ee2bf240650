"""What a user may choose about the membrane; units end every key."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mdtools.options import NonNegative, Options, Positive, check_timestep


class MonomerCounts(Options):
    """How many molecules are packed."""

    PIP: Annotated[int, Field(ge=1)]
    TMC: Annotated[int, Field(ge=1)]


class ReactionStage(Options):
    """Reaction at one H...Cl cut-off."""

    cutoff_angstrom: Positive
    duration_ps: Positive


class ReactionOptions(Options):
    """The reactive loop."""

    stages: Annotated[tuple[ReactionStage, ...], Field(min_length=1)] = (
        ReactionStage(cutoff_angstrom=3.5, duration_ps=40),
        ReactionStage(cutoff_angstrom=5.0, duration_ps=160),
    )
    search_every_ps: Positive = 0.2
    batch_percent: Annotated[float, Field(gt=0, le=100)] = 3.0
    longest_new_bond_angstrom: Positive = 4.5
    bond_stages: Annotated[int, Field(ge=1)] = 5
    bond_stage_fs: Positive = 20.0
    timestep_fs: Positive = 1.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0
    required_nh_conversion: Annotated[float, Field(ge=0, le=1)] = 0.8

    @model_validator(mode="after")
    def _timestep(self):
        return check_timestep(self, "none")


class RelaxationOptions(Options):
    """Relaxation of the finished network in its box."""

    duration_ps: Positive
    timestep_fs: Positive = 1.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0

    @model_validator(mode="after")
    def _timestep(self):
        return check_timestep(self, "none")


class MembraneOptions(Options):
    """Packing, reaction, hydrolysis and relaxation of one network."""

    monomers: MonomerCounts
    box_nm: tuple[Positive, Positive, Positive]
    packing_tolerance_angstrom: Positive = 2.0
    reaction: ReactionOptions = ReactionOptions()
    relaxation: RelaxationOptions


class LayoutOptions(Options):
    """Charged groups of the layouts: numbers, or the paper's scaled by dense volume."""

    counts: dict[str, dict[Literal["NH2+", "COO-"], Annotated[int, Field(ge=0)]]] = {}
    surface_layer_nm: NonNegative = 1.5
