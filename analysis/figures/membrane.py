"""Dry membranes: density along z and sizes of their pores."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.figures.sheet import Sheet, sides
from analysis.figures.style import PALETTE, Z_LABEL

SIZE_INCHES, PORES_INCHES = (4.8, 2.6), (6.4, 2.6)
DASHES = ((0, (5, 1.5)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)), (0, (2.5, 1.5)))
MEAN_DASHES = (0, (6, 2))
ROOM = 1.15
LEAST_NETWORKS = 2
"""From which on a mean is drawn."""
PORE_SHARE = 0.002
"""Of the highest density: beyond the last diameter with more, the axis ends."""


def density_profile(density: pd.DataFrame, quantities: pd.DataFrame) -> Figure:
    """Draw mass density of dry networks along z, and their dense region.

    Parameters
    ----------
    density : DataFrame
        network, z_angstrom (the same for all networks), density_g_cm3.
    quantities : DataFrame
        network, quantity, value; of them dense_low_nm, dense_high_nm and dense_density_g_cm3 are
        read.
    """
    sheet = Sheet(*SIZE_INCHES)
    axes = sheet.subplots()
    density, quantities = sheet.keep("density", density), sheet.keep("quantities", quantities)
    draw_curves(axes, density, "z_angstrom", "density_g_cm3")
    low, high = (10 * values_of(quantities, f"dense_{end}_nm").mean() for end in ("low", "high"))
    axes.axvspan(low, high, color=PALETTE["membrane"], alpha=0.12, lw=0)
    ours = values_of(quantities, "dense_density_g_cm3")
    axes.hlines(ours.mean(), low, high, color="black", lw=0.9, ls=MEAN_DASHES)
    top = density.density_g_cm3.max()
    axes.set(xlabel=Z_LABEL, ylabel="density (g cm⁻³)", ylim=(0, ROOM * top))
    axes.set_xlim(density.z_angstrom.min(), density.z_angstrom.max())
    sides(axes)
    sheet.key(
        [
            *curve_handles(density),
            Patch(color=PALETTE["membrane"], alpha=0.2, label="dense region"),
            Line2D([], [], color="black", lw=0.9, ls=MEAN_DASHES, label="its mean density"),
        ]
    )
    over = ", means over the networks" if len(ours) > 1 else ""
    step = float(np.diff(density.z_angstrom.unique()[:2])[0])
    return sheet.finish(
        f"Mass density of the dry polymer in bins of {step:g} Å, {counted(density)}. Dense region: "
        "where the density, averaged over 5 Å, is above half of its upper quartile; its limits "
        f"are {signed(low)} and {signed(high)} Å{over}. Its density "
        f"is {with_sd(ours, 3)} g cm⁻³, dry: no number of membranes in water compares with it."
    )


def pore_sizes(pores: pd.DataFrame, quantities: pd.DataFrame) -> Figure:
    """Draw pore-size distributions of dry networks with their mean, and what they add up to.

    Parameters
    ----------
    pores : DataFrame
        network, diameter_angstrom (of common bins), density_per_angstrom, probe_angstrom.
    quantities : DataFrame
        network, quantity, value; mean_pore_diameter_angstrom is read.
    """
    sheet = Sheet(*PORES_INCHES)
    axes, total = sheet.subplots(1, 2, sharex=True)
    pores, quantities = sheet.keep("pores", pores), sheet.keep("quantities", quantities)
    draw_curves(axes, pores, "diameter_angstrom", "density_per_angstrom")
    ours = values_of(quantities, "mean_pore_diameter_angstrom")
    probe = pores.probe_angstrom.iloc[0]
    axes.axvline(ours.mean(), color="black", lw=0.9, ls=MEAN_DASHES)
    highest = pores.density_per_angstrom.max()
    seen = pores.diameter_angstrom[pores.density_per_angstrom > PORE_SHARE * highest]
    axes.set(xlabel="pore diameter (Å)", ylabel="share of open volume (Å⁻¹)")
    axes.set(xlim=(0, seen.max() * ROOM), ylim=(0, ROOM * highest))
    draw_curves(total, cumulative(pores), "diameter_angstrom", "share_percent")
    total.axvline(ours.mean(), color="black", lw=0.9, ls=MEAN_DASHES)
    total.set(
        xlabel="pore diameter (Å)", ylabel="open volume in pores\nup to it (%)", ylim=(0, 103)
    )
    sheet.key(
        [
            *curve_handles(pores),
            Line2D([], [], color="black", lw=0.9, ls=MEAN_DASHES, label="mean diameter"),
        ]
    )
    return sheet.finish(
        "Geometric pore sizes of the dry dense region: volume that a sphere of that diameter, but "
        f"no larger one, covers without touching an atom, over all that a probe of {probe:.1f} Å "
        f"covers; {counted(pores)}. Left: its density; right: the share in pores up to a diameter. "
        f"Its mean is {with_sd(ours)} Å, dry: no number of membranes in water compares with it."
    )


def cumulative(pores: pd.DataFrame) -> pd.DataFrame:
    """Return the share of the open volume in pores up to a diameter, percent, of each network.

    All networks have the same diameters, the upper ends of the bins.

    >>> bins = {"diameter_angstrom": [1.0, 3.0], "density_per_angstrom": [0.125, 0.375]}
    >>> cumulative(pd.DataFrame(bins | {"network": "one"})).share_percent.tolist()
    [25.0, 100.0]
    """
    table = pores.pivot(index="diameter_angstrom", columns="network", values="density_per_angstrom")
    table = table.fillna(0)[list(dict.fromkeys(pores.network))]
    width = float(np.diff(table.index[:2])[0])
    shares = (100 * width * table.cumsum()).set_axis(table.index + width / 2)
    shares.index.name = "diameter_angstrom"
    return shares.reset_index().melt(id_vars="diameter_angstrom", value_name="share_percent")


def draw_curves(axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Draw each network as a thin line, and their mean as a thick one if there are several."""
    names = list(dict.fromkeys(table.network))
    several = len(names) >= LEAST_NETWORKS
    for number, name in enumerate(names):
        curve = table[table.network == name]
        dashes = DASHES[min(number, len(DASHES) - 1)] if several else "solid"
        axes.plot(
            curve[x], curve[y], color=PALETTE["membrane"], lw=0.7 if several else 1.4, ls=dashes
        )
    if several:
        # Where a network has no bin, it has nothing there.
        mean = table.pivot(index=x, columns="network", values=y).fillna(0).mean(axis=1)
        axes.plot(mean.index, mean, color="black")


def curve_handles(table: pd.DataFrame) -> list:
    """Return the legend handles of the lines of `draw_curves`."""
    names = list(dict.fromkeys(table.network))
    grey = PALETTE["membrane"]
    if len(names) < LEAST_NETWORKS:
        return [Line2D([], [], color=grey, label=names[0])]
    thin = [
        Line2D([], [], color=grey, lw=0.7, ls=dashes, label=name)
        for name, dashes in zip(names, DASHES, strict=False)
    ]
    if len(names) > len(DASHES):
        thin[-1].set_label(f"{names[len(DASHES) - 1]} to {names[-1]}")
    return [*thin, Line2D([], [], color="black", label="mean of networks")]


def values_of(quantities: pd.DataFrame, name: str) -> pd.Series:
    """Return the values of a quantity, one for each network; KeyError if there is none."""
    values = quantities.value[quantities.quantity == name]
    if values.empty:
        raise KeyError(
            f"no quantity {name!r}, there are: {', '.join(quantities.quantity.unique())}"
        )
    return values


def counted(table: pd.DataFrame) -> str:
    """Return the number of networks for a caption."""
    count = table.network.nunique()
    return f"n = {count} networks; thick line: their mean" if count > 1 else "n = 1 network"


def signed(z: float) -> str:
    """Return a place along z as printed.

    >>> signed(-22.66)
    '−22.7'
    """
    return f"{z:.1f}".replace("-", "−")


def with_sd(values: pd.Series, digits: int = 2) -> str:
    """Return the mean and standard deviation over networks.

    >>> with_sd(pd.Series([1.0, 1.2])), with_sd(pd.Series([1.0]))
    ('1.10 ± 0.14', '1.00')
    """
    mean = f"{values.mean():.{digits}f}"
    return f"{mean} ± {values.std(ddof=1):.{digits}f}" if len(values) > 1 else mean
