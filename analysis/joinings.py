"""How each table over trials becomes one over membranes: its values, keys, sums, and what counts.

Columns and words of such tables are named here, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.kernels import poisson_interval
from analysis.statistics import Interval, percent, pooled_rate, share_of_ions

MEMBRANE = "membrane"
"""Column of tables over several membranes: which one, ACROSS or TOGETHER."""
ACROSS = "all"
"""Membrane of a row that is the mean of the membranes' own rows, with its interval over them."""
TOGETHER = "pooled"
"""Membrane of a row that counts what is in all membranes together, taken as independent."""
NUMBER = "n_membranes"
"""Column: how many membranes have a value, in rows over all of them."""
BETWEEN = "between_share"
"""Column: how much of the variance of single trials is between membranes."""
NO_END = "none: no end was seen in every membrane"
WHOLE_TIME = "time_ns_of_all"
"""Column of the time in all stays, while rows are joined."""
OF_GROUPS = "group_charge_e"
"""Column that a membrane has the same in all of its rows: their mean needs not all of them."""
DIGITS = 6
"""Of the numbers that tell rows apart, such as z: tables have seven."""
SURVIVAL = "survival_share"
AGREE = "none: all membranes agree, which few ions often do by chance"
"""Of shares and rates of what is counted: their spread would be no interval then."""

AGREE_TRIALS = "none: all trials agree, which few ions often do by chance"
"""The same of trials."""


@dataclass(frozen=True)
class Value:
    """A value of a table, the columns of its interval, and the bounds of what it may be."""

    name: str
    low: str
    high: str
    least: float = 0.0
    most: float = np.inf
    interval: str = "interval"

    @property
    def within(self) -> tuple[str, str, str]:
        """Columns of the interval over the trials of these membranes: low, high, what it is."""
        return inner(self.low), inner(self.high), inner(self.interval)


def inner(column: str) -> str:
    """Return the column of the interval within membranes beside that of one over them.

    >>> inner("low_share"), inner("high"), inner("slope_interval")
    ('low_within_share', 'high_within', 'slope_interval_within')
    """
    edge, *unit = column.split("_", 1)
    return "_".join((edge, "within", *unit)) if edge in ("low", "high") else f"{column}_within"


@dataclass(frozen=True)
class Joining:
    """How rows over the trials of each membrane become one over the membranes.

    ``keys``: numbers that tell rows apart, beside all labels; ``until_all``: those of which rows
    are given only where every membrane has one, as times; ``together``: what gives the row of all
    that was counted, from the sums of a row; ``of_few``: such shares without that row; ``counts``:
    columns that are sums here, ``each``: those that are not, as of one trial.
    """

    values: tuple[Value, ...] = ()
    keys: tuple[str, ...] = ()
    until_all: bool = False
    together: Callable[[dict, float], dict | None] | None = None
    of_few: bool = False
    counts: tuple[str, ...] = ()
    each: tuple[str, ...] = ()


def bounded(unit: str, *names: str, least: float = 0.0, most: float = np.inf) -> tuple[Value, ...]:
    """Values whose interval is in the columns low_<unit> and high_<unit>."""
    return tuple(Value(name, f"low_{unit}", f"high_{unit}", least, most) for name in names)


def own(*names: str, least: float = 0.0, most: float = np.inf) -> tuple[Value, ...]:
    """Values whose interval is in the columns low_<value> and high_<value>."""
    return tuple(one for name in names for one in bounded(name, name, least=least, most=most))


def shares_together(row: dict, level: float, of: str = "ions") -> dict | None:
    """Return the share of all that is counted, taken as independent."""
    if not row["n"]:
        return None
    found = _columns(share_of_ions(int(row["count"]), int(row["n"]), level), "share")
    return found | {"interval": f"{percent(level)} Clopper-Pearson of {row['n']:g} {of}"}


def crossings_together(row: dict, level: float) -> dict | None:
    """Return rate and share of all ions, taken as independent."""
    if not row["n"] or not row["ion_ns"] > 0:
        return None
    rate = pooled_rate([row["count"]], [row["ion_ns"]], level)
    share = share_of_ions(int(row["ions"]), int(row["n"]), level)
    both = _columns(rate, "rate_per_ns", "per_ns") | _columns(share, "share")
    return both | {"interval": f"{percent(level)} Garwood of {row['count']:g} events; {share.kind}"}


def contacts_together(row: dict, level: float) -> dict | None:
    """Return the shares of all contacts, taken as independent."""
    if not row["contacts"]:
        return None
    found: dict = {}
    for counted, name, unit in (
        ("chaperoned", "chaperoned_share", "share"),
        ("retreated", "retreated_share", "retreated_share"),
    ):
        share = share_of_ions(int(row[counted]), int(row["contacts"]), level)
        found |= _columns(share, name, unit)
    return found | {"interval": f"{percent(level)} Clopper-Pearson of {row['contacts']:g} contacts"}


def lifetimes_together(row: dict, level: float) -> dict | None:
    """Return time over ends of all membranes, the lifetime of independent exponential stays."""
    time, ends = row.get(WHOLE_TIME, np.nan), row["ends"]
    if not np.isfinite(time) or not ends:
        return None
    fewest, most = poisson_interval(ends, level)
    interval = Interval(
        np.asarray(time / ends),
        np.asarray(time / most),
        np.asarray(time / fewest),
        f"{percent(level)} Garwood of {ends:g} ends, taken as independent",
    )
    return _columns(interval, "lifetime_ns", "ns")


def _columns(interval: Interval, name: str, unit: str | None = None) -> dict:
    unit = unit or name
    return {
        name: float(interval.value),
        f"low_{unit}": float(interval.low),
        f"high_{unit}": float(interval.high),
        "interval": interval.kind,
    }


PROFILE = ("z_angstrom",)
LIFETIME = Joining(bounded("ns", "lifetime_ns"), together=lifetimes_together)
CURVE = Joining(bounded("share", SURVIVAL, most=1.0), keys=("time_ns",), until_all=True)
SLOPES = tuple(
    Value(name, low, high, least, interval="slope_interval")
    for name, low, high, least in (
        ("slope", "low_slope", "high_slope", -np.inf),
        ("middle_angstrom2", "low_middle_angstrom2", "high_middle_angstrom2", 0.0),
        ("generalized_nm2_ns_alpha", "low_nm2_ns_alpha", "high_nm2_ns_alpha", 0.0),
    )
)
DIFFUSION = (*own("alpha", least=-np.inf), *bounded("nm2_ns", "diffusivity_nm2_ns"))
WATER = (
    *own("molecules", "per_nm3"),
    *own("volume_percent"),
    *bounded("percent", "weight_percent"),
    *bounded("g_cm3", "void_g_cm3"),
)
FREE = -np.inf
JOININGS = {
    "trials": Joining(),
    "extent": Joining(bounded("angstrom", "z_angstrom", least=FREE)),
    "density_map": Joining(bounded("g_cm3", "density_g_cm3"), keys=("x_angstrom", "z_angstrom")),
    "z_pdf": Joining(
        bounded("per_angstrom", "density_per_angstrom"),
        keys=("time_ns", "z_angstrom"),
        until_all=True,
    ),
    "mean_z": Joining(
        bounded("angstrom", "z_angstrom", least=FREE), keys=("time_ns",), until_all=True
    ),
    "permeation": Joining(
        own("share", most=1.0), keys=("time_ns",), until_all=True, together=shares_together
    ),
    "density": Joining(bounded("g_cm3", "density_g_cm3"), keys=PROFILE),
    "elements": Joining(bounded("per_nm3", "density_per_nm3"), keys=PROFILE),
    "groups": Joining(bounded("per_nm3", "density_per_nm3"), keys=PROFILE),
    "charge": Joining(bounded("e_nm3", "density_e_nm3", least=FREE), keys=PROFILE),
    "porosity": Joining(bounded("share", "void_share", most=1.0), keys=PROFILE),
    "structure": Joining((Value("value", "low", "high"),)),
    "pore_sizes": Joining(
        bounded("per_angstrom", "density_per_angstrom"), keys=("diameter_angstrom",)
    ),
    "water": Joining(WATER),
    "water_msd": Joining(bounded("angstrom2", "msd_angstrom2"), keys=("lag_ps",), until_all=True),
    "water_diffusion": Joining(DIFFUSION),
    "water_flow": Joining(
        (*bounded("per_ns", "per_ns", least=FREE), *bounded("l_m2_h", "flux_l_m2_h", least=FREE))
    ),
    "anchors_force": Joining(
        (*bounded("pN", "force_pN", least=FREE), *bounded("MPa", "pressure_MPa", least=FREE))
    ),
    "energy_z": Joining(bounded("kcal_mol", "total_kcal_mol", least=FREE), keys=PROFILE),
    "radial": Joining(own("g"), keys=("r_angstrom",)),
    "first_shells": Joining(bounded("angstrom", "r_angstrom")),
    "coordination": Joining(own("coordination"), keys=PROFILE),
    "pair_lifetime": LIFETIME,
    "pair_survival": CURVE,
    "pair_number": Joining(
        (*own("contacts"), *own("cation_share", "anion_share", most=1.0)),
        keys=("time_ns",),
        until_all=True,
    ),
    "cluster_sizes": Joining(own("share", most=1.0), keys=("size",)),
    "cluster_share": Joining(
        own("share", most=1.0), keys=("time_ns", "smallest"), until_all=True, each=("n",)
    ),
    "cluster_lifetime": Joining(LIFETIME.values, keys=("smallest",), together=lifetimes_together),
    "chaperones": Joining(
        (
            *bounded("share", "chaperoned_share", most=1.0),
            *own("retreated_share", most=1.0),
        ),
        together=contacts_together,
        counts=("contacts",),
    ),
    "chaperone_advance": Joining(
        (
            *own("company_angstrom", "alone_angstrom", least=FREE),
            *own("steps_share", most=1.0),
        )
    ),
    "group_share": Joining(
        own(
            *("at_share", "near_share", "at_inside_share", "near_inside_share", "inside_share"),
            most=1.0,
        )
    ),
    "group_residence": LIFETIME,
    "dwell_survival": CURVE,
    "hop_shares": Joining(
        own("share", most=1.0), together=partial(shares_together, of="departures")
    ),
    "hop_advance": Joining(bounded("angstrom", "advance_angstrom", least=FREE)),
    "crossings": Joining(
        (*bounded("per_ns", "rate_per_ns"), *own("share", most=1.0)), together=crossings_together
    ),
    "passage_times": Joining(bounded("ns", "median_ns")),
    "passage_curves": CURVE,
    "ion_msd": Joining(bounded("angstrom2", "msd_angstrom2"), keys=("lag_ps",), until_all=True),
    "ion_diffusion": Joining((*DIFFUSION, *SLOPES)),
}
"""Tables with rows over all trials, by name."""
ALONE = ("snapshots", "energy_ions", "hop_edges")
"""Tables of single trials, ions or groups, of which nothing is a mean over membranes."""
LABELS = (
    *("layout", "salt", "definition", "role", "pair", "species", "partner", "preset", "scope"),
    *("of", "site", "place", "line", "direction", "event", "how", "quantity", "unit", "clipped"),
)
SUMS = (
    *("n", "n_trials", "count", "ions", "samples", "pairs", "references", "ends", "at_risk"),
    *("frames", "chaperoned", "retreated", "ion_ns", "slope_trials"),
)
REDUCED = {
    "from_ns": "max",
    "to_ns": "max",
    "analysed_ns": "min",
    "until_ns": "min",
    "shortest_ns": "min",
    "min_angstrom2": "min",
    "target_ns": "max",
    "max_angstrom2": "max",
}
"""Columns that are neither a mean nor a sum over membranes."""
PARAMETERS = (
    *("cutoff_angstrom", "leave_angstrom", "gap_ps", "interval_ps", "margin_angstrom"),
    *("from_ps", "to_ps", "smallest"),
)
"""Columns that say how a number was made, the same in all membranes that have it."""
ALL_OF = ("complete", "reachable")
ANY_OF = ("flat",)
ENDED = ("ends", "count")
"""Numbers of what ended, out of n; censored_share is the share of the others."""
