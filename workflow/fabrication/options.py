"""Options of how fabricated films are looked at; units end every key."""

from typing import Annotated

from pydantic import Field

from mdtools.options import Options, Positive


class ObservationOptions(Options):
    """Assumptions between a film and its performance, the same for every membrane.

    Attributes
    ----------
    top_share
        Share of a film's thickness that its top is: XPS sees 10 nm of films of 20 to 67 nm.
    thickness_scale
        Thickness of a real film over that of a film here: 67.2 over 3.5 nm of 8P10. Permeances are
        in proportion to its inverse, rejections at a pressure do not depend on it.
    accessible_share
        Of the groups that a dry film has, those that water reaches: silver finds 0.18 carboxyls
        per nm3 in the study's 8P10-0.5MC30, a dry network of this make-up has 1.5.
    charge_fraction
        Of the charge of these groups, what counts in fits of the theory (NF270:
        ``analysis.comparison.parameters.fitted_charge``).
    charge_layers
        Layers of even charge that a film's charge is summed in. A film here has tens of groups on
        an area of some nm2, and electroneutrality, as the theory has it at every place, would take
        each of them for a layer of a whole membrane.
    """

    pore_spacing_angstrom: Positive = 0.4
    top_share: Annotated[float, Field(gt=0, le=1)] = 0.2
    pH: Annotated[float, Field(ge=3, le=11)] = 7.0
    accessible_share: Annotated[float, Field(gt=0, le=1)] = 0.12
    charge_fraction: Annotated[float, Field(gt=0, le=1)] = 0.15
    charge_layers: Annotated[int, Field(ge=1, le=50)] = 3
    pressure_bar: Positive = 5.0
    pore_permittivity: Positive = 44.0
    thickness_scale: Positive = 19.0
    reference_membrane: str = "8P10-0.5MC30"
    reference_rejection: Annotated[float, Field(gt=0, lt=1)] = 0.713
    reference_solute: str = "xylose"
    salt_mol_m3: Positive = 10.0
    trace_mol_m3: Positive = 1e-3
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
