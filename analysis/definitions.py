"""What every number means: one sentence for each name in a `definition` column."""

DEFINITIONS = {
    "analysed time": "Time of the last frame of a trial, and the time the campaign asks for.",
    "5 % density": (
        "Where the membrane's mass density, averaged over full frames, falls to 5 % of its "
        "maximum, outermost crossing on each side, linear between bins."
    ),
    "piston": "Mean z of a graphene sheet's atoms, averaged over the frames up to the common time.",
    "place in the box": (
        "Position at that time: z relative to the membrane's centre of mass in the same frame, "
        "x and y wrapped into [-L/2, L/2)."
    ),
    "mean z": (
        "Mean z of the feed ions of a species at that time; 'all' is the mean of the trials' means "
        "up to the common time, its interval is taken over trials."
    ),
    "ksdensity": (
        "Density of z at that time, pooled over trials: normal kernel, bandwidth of Matlab's "
        "ksdensity default times the factor of the species (1 for charged groups). The band is the "
        "t interval over the trials' densities at the pooled bandwidth, cut off at 0. No boundary "
        "correction: outside_share is the part of the curve that lies beyond the pistons."
    ),
    "at time": "Feed ions whose z at that very time lies beyond the line, by its place.",
    "by time": (
        "Feed ions whose z was beyond the line in any stored frame up to that time: each counts "
        "once at its first passage, returns and crossings after it count nothing."
    ),
    "mass density": "Mass per volume of each bin of z, averaged over full frames.",
    "number density": "Atoms per volume of each bin of z, averaged over full frames.",
    "partial charges": "Sum of all partial charges of membrane atoms per volume of each bin of z.",
    "formal charges": (
        "Formal charge of the charged groups (+1 at N of NH2+, -1 at C of COO-) per volume of each "
        "bin of z, averaged over the fast frames."
    ),
    "group density": (
        "Charged groups per volume of each bin of z, placed at N of NH2+ and C of COO-, averaged "
        "over the fast frames."
    ),
}
