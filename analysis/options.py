"""What a user may choose about the analysis; units end every key."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def ascending(pair: tuple[float, float]) -> tuple[float, float]:
    """A window as given, or ValueError if it is empty."""
    if not pair[0] < pair[1]:
        raise ValueError(f"from {pair[0]:g} to {pair[1]:g} is no window, the first must be smaller")
    return pair


Window = Annotated[tuple[Positive, Positive], AfterValidator(ascending)]


class AnalysisOptions(BaseModel):
    """Definitions and resolutions of the observables."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    permeated_above_angstrom: Positive = 40.0
    snapshots_ns: Annotated[tuple[Positive, ...], Field(min_length=1)] = (1.0, 10.0, 50.0, 100.0)
    mean_z_every_ns: Positive = 1.0
    pdf_bandwidth_factor: dict[str, Positive] = {"Cl-": 0.5, "Na+": 0.8, "Ca2+": 0.8, "K+": 0.8}
    profile_bin_angstrom: Positive = 1.0
    msd_window_ps: Window | None = None
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    figure_dpi: Annotated[int, Field(ge=50, le=1200)] = 200
