"""What is said about a membrane: names, units, definitions, and what the study reports."""

from dataclasses import dataclass

from analysis.composition import XPS_DEPTH_NM
from analysis.pores import NITROGEN_ANGSTROM
from membranes.networks.soundness import LONGEST_AMIDE_ANGSTROM

NAN = float("nan")
CHARGE_ROUNDING_E = 1e-6
"""That sums of partial charges may leave."""
WATER_PROBE_ANGSTROM = 2.8
"""Diameter of a water molecule as a probe."""


@dataclass(frozen=True)
class Quantity:
    """One number of a membrane.

    Attributes
    ----------
    name : str
        Key in the tables, ends in its unit where it has one.
    group : str
        Heading that it stands under.
    label : str
    unit : str
        "1" for a ratio.
    definition : str
    form : str
        Format of its value.
    study, study_sd : float
        What the study's membranes have; NaN where it says nothing.
    at_most : float
        Largest size that it may have in a sound network; NaN where there is no limit.
    of_the_box : bool
        Whether the study's number only compares with a membrane of the study's box.
    of_one : bool
        Whether it says something of one network only: a mean over several is one of noise.
    """

    name: str
    group: str
    label: str
    unit: str
    definition: str
    form: str = ".3g"
    study: float = NAN
    study_sd: float = NAN
    at_most: float = NAN
    of_the_box: bool = False
    of_one: bool = False


CHEMISTRY, STRUCTURE = "Chemistry", "Soundness of the network"
DENSE, PORES, GROUPS = "Dense region, dry", "Pores of the dense region, dry", "Functional groups"

QUANTITIES = (
    Quantity("pip", CHEMISTRY, "PIP residues", "1", "piperazine, as packed", "d", 332,
             of_the_box=True),
    Quantity("mpd", CHEMISTRY, "MPD residues", "1", "m-phenylenediamine, as packed", "d"),
    Quantity("tmc", CHEMISTRY, "TMC residues", "1", "trimesoyl chloride, as packed",
             "d", 228, of_the_box=True),
    Quantity("nh_conversion", CHEMISTRY, "N-H conversion", "1",
             "amide bonds over amine groups packed, two of each PIP or MPD; a primary amine reacts "
             "once", ".3f"),
    Quantity("acyl_conversion", CHEMISTRY, "acyl conversion", "1",
             "amide bonds over acyl chlorides packed, three of each TMC", ".3f"),
    Quantity("amide_bonds", CHEMISTRY, "amide bonds", "1", "C-N bonds between residues", "d"),
    Quantity("o_over_n", CHEMISTRY, "O/N, true count", "1",
             "oxygen atoms over nitrogen atoms of the whole network; 1 if every amine and acyl has "
             "reacted in a stoichiometric network, 2 if it is linear", ".3f"),
    Quantity("xps_o_over_n", CHEMISTRY, "O/N, as XPS sees it", "1",
             f"the same within {XPS_DEPTH_NM:g} nm below the feed limit of the dense region, "
             "each atom counting alike; equal to the true count in a membrane thinner than that",
             ".3f"),
    Quantity("crosslinking_degree", CHEMISTRY, "degree of cross-linking from O/N", "1",
             "m = (4 - 2 r)/(1 + r) with r = O/N as XPS sees it. It takes every nitrogen for an "
             "amide: with free amines, or monomers that are not 3 : 2, it is no count of "
             "cross-links and belongs beside the conversions", ".3f"),
    Quantity("dense_low_nm", DENSE, "dense from", "nm",
             "z above which the density, averaged over 0.5 nm, is above half of its upper quartile",
             ".2f"),
    Quantity("dense_high_nm", DENSE, "dense to", "nm", "the same at the other face", ".2f"),
    Quantity("dense_thickness_nm", DENSE, "thickness of the dense region, dry", "nm",
             "distance of the two limits", ".2f"),
    Quantity("dense_volume_nm3", DENSE, "volume of the dense region, dry", "nm3",
             "thickness times the periodic area", ".1f"),
    Quantity("density_g_cm3", DENSE, "density at fixed volume, dry", "g/cm3",
             "polymer mass over the volume of the box that it formed in, which stays fixed; it "
             "follows from monomers, box and conversion", ".3f"),
    Quantity("dense_density_g_cm3", DENSE, "density of the dense region, dry", "g/cm3",
             "polymer mass over volume of the dense region; without water the network draws "
             "together between its faces", ".3f"),
    Quantity("mean_pore_diameter_angstrom", PORES, "mean pore diameter, dry", "angstrom",
             "volume-weighted mean of the geometric pore-size distribution, of spheres that a "
             f"probe of {NITROGEN_ANGSTROM:g} angstrom fits into", ".2f"),
    Quantity("poreblazer_mean_diameter_angstrom", PORES,
             "mean pore diameter, PoreBlazer's way, dry", "angstrom",
             "the same by the rules of PoreBlazer 4, which the study used: spheres "
             "centred at voxels, the probe tested against the nearest atom centre only", ".2f"),
    Quantity("mode_pore_diameter_angstrom", PORES, "most frequent pore diameter", "angstrom",
             "where that distribution is highest, which a network of few pores leaves to chance",
             ".2f", of_one=True),
    Quantity("limiting_diameter_angstrom", PORES, "limiting pore diameter", "angstrom",
             "largest sphere whose centre can travel without end along x or y", ".2f"),
    Quantity("limiting_z_angstrom", PORES, "limiting pore diameter across z", "angstrom",
             "largest sphere that passes from the feed limit to the permeate limit; a dry and "
             f"rigid network lets water ({WATER_PROBE_ANGSTROM:g} angstrom) pass if it is larger",
             ".2f"),
    Quantity("largest_pore_angstrom", PORES, "largest pore", "angstrom",
             "largest sphere that fits anywhere", ".2f"),
    Quantity("void_fraction", PORES, "void fraction", "1",
             "share of the dense region outside all atoms' spheres (a probe without size)", ".3f"),
    Quantity("free_volume_nm3", PORES, "free volume", "nm3",
             "void fraction times dense volume", ".1f"),
    Quantity("occupiable_fraction", PORES, "volume open to the probe", "1",
             "share of the dense region that spheres of the probe's size cover where they fit; the "
             "distribution is of this volume", ".3f"),
    Quantity("amine_per_nm3", GROUPS, "free N-H", "1/nm3",
             "free amines, -NH2 of MPD once, with their N in the dense region over its volume",
             ".3f"),
    Quantity("carboxyl_per_nm3", GROUPS, "carboxylic acids", "1/nm3",
             "COOH with their C in the dense region over its volume", ".3f"),
    Quantity("acyl_chloride_per_nm3", GROUPS, "acyl chlorides", "1/nm3",
             "not hydrolysed, with their C in the dense region, over its volume", ".3f", at_most=0),
    Quantity("amide_per_nm3", GROUPS, "amides", "1/nm3",
             "amide bonds with their N in the dense region over its volume", ".2f"),
    Quantity("free_amines", GROUPS, "free N-H, all", "1",
             "of the whole network, -NH2 of MPD once; can take up a proton", "d"),
    Quantity("carboxylic_acids", GROUPS, "carboxylic acids, all", "1",
             "of the whole network; can lose a proton", "d"),
    Quantity("clusters", STRUCTURE, "molecules", "1",
             "connected pieces that the network consists of", "d"),
    Quantity("sol_fraction", STRUCTURE, "sol fraction", "1",
             "mass outside the largest piece over all mass", ".4f"),
    Quantity("pierced_rings", STRUCTURE, "pierced rings", "1",
             "bonds that pass through a ring of six", "d", at_most=0),
    Quantity("longest_amide_angstrom", STRUCTURE, "longest amide bond", "angstrom",
             "largest C-N distance of an amide, minimum image; 1.38 at rest in GAFF", ".2f",
             at_most=LONGEST_AMIDE_ANGSTROM),
    Quantity("charge_error_e", STRUCTURE, "template charge minus formal charge", "e",
             "sum of the partial charges of the force field templates minus the sum of formal "
             "charges", ".1e", at_most=CHARGE_ROUNDING_E),
    Quantity("formal_charge_e", STRUCTURE, "formal charge", "e", "of the uncharged network", "d",
             at_most=0),
)  # fmt: skip
