"""Names of what NF270 against pH writes, for the rules, and what the columns mean."""

FIGURE = "nf270_ph"
TABLES = (
    "summary",
    "parameters",
    "points",
    "curves",
    "verdicts",
    "settings",
    "zeta",
    "free_charge",
)
DEFINITIONS = {
    "variant": "physical picture of how ionised sites become charge; its words in assumptions.json",
    "salt, ion, pH": "feed, the ion whose permeation is meant, and pH of the feed",
    "measured, predicted, permeation": "c_permeate / c_feed of the cation; low and high: envelope "
    "of the fits along the profiles within the threshold of the level",
    "sd": "standard deviation of a measured permeation",
    "residual_sd": "predicted less measured, over sd",
    "charge_mol_m3": "fixed charge per pore fluid, ions bound to acids included",
    "bare_charge_mol_m3": "the same of the groups alone, which is set beside the zeta potential",
    "positive_fraction, negative_fraction, charge_fraction": "share of the amines, of the acids, "
    "or of both that counts, of the nominal charge per pore fluid at 20 nm and porosity 0.5",
    "low, high": "ends of the profile likelihood interval; open where a bound and not the data "
    "ends it",
    "chi2, freedom, probability": "sum of squared residuals over sd, data less free parameters, "
    "probability of a sum as large or larger",
    "sd_accepted": "common sd at which the misfit would have probability 0.05",
    "residuals_within": "residuals within 2 sd",
    "orders": "pairs of pH of a salt, different by more than 2 sd, whose order the model has",
    "extremum": "whether NaCl permeates most at the measured pH at which it does",
    "zeta_signs": "pH at which the groups' charge has the sign of the zeta potential",
    "isoelectric": "whether the groups' charge is zero within 1 of the measured pH",
    "pore": "of the table free_charge, where each pH has a charge of its own, shared by the salts, "
    "and no sites are asked",
    "setting": "what is assumed otherwise in a repeated fit, without profiles",
}
