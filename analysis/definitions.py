"""Definitions of the names in `definition` columns, and of intervals over trials."""

from mdtools.constants import WATERS_PER_NM3

OVER_TRIALS = "over trials"
"""Key of what an interval over trials is; it stands beside every table."""
OVER_MEMBRANES = "over membranes"
"""Key of what an interval over membranes is; it stands beside every table of several."""
IN_MEMBRANE = (
    "In the membrane is what has z between its faces, where its mass density falls to 5 % of its "
    "maximum."
)
"""The one meaning of "in the membrane" and "inside", for water and ions alike."""
DENSE_REGION = (
    "The dense region is between the outermost places where the running mean of the density over "
    "5.2 Å is half of its plateau, the upper quartile, as in the report of the network."
)
CONDITIONED = (
    "stayed_share is the share of the displacements begun in the region that this keeps. Lateral "
    "displacements (x and y) are hardly bent by the choice, axial ones (z) are: those that stay in "
    "a region of width w tend to w²/6 and look subdiffusive even of a free walk. So no axial or "
    "total exponent is given where the axial MSD exceeds 0.3 of it. alpha is the slope of log MSD "
    "over log lag in the window from_ps to to_ps; the diffusivity is MSD / (2 d lag) at to_ps, in "
    "d dimensions, and changes with the lag unless alpha is 1. 'all' is the mean of the n_trials "
    "that have a value, with its t interval if all have; its stayed_share is that of the "
    "displacements of all trials together. Displacements shorter than interval_ps, the time "
    "between those frames, are not seen; no drift is taken off."
)
"""What every mean squared displacement inside a region shares."""
ONE_RESERVOIR = (
    "In a box that is periodic along z, both sides of the membrane are one reservoir: an ion "
    "beyond the permeate face at t = 0 has not passed, and does so once it has come round the end "
    "of the box and through from the feed face."
)
"""Where ions pass from that no sheet parts."""
IN_TIME = (
    "Rows are mean_z_every_ns apart, or, where a trial is shorter than that, a twentieth of the "
    "common time, in whole frames. 'all' is the mean of the trials up to the common time with its "
    "t interval; at t = 0, where trials of a campaign agree, there is none."
)
"""What every number against time shares."""
FOLLOWED = (
    "Mean squared displacement of the oxygens of water from every one of evenly chosen full frames "
    "(2,500 of a trial at most, interval_ps apart, the longest interval of the trials)"
)
SHARED = {
    "analysed time": "Time of the last frame of a trial, and the time the campaign asks for.",
    "5 % density": (
        f"{IN_MEMBRANE} Here is where the density in a trial falls to that for good, going "
        "outwards from the densest place. It is averaged over full frames in bins of 0.4 Å, "
        "whatever the bins of the profiles are, smoothed by a running mean over 2 Å, which moves "
        "a sharp edge out by 0.9 Å, and linear between bins. Empty gaps of less than 3 Å are "
        "crossed; what lies behind a wider one, as a loose oligomer does, is not the membrane. "
        "Faces of all trials, those of figures and lines too, are the mean of the trials' faces."
    ),
    "piston": "Mean z of a graphene sheet's atoms, averaged over the frames up to the common time.",
    "place in the box": (
        "Position at that time: z relative to the membrane's centre of mass in the same frame, "
        "x and y wrapped into [-L/2, L/2)."
    ),
    "mean z": (
        f"Mean z of the feed ions of a species at that time, in the frame nearest to it. {IN_TIME}"
    ),
    "ksdensity": (
        "Density of z of feed ions at that time, pooled over trials: normal kernel, bandwidth of "
        "Matlab's ksdensity default (median deviation / 0.6745 times (4 / 3n)^(1/5)) times the "
        "factor of the species, pdf_bandwidth_factor. Its defaults, 0.5 for anions and 0.8 for "
        "cations, are those of the published study, so that curves compare with its own: the "
        "default alone is made for one normal peak and blurs two. A bandwidth is of one layout, "
        "salt and time; bandwidth_angstrom is the one used, factor included. The band is the t "
        "interval over the trials' densities at the pooled bandwidth, cut off at 0. No boundary "
        "correction: outside_share is the part of the curve that lies beyond the pistons. Charged "
        "groups hardly move: the table groups has their histogram."
    ),
    OVER_TRIALS: (
        "Trials of a campaign share one membrane and one equilibrated cell, and start with new "
        "velocities and their feed ions at places of their own (identical at t = 0 where "
        "cell.feed_ions is shared): an interval over trials does not tell how much another "
        "membrane or equilibrated cell would differ. What trials of another program share, only "
        "its user knows. A mean over trials is that of the "
        "trials that have a value (n_trials, in tables with this column), and has an "
        "interval only if all of them have one."
    ),
    OVER_MEMBRANES: (
        "Membranes of a campaign are made apart, each by a seed of its own or as a ready network "
        "of its own, with its own charged groups, water, cell and trials. A row with the name of a "
        "membrane is of that one alone: of a trial, or, with trial 'all', over its trials. Rows of "
        "membrane 'all' are means over the membranes of the latter, each membrane once whatever "
        "its number of trials and ions, with Student's t interval of these means: its n - 1 "
        "degrees of freedom are those of the n_membranes, and it holds what differs between "
        "membranes and, by its share, between trials. The columns with 'within' beside it are the "
        "t interval of the same mean over the trials of these very membranes, by the mean square "
        "within membranes of a one-way analysis of variance: what more trials would make smaller. "
        "between_share is how much of the variance of single trials is between membranes, of the "
        "first value of a table. Both are given where the value of a membrane is the mean of its "
        "trials. A mean over membranes has its interval only if every "
        "membrane has a value; counts are summed, other columns without an interval are means, or "
        "empty where a membrane has none. Where membranes agree in a share of few ions there is no "
        "interval. Times and lags are those that every membrane has. Rows of membrane 'pooled' "
        "count the ions, contacts or events of all membranes together and take them as "
        "independent, which those in one membrane are not: they are too narrow where membranes "
        "differ, and stand beside the others to show it."
    ),
    "at time": (
        "Feed ions whose z at that very time lies beyond the line, by its place. Those there at "
        f"t = 0 are the start, which the equilibration left, and no transport. {ONE_RESERVOIR}"
    ),
    "by time": (
        "Feed ions whose z was beyond the line in any stored frame from t = 0 up to that time: "
        "each counts once at its first passage, returns and crossings after it count nothing. "
        "Those beyond at t = 0 are among them: take the count at t = 0 off for passages. "
        f"{ONE_RESERVOIR}"
    ),
    "water content": (
        "Water molecules whose oxygen lies between two planes, averaged over evenly chosen full "
        "frames of the whole run: their number, their number per volume between the planes with "
        "the polymer in it, the share of that volume that they fill at the density of bulk water "
        f"({WATERS_PER_NM3:g} per nm3), their share of the mass of water and polymer, ions left "
        "out, and their mass per volume that the polymer leaves. That volume is what spheres of "
        "1.4 Å can cover between the polymer's atoms (Bondi radii) on a grid of 0.4 Å, in one "
        "frame of each fifth of the run. Place 'membrane' has all water in the "
        f"membrane, also that on a rough surface. {IN_MEMBRANE} Place 'dense region' has less. "
        f"{DENSE_REGION}"
    ),
    "MSD, inside all along": (
        f"{FOLLOWED}, over those in the dense region in every one of these frames up to the lag. "
        f"{CONDITIONED}"
    ),
    "MSD, inside at both ends": (
        f"{FOLLOWED}, over those in the dense region then and at the lag, wherever they were "
        f"between. {CONDITIONED}"
    ),
    "porosity": (
        "Share of each layer of 0.4 Å along z that spheres of 1.4 Å can cover between the "
        "membrane's atoms (Bondi radii), ions and water left out: all but the solvent-excluded "
        "volume, on a grid of 0.4 Å, in one frame of each fifth of the run."
    ),
    "mass density": "Mass per volume of each bin of z, averaged over full frames.",
    "density map": (
        "Mass of the membrane per volume in bins of about 2 Å of x and of z, over the whole of the "
        "box along y, averaged over full frames. x is wrapped into [-L/2, L/2) as in snapshots. "
        "Layers of z that hold no membrane before and behind it are left out."
    ),
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
