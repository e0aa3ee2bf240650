"""Options of charge layouts in a campaign file; units end every key."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mdtools.options import NonNegative, Options, Positive
from membranes.layouts.placement import sample_problem
from membranes.layouts.site_densities import AMINE_PLATEAU_PER_NM2, PH_RANGE
from membranes.layouts.titration import STUDY_THICKNESS_NM, Mode, check_given


class GroupProfile(Options):
    """Number of groups of one kind, and their relative density at heights from feed to permeate.

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
    """Charged groups of a pH; see ``membranes.layouts.titration`` and ``dissociation``."""

    pH: Annotated[float, Field(ge=PH_RANGE[0], le=PH_RANGE[1])]
    mode: Literal[Mode, "shares"] = "areal"
    thickness_nm: Positive = STUDY_THICKNESS_NM
    amine_plateau_per_nm2: Positive = AMINE_PLATEAU_PER_NM2
    net_charge_e: int | None = None
    amine: Annotated[int, Field(ge=0)] | None = None
    carboxylate: Annotated[int, Field(ge=0)] | None = None
    first_share: Annotated[float, Field(ge=0, le=1)] | None = None
    carboxylates: Literal["surface first", "whole"] = "surface first"

    @model_validator(mode="after")
    def _of_mode(self):
        keys = ("net_charge_e", "amine", "carboxylate", "first_share")
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
