"""Charged shares of a membrane's own sites at a pH, by the pKa of its amine.

Piperazine: the curves of NF270 (``site_densities``). m-Phenylenediamine: FT30, a fully aromatic
polyamide, of which O. Coronell, B. J. Marinas, X. Zhang and D. G. Cahill, Environ. Sci. Technol.
42, 5260 (2008), fitted the binding of WO4(2-) to the amines by one pKa and that of Ag+ to the
carboxyls by two. The diamine itself, free in water, has 5.11 and 2.50 (20 C).
"""

from __future__ import annotations

from membranes.layouts.counts import Counts
from membranes.layouts.errors import TitrationError
from membranes.layouts.site_densities import (
    AMINE_PKA,
    CARBOXYLATE_PKA,
    CARBOXYLATE_SHARES,
    ionised,
)
from membranes.layouts.sites import SiteNumbers

AMINES_PKA = {"PIP": AMINE_PKA, "MPD": 4.74}
"""Of the ammonium groups, by the residue that carries them."""
CARBOXYLS_PKA = {"PIP": CARBOXYLATE_PKA, "MPD": (5.23, 8.97)}
"""Of the carboxyls, by the amine of the membrane."""
FIRST_SHARES = {"PIP": CARBOXYLATE_SHARES[0]}
"""Share of the carboxyls that have the first pKa. Among fully aromatic membranes it differs
(Coronell et al., Environ. Sci. Technol. 44, 6808 (2010)), so there it is the user's to say."""
SOURCES = {"PIP": "NF270, Ritt et al. 2020", "MPD": "FT30, Coronell et al. 2008"}


def titrate_shares(pH: float, sites: SiteNumbers, first_share: float | None = None) -> Counts:
    """Return the numbers of charged groups that a membrane's sites have at a pH.

    Parameters
    ----------
    pH : float
    sites : SiteNumbers
        Of the neutral membrane.
    first_share : float, optional
        Share of the carboxyls with the first of the two pKa; left out, that of NF270.

    Raises
    ------
    TitrationError
        For a membrane of two amines, whose carboxyls no one has titrated, or of MPD without
        ``first_share``.

    Examples
    --------
    >>> titrate_shares(4.74, SiteNumbers({"MPD": 10}, 20), first_share=0.5)
    Counts(amine=5, carboxylate=2, surface_carboxylate=2)
    """
    if len(sites.amines) != 1:
        raise TitrationError(
            f"mode shares has no pKa for a membrane of {' and '.join(sites.amines)}, allowed is "
            "mode counts"
        )
    (amine,) = sites.amines
    share = FIRST_SHARES.get(amine) if first_share is None else first_share
    if share is None:
        raise TitrationError(
            "first_share is missing, the share of the carboxyls that have the first pKa, which "
            f"differs between membranes of {amine}: allowed is 0 to 1"
        )
    first, second = (
        part * float(ionised(pH, pKa, -1))
        for part, pKa in zip((share, 1 - share), CARBOXYLS_PKA[amine], strict=True)
    )
    charged = float(ionised(pH, AMINES_PKA[amine], +1))
    acids = round((first + second) * sites.carboxyls)
    surface = round(acids * first / (first + second)) if acids else 0
    return Counts(
        round(charged * sites.amines[amine]),
        acids,
        surface,
        facts={
            "mode": "shares",
            "pH": float(pH),
            "amine_sites": sites.amines[amine],
            "carboxyl_sites": sites.carboxyls,
            "amine_share": charged,
            "carboxylate_share": first + second,
            "first_share": share,
        },
        assumptions=(_assumption(amine, share),),
    )


def _assumption(amine: str, share: float) -> str:
    low, high = CARBOXYLS_PKA[amine]
    return (
        f"of the membrane's own sites the share of a pH is charged ({SOURCES[amine]}): amines of "
        f"pKa {AMINES_PKA[amine]:.2f}; {share:.1%} of the carboxyls of pKa {low:.2f}, the others "
        f"of {high:.2f}"
    )
