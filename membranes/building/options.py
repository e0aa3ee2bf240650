"""What a user may choose about the membrane; units end every key."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mdtools.options import LONGEST_TIMESTEP_FS, NonNegative, Options, Positive, check_timestep
from membranes.layouts.placement import sample_problem
from membranes.layouts.site_densities import AMINE_PLATEAU_PER_NM2, PH_RANGE
from membranes.layouts.titration import STUDY_THICKNESS_NM, Mode, check_given


class MonomerCounts(Options):
    """How many molecules are packed."""

    PIP: Annotated[int, Field(ge=1)]
    TMC: Annotated[int, Field(ge=1)]


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
    """The reactive loop."""

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
                # The model is frozen for its users, not while it is being made.
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
        """Amides at which the reaction stops, so that sites for charged groups remain."""
        return int(self.highest_nh_conversion * amine_sites + 1e-9)

    def rounds(self, stage: ReactionStage) -> int:
        """Searches for pairs in a stage."""
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

    With ``ready`` the other fields say what that network is, see ``of_ready``.
    """

    ready: str | None = None
    monomers: MonomerCounts
    box_nm: tuple[Positive, Positive, Positive]
    packing_tolerance_angstrom: Positive = 2.0
    reaction: ReactionOptions = ReactionOptions()
    relaxation: RelaxationOptions

    @classmethod
    def of_ready(cls, name: str) -> "MembraneOptions":
        """Options of a ready membrane; LibraryError for a name that is not in the library."""
        return cls(**ready_block(name))


def ready_block(name: str) -> dict:
    """Plain fields of the options that say what a ready membrane is."""
    from membranes import library

    facts = library.facts_of(name)
    timestep_fs = facts["timestep_fs"]
    hydrogens = next(kind for kind, most in LONGEST_TIMESTEP_FS.items() if timestep_fs <= most)
    return {
        "ready": name,
        "monomers": facts["monomers"],
        "box_nm": facts["box_nm"],
        "relaxation": {
            "duration_ps": facts["relaxation_ps"],
            "hydrogens": hydrogens,
            "timestep_fs": timestep_fs,
        },
    }


def guaranteed_sites(membrane: MembraneOptions) -> dict[str, int]:
    """Sites that a network of this block is sure to have for each kind of charged group.

    The reaction stops at ``highest_nh_conversion``; every amine and acyl chloride that is left can
    carry a charge, the latter once it is hydrolysed. Of a ready membrane they are counted.

    >>> block = MembraneOptions(
    ...     monomers={"PIP": 332, "TMC": 228}, box_nm=(5.2, 5.2, 5.0), relaxation={"duration_ps": 1}
    ... )
    >>> guaranteed_sites(block)
    {'NH2+': 20, 'COO-': 40}
    """
    amines, acyls = 2 * membrane.monomers.PIP, 3 * membrane.monomers.TMC
    if membrane.ready is None:
        amides = min(membrane.reaction.most_amides(amines), acyls)
    else:
        from membranes import library

        amides = library.facts_of(membrane.ready)["amide_bonds"]
    return {"NH2+": amines - amides, "COO-": acyls - amides}


class GroupProfile(Options):
    """How many groups of one kind, and their relative density at heights from feed to permeate.

    ``z`` runs from 0 to 1 over the dense region; between samples the density is linear.
    """

    count: Annotated[int, Field(ge=0)]
    z: tuple[float, ...] = (0.0, 1.0)
    density: tuple[float, ...] = (1.0, 1.0)

    @model_validator(mode="after")
    def _samples(self):
        if problem := sample_problem(self.z, self.density):
            raise ValueError(problem)
        return self


class TitrationOptions(Options):
    """Charged groups of a pH; see ``membranes.layouts.titration``."""

    pH: Annotated[float, Field(ge=PH_RANGE[0], le=PH_RANGE[1])]
    mode: Mode = "areal"
    thickness_nm: Positive = STUDY_THICKNESS_NM
    amine_plateau_per_nm2: Positive = AMINE_PLATEAU_PER_NM2
    net_charge_e: int | None = None
    amine: Annotated[int, Field(ge=0)] | None = None
    carboxylate: Annotated[int, Field(ge=0)] | None = None
    carboxylates: Literal["surface first", "whole"] = "surface first"

    @model_validator(mode="after")
    def _of_mode(self):
        keys = ("net_charge_e", "amine", "carboxylate")
        check_given(self.mode, [key for key in keys if getattr(self, key) is not None])
        return self


LayoutName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
"""Names that become directories."""


class LayoutOptions(Options):
    """Charged groups of the layouts: numbers, or the study's scaled by volume; own layouts.

    ``profiles`` and ``titrations`` define layouts by a z-density for each kind of group, and by a
    pH; their names may stand wherever the name of a layout may.
    """

    counts: dict[str, dict[Literal["NH2+", "COO-"], Annotated[int, Field(ge=0)]]] = {}
    surface_layer_nm: NonNegative = 1.5
    widen: bool = True
    profiles: dict[LayoutName, dict[Literal["NH2+", "COO-"], GroupProfile]] = {}
    titrations: dict[LayoutName, TitrationOptions] = {}

    @model_validator(mode="after")
    def _something_is_placed(self):
        for name, kinds in self.profiles.items():
            if not kinds:
                raise ValueError(f"profiles has nothing in {name}, allowed is NH2+, COO- or both")
        return self
