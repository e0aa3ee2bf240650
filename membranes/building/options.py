"""Options of building a membrane in a campaign file; units end every key."""

from typing import Annotated, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from mdtools.forcefield.states import AMINES, ARMS
from mdtools.options import Options, Positive, check_timestep


class MonomerCounts(Options):
    """Numbers of molecules that are packed: one amine or two, and the acyl chloride."""

    PIP: Annotated[int, Field(ge=0)] = 0
    MPD: Annotated[int, Field(ge=0)] = 0
    TMC: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _some_amine(self):
        if not self.PIP + self.MPD:
            raise ValueError("has no amine, allowed is at least 1 PIP or MPD")
        return self

    @model_serializer(mode="wrap")
    def _said(self, handler: SerializerFunctionWrapHandler) -> dict[str, int]:
        """Leave out kinds of which there is none: old results have no word of them."""
        return {kind: count for kind, count in handler(self).items() if count}

    @property
    def packed(self) -> dict[str, int]:
        """Return the number of molecules of each kind that is there."""
        return {kind: count for kind, count in self if count}

    @property
    def amine_sites(self) -> int:
        """Return the number of amine groups."""
        return sum(ARMS[kind] * count for kind, count in self if kind in AMINES)

    @property
    def acyl_sites(self) -> int:
        """Return the number of acyl chlorides."""
        return sum(ARMS[kind] * count for kind, count in self if kind not in AMINES)

    @property
    def words(self) -> str:
        """Return the numbers in words.

        >>> MonomerCounts(MPD=30, TMC=20).words
        '30 MPD and 20 TMC'
        """
        *first, last = (f"{count} {kind}" for kind, count in self.packed.items())
        return f"{', '.join(first)} and {last}"


class ReactionStage(Options):
    """Reaction at one H...Cl cut-off, with its own reach of new bonds if one is given."""

    cutoff_angstrom: Positive
    duration_ps: Positive
    longest_new_bond_angstrom: Positive | None = None


STUDY_STAGES = (
    ReactionStage(cutoff_angstrom=3.5, duration_ps=40),
    ReactionStage(cutoff_angstrom=5.0, duration_ps=160),
)
PROTOCOLS = {
    "gentle": {},
    "paper": {
        "stages": STUDY_STAGES,
        "batch_percent": 100.0,
        "longest_new_bond_angstrom": None,
        "refuse_defects": False,
    },
}
"""Defaults in which a protocol differs from the class: ``paper`` is the plain distance criterion,
by which everything within reach reacts at once, whatever bond that makes."""


class ReactionOptions(Options):
    """Options of the reactive loop."""

    protocol: Literal["gentle", "paper"] = "gentle"
    stages: Annotated[tuple[ReactionStage, ...], Field(min_length=1)] = (
        STUDY_STAGES[0],
        ReactionStage(cutoff_angstrom=5.0, duration_ps=160, longest_new_bond_angstrom=6.0),
    )
    search_every_ps: Positive = 0.2
    batch_percent: Annotated[float, Field(gt=0, le=100)] = 3.0
    longest_new_bond_angstrom: Positive | None = 4.5
    refuse_defects: bool = True
    bond_stages: Annotated[int, Field(ge=1)] = 5
    bond_stage_fs: Positive = 20.0
    timestep_fs: Positive = 1.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0
    required_nh_conversion: Annotated[float, Field(ge=0, le=1)] = 0.8
    highest_nh_conversion: Annotated[float, Field(ge=0, le=1)] = 0.97

    @model_validator(mode="after")
    def _of_protocol(self):
        for key, value in PROTOCOLS[self.protocol].items():
            if key not in self.model_fields_set:
                # The model is frozen for its users, not during its validation.
                self.__dict__[key] = value
        return self

    @model_validator(mode="after")
    def _consistent(self):
        check_timestep(self, "flexible")
        if self.highest_nh_conversion < self.required_nh_conversion:
            raise ValueError(
                f"highest_nh_conversion is {self.highest_nh_conversion:g}, allowed is at least "
                f"required_nh_conversion, {self.required_nh_conversion:g}"
            )
        return self

    def most_amides(self, amine_sites: int) -> int:
        """Return the number of amides at which the reaction stops, to leave sites for charges."""
        return int(self.highest_nh_conversion * amine_sites + 1e-9)

    def rounds(self, stage: ReactionStage) -> int:
        """Return the number of searches for pairs in a stage."""
        return max(1, round(stage.duration_ps / self.search_every_ps))


class RelaxationOptions(Options):
    """Relaxation of the finished network in its box, segment by segment."""

    duration_ps: Positive
    segment_ps: Positive = 100.0
    hydrogens: Literal["flexible", "rigid", "heavy"] = "flexible"
    timestep_fs: Positive = 1.0
    temperature_K: Positive = 300.0
    friction_per_ps: Positive = 2.0

    @model_validator(mode="after")
    def _timestep(self):
        return check_timestep(self, self.hydrogens)


class MembraneOptions(Options):
    """Packing, reaction, hydrolysis and relaxation of one network; or ``ready``, the name of one.

    With ``ready`` the other fields say what that network is, see ``library.membrane_block``.
    """

    ready: str | None = None
    monomers: MonomerCounts
    box_nm: tuple[Positive, Positive, Positive]
    packing_tolerance_angstrom: Positive = 2.0
    reaction: ReactionOptions = ReactionOptions()
    relaxation: RelaxationOptions
