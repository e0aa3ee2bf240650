"""Membranes and feeds have names, and measured numbers with their sources."""

from dataclasses import dataclass, field

from analysis.continuum.model import Membrane, Solution
from analysis.continuum.species import from_mg_per_kg

SALT_MASS_G_MOL = 58.443
"""NaCl."""

LABBAN = "Labban, Liu, Chong and Lienhard, J. Membr. Sci. 554, 26 (2018)"
REHMAN = "Rehman, Sheriff and Lienhard, Water Research 243 (2023)"
FOO = "Foo, Rehman, Bouma, Monsalvo and Lienhard (2023), doi:10.1021/acs.est.2c08584"


def _membrane(
    radius_nm: float, thickness_um: float, permittivity: float, density: float
) -> Membrane:
    return Membrane(1e-9 * radius_nm, 1e-6 * thickness_um, permittivity, density)


MEMBRANES: dict[str, Membrane] = {
    "LbL1.5C": _membrane(0.51, 1.33, 41.0, -27.0),
    "LbL1": _membrane(0.48, 0.72, 44.0, -39.0),
    "LbL2": _membrane(0.60, 1.25, 47.5, 20.0),
    "LbL3": _membrane(0.46, 0.78, 45.0, 23.0),
    "NF270": _membrane(0.49, 0.79, 44.0, -56.0),
    "NF270-micari": _membrane(0.51, 0.80, 42.5, -50.0),
    "NF270-rehman": _membrane(0.50, 1.16, 43.86, -63.0),
}
"""Membranes by name: pore radius, effective thickness, pore permittivity, charge density."""

LABBAN_MEMBRANES = ("LbL1.5C", "LbL1", "LbL2", "LbL3", "NF270")

MEMBRANE_SOURCES = {
    **dict.fromkeys(LABBAN_MEMBRANES, f"{LABBAN}, table 4"),
    "NF270-micari": f"Micari et al. (2020), as printed by {REHMAN}, section 3.1",
    "NF270-rehman": f"{REHMAN}, section 3.1; pore radii scatter there by 0.13 nm",
}


FEEDS: dict[str, Solution] = {
    "seawater": Solution.neutralised(
        from_mg_per_kg({"Na+": 11122.0, "Ca2+": 382.0, "Mg2+": 1394.0, "SO4--": 2136.0}), by="Cl-"
    ),
    "nacl": Solution.neutralised({"Na+": 1000.0 / SALT_MASS_G_MOL}, by="Cl-"),
    "salt-lake": Solution.neutralised(
        {"Li+": 49.0, "Mg2+": 84.3}, by="Cl-", temperature=293.15, permittivity=80.1
    ),
}
"""Feeds by name; a printed kg counts as a litre, and chloride makes each neutral (in seawater 0.09
per cent more than is printed)."""

FEED_SOURCES = {
    "seawater": f"synthetic, {LABBAN}, table 2",
    "nacl": f"1000 mg/kg NaCl, {LABBAN}, section 3.3",
    "salt-lake": f"Li-Mg-Cl at 20 C, {FOO}",
}


@dataclass(frozen=True)
class Measured:
    """What a source prints about a membrane; None or empty where it prints no number.

    Attributes
    ----------
    permeability_lmh_bar : float or None
        Of pure water, L/m2/h/bar.
    flux_lmh : float or None
        Of synthetic seawater at 4 bar, L/m2/h.
    rejection : dict
        Of ions of synthetic seawater at that flux.
    """

    permeability_lmh_bar: float | None = None
    flux_lmh: float | None = None
    rejection: dict[str, float] = field(default_factory=dict)


MEASURED: dict[str, Measured] = {
    # Rejections at 1.67e-6 m/s, which is this flux: Labban et al., J. Membr. Sci. 521, 18
    # (2017), table 9, as the tests of WaterTAP (nanofiltration, zero order) carry it.
    "LbL1.5C": Measured(
        10.0, 6.0, {"Na+": 0.01, "Ca2+": 0.79, "Mg2+": 0.94, "SO4--": 0.87, "Cl-": 0.15}
    ),
    "LbL1": Measured(16.0, 13.0),
    "LbL2": Measured(15.0),
    # "Around 30 % higher" than the permeability of LbL1.5C.
    "LbL3": Measured(13.0, 8.0),
    "NF270": Measured(),
}
"""Numbers in the text of Labban et al. (2018), sections 4.3.2 and 4.5.2."""
