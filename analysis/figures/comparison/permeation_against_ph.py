"""Permeation against pH: measured, by steady theory, and counted in simulations; and the charge."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.lines import Line2D

from analysis.figures.sheet import Sheet
from analysis.figures.style import color, label

SIZE_INCHES = (7.4, 2.9)
OFFSETS = {"profile": -0.16, "average": 0.16}
MARKS = {"profile": "s", "average": "o"}
MEASURED_MARK, COUNTED_MARK = "*", "x"
ZETA, NET = "#444444", "#7B3FA0"
SIGN_ARROW_MV = -14.0
"""Length of the arrow that stands for a sign."""
LOGARITHMIC_FROM = 3e-4


def permeation_against_ph(
    steady: pd.DataFrame, counts: pd.DataFrame, charge: pd.DataFrame, cautions: Sequence[str]
) -> Sheet:
    """Draw permeation of each salt's cation against pH, and zeta potential beside net charge.

    Parameters
    ----------
    steady : DataFrame
        Table ``steady`` of a StudyComparison, of one charge fraction.
    counts : DataFrame
        Of `published.counts`: those in the permeate at 100 ns at pH 2, 7 and 10 are drawn as a
        share of all ions of the kind.
    charge : DataFrame
        Table ``charge``.
    cautions : sequence of str
        Of the study, for the caption.
    """
    sheet = Sheet(*SIZE_INCHES)
    steady = sheet.keep("steady", steady)
    layouts = dict(zip(steady["layout"], steady["pH"], strict=True))
    counted = counts[
        (counts["quantity"] == "permeate")
        & (counts["time_ns"] == counts["time_ns"].max())
        & counts["layout"].isin(layouts)
    ]
    counted = counted.assign(pH=counted["layout"].map(layouts))
    counted = sheet.keep("counts", counted)
    charge = sheet.keep("charge", charge)
    grid = sheet.subplots(1, 3, width_ratios=(1, 1, 1))
    cations = {"NaCl": "Na+", "CaCl2": "Ca2+"}
    numbers = sorted(layouts.values())
    for axes, (salt, cation) in zip(grid, cations.items(), strict=False):
        _permeation(axes, steady[(steady["salt"] == salt) & (steady["ion"] == cation)], numbers)
        _counts(axes, counted[counted["salt"] == salt], numbers)
        axes.set(title=f"{label(cation)} of {label(salt)}", xlabel="pH")
        axes.set_xticks(range(len(numbers)), [f"{pH:g}" for pH in numbers])
        axes.set_xlim(-0.5, len(numbers) - 0.5)
    grid[0].set(ylabel="permeation, or share of ions", ylim=(-0.03, 1.0))
    grid[1].set_yscale("log")
    grid[1].set(ylim=(LOGARITHMIC_FROM, 1.6))
    _charge(grid[2], charge)
    sheet.key(_handles())
    fraction = steady["charge_fraction"].iloc[0]
    pressures = " and ".join(f"{bar:g}" for bar in sorted(steady["pressure_bar"].unique()))
    return sheet.finish(
        "(a, b) c_permeate / c_feed. Stars: NF270 measured at 0.1 mol/L and 10 to 15 bar (Liu et "
        "al., 2025); the study prints no number for CaCl₂ at pH 7. Squares and circles: steady "
        f"DSPM-DE with the layouts of the simulations, {100 * fraction:g} % of their charge, as it "
        f"lies and spread evenly; mean over placements and {pressures} bar, bars from least to "
        "most. Crosses: ions that the study counts in the permeate of its simulations after 100 "
        "ns, over all feed ions of the kind, a different quantity: of a transient, with no flow "
        "and far too few ions for a concentration; none are drawn where no number is stated, and "
        "a count of 0 lies on the axis of (b). (c) Measured zeta potential and net charge of the "
        "layouts; of pH 7 the study says only that zeta is negative (arrow). Pore, porosity and "
        f"charge fraction are not of this sample. The study's cautions: {' '.join(cautions)}"
    )


def _permeation(axes, table: pd.DataFrame, numbers: list[float]) -> None:
    for variant, offset in OFFSETS.items():
        own = table[table["variant"] == variant]
        for place, pH in enumerate(numbers):
            rows = own[own["pH"] == pH]
            mean = rows["permeation"].mean()
            low, high = rows["permeation_low"].min(), rows["permeation_high"].max()
            shade = color(rows["ion"].iloc[0])
            x = place + offset
            axes.plot([x, x], [low, high], color=shade, lw=1.0)
            face = shade if variant == "profile" else "white"
            axes.plot(x, mean, marker=MARKS[variant], ms=5, mfc=face, mec=shade)
    measured = table.drop_duplicates("pH").set_index("pH")["measured"]
    axes.plot(
        range(len(numbers)),
        [measured[pH] for pH in numbers],
        ls="none",
        marker=MEASURED_MARK,
        ms=9,
        color="black",
        zorder=4,
    )


def _counts(axes, counted: pd.DataFrame, numbers: list[float]) -> None:
    for row in counted.itertuples():
        share = row.value / row.of
        floor = LOGARITHMIC_FROM * 1.15 if row.salt != "NaCl" else 0.0
        axes.plot(
            numbers.index(row.pH) + (0.33 if row.ion == "Cl-" else -0.33),
            max(share, floor),
            marker=COUNTED_MARK,
            ms=5,
            mew=1.4,
            color=color(row.ion),
            clip_on=False,
        )


def _charge(axes, charge: pd.DataFrame) -> None:
    known = charge[charge["zeta_mV"].notna()]
    axes.axhline(0, color="#BBBBBB", lw=0.6)
    axes.plot(known["pH"], known["zeta_mV"], marker="*", ms=8, color=ZETA, ls="none")
    for pH in charge.loc[charge["zeta_mV"].isna(), "pH"]:
        axes.annotate(
            "",
            xy=(pH, SIGN_ARROW_MV),
            xytext=(pH, 0),
            arrowprops={"arrowstyle": "->", "color": ZETA, "lw": 1.2},
        )
    axes.set(title="charge", xlabel="pH", ylabel="zeta potential (mV)", ylim=(-62, 32))
    axes.set_xticks([2, 4, 6, 8, 10])
    other = axes.twinx()
    net = charge[charge["net_charge_e"].notna()]
    other.plot(net["pH"], net["net_charge_e"], marker="s", ms=6, mfc="none", mec=NET, ls="none")
    # Zeros of both axes at one height.
    low, high = axes.get_ylim()
    scale = 36 / -low
    other.set(ylim=(low * scale, high * scale))
    other.set_ylabel("net charge of the layout (e)", color=NET)
    other.tick_params(axis="y", colors=NET)
    other.spines["right"].set_visible(True)


def _handles() -> list[Line2D]:
    grey = "#555555"

    def mark(marker: str, text: str, **style) -> Line2D:
        return Line2D([], [], ls="none", marker=marker, label=text, **style)

    return [
        mark(MEASURED_MARK, "measured, NF270", ms=9, color="black"),
        mark(MARKS["profile"], "DSPM-DE, layout", ms=5, color=grey),
        mark(MARKS["average"], "DSPM-DE, average", ms=5, mfc="white", mec=grey),
        mark(COUNTED_MARK, "simulated, cation at 100 ns", ms=5, mew=1.4, color=color("Na+")),
        mark(COUNTED_MARK, "simulated, anion", ms=5, mew=1.4, color=color("Cl-")),
        mark("s", "net charge", ms=6, mfc="none", mec=NET),
    ]
