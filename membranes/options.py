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
    highest_nh_conversion: Annotated[float, Field(ge=0, le=1)] = 0.97

    @model_validator(mode="after")
    def _consistent(self):
        check_timestep(self, "none")
        if self.highest_nh_conversion < self.required_nh_conversion:
            raise ValueError(
                f"highest_nh_conversion is {self.highest_nh_conversion:g}, allowed is at least "
                f"required_nh_conversion, {self.required_nh_conversion:g}"
            )
        return self

    def most_amides(self, amine_sites: int) -> int:
        """Amides at which the reaction stops, so that sites for charged groups remain."""
        return int(self.highest_nh_conversion * amine_sites + 1e-9)


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


def guaranteed_sites(membrane: MembraneOptions) -> dict[str, int]:
    """Sites that a network of this block is sure to have for each kind of charged group.

    The reaction stops at ``highest_nh_conversion``; every amine and acyl chloride that is left can
    carry a charge, the latter once it is hydrolysed.

    >>> block = MembraneOptions(
    ...     monomers={"PIP": 332, "TMC": 228}, box_nm=(5.2, 5.2, 5.0), relaxation={"duration_ps": 1}
    ... )
    >>> guaranteed_sites(block)
    {'NH2+': 20, 'COO-': 40}
    """
    amines, acyls = 2 * membrane.monomers.PIP, 3 * membrane.monomers.TMC
    amides = min(membrane.reaction.most_amides(amines), acyls)
    return {"NH2+": amines - amides, "COO-": acyls - amides}


class LayoutOptions(Options):
    """Charged groups of the layouts: numbers, or the study's scaled by volume."""

    counts: dict[str, dict[Literal["NH2+", "COO-"], Annotated[int, Field(ge=0)]]] = {}
    surface_layer_nm: NonNegative = 1.5
