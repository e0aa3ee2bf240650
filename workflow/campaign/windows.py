"""Which windows a campaign has: one ion of a kind, held at places along z of its cells."""

from typing import TYPE_CHECKING

from workflow.campaign.extent import half_membrane_angstrom, reservoir_angstrom

if TYPE_CHECKING:
    import numpy as np

    from workflow.campaign.model import Campaign

RESERVOIR_ANGSTROM = 15.0
"""Water on either side of the membrane that windows reach into where no range is given: beyond the
double layer of a tenth-molar feed (10 angstrom)."""
SHEET_ANGSTROM = 8.0
"""Room that such windows leave before the sheets, whose places no one knows before cells are."""


def members(campaign: "Campaign") -> list[tuple[str, str, str]]:
    """List layout, salt and ion of every free energy that a campaign asks for."""
    options = campaign.umbrella
    if options is None:
        return []
    return [
        (layout, salt, ion)
        for layout in campaign.layouts
        for salt, given in campaign.salts.items()
        for ion in options.ions
        if layout in (options.layouts or campaign.layouts)
        and salt in (options.salts or campaign.salts)
        and given.ions.get(ion)
    ]


def centres(campaign: "Campaign") -> "np.ndarray":
    """Return the centres (K,) of the windows of each, nm from the membrane's centre."""
    import numpy as np

    from mdtools.umbrella.centres import centres_nm

    if campaign.umbrella is None:
        return np.empty(0)
    given = campaign.umbrella.z_angstrom
    return centres_nm(given or default_range(campaign), campaign.umbrella)


def default_range(campaign: "Campaign") -> tuple[float, float]:
    """Return the range of z in angstrom where none is given: from feed to permeate."""
    membrane = half_membrane_angstrom(campaign.membrane, campaign.hydration)
    reservoir = reservoir_angstrom(campaign.membrane, campaign.cell)
    far = membrane + min(RESERVOIR_ANGSTROM, max(reservoir - SHEET_ANGSTROM, 0.0))
    return -far, far
