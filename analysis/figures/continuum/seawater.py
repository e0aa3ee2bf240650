"""Five membranes in seawater at one pressure, model beside measurement."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.continuum.ions import color, label, marker_handles, marker_style, ordered
from analysis.figures.continuum.permeability import model_and_measured, pair_handles
from analysis.figures.sheet import Sheet

PAIR_INCHES = (7.0, 2.6)
SINGLE_INCHES = (5.2, 2.8)
ASSUMED = (
    "Assumed: ideal activities, Born exclusion with Stokes radii, hindrance after Dechadilok and "
    "Deen, no image charges, no concentration polarisation, van 't Hoff's osmotic pressure, "
    "viscosity 0.89 mPa s"
)
STUDY = "Labban et al., J. Membr. Sci. 554, 26 (2018)"
EARLIER = "Labban et al., J. Membr. Sci. 521, 18 (2017), table 9, as the tests of WaterTAP carry it"
SPREAD = 0.26
"""Between the points of neighbouring ions of one membrane."""
MEASURED_OFFSET = 0.1


def seawater_performance(membranes: pd.DataFrame) -> Figure:
    """Draw flux and hardness removal of each membrane.

    Parameters
    ----------
    membranes : DataFrame
        membrane, pressure_bar, flux_lmh, hardness_removal, and of the last two the measured_ twins
        (NaN if not printed).
    """
    sheet = Sheet(*PAIR_INCHES)
    membranes = sheet.keep("membranes", membranes)
    flux, hardness = sheet.subplots(1, 2)
    model_and_measured(flux, membranes, "flux_lmh", "flux (L m⁻² h⁻¹)")
    model_and_measured(hardness, membranes, "hardness_removal", "hardness removal")
    hardness.set(ylim=(0, 1))
    sheet.key(pair_handles())
    both = membranes.dropna(subset=["measured_flux_lmh"])
    error = (both.flux_lmh / both.measured_flux_lmh - 1).abs().max()
    order = " > ".join(membranes.sort_values("hardness_removal", ascending=False).membrane)
    return sheet.finish(
        f"Synthetic seawater at {membranes.pressure_bar.iloc[0]:g} bar. (a) Flux; measured: the "
        f"{len(both)} numbers in the text, largest difference {100 * error:.0f} %. (b) Removal of "
        f"calcium and magnesium; the model's order is {order}. Measured: LbL1.5C from the "
        f"rejections of both ions at this flux ({EARLIER}); LbL3 from the statement that its "
        "permeate is half as hard. The text calls LbL3 the best and NF270 the poorest. "
        f"{ASSUMED}. Corresponds to figure 10 of {STUDY}."
    )


def divalent_rejections(rejections: pd.DataFrame) -> Figure:
    """Draw rejections of divalent ions by each membrane.

    Parameters
    ----------
    rejections : DataFrame
        membrane, pressure_bar, ion, rejection, measured_rejection (NaN if not printed).
    """
    sheet = Sheet(*SINGLE_INCHES)
    rejections = sheet.keep("rejections", rejections)
    axes = sheet.subplots()
    names = list(dict.fromkeys(rejections.membrane))
    ions = ordered(rejections.ion)
    for number, ion in enumerate(ions):
        own = rejections[rejections.ion == ion].set_index("membrane").loc[names]
        place = [k + SPREAD * (number - (len(ions) - 1) / 2) for k in range(len(names))]
        axes.vlines(place, 0, own.rejection, color=color(ion), lw=0.6, alpha=0.5)
        axes.plot(place, own.rejection, ms=6, **marker_style(ion))
        axes.plot(
            [x + MEASURED_OFFSET for x in place],
            own.measured_rejection,
            **(marker_style(ion) | {"mfc": "white"}),
            ms=6,
            mew=1.3,
        )
    axes.set_xticks(range(len(names)), names)
    axes.set(ylabel="rejection", ylim=(0, 1.02))
    grey = "#555555"
    sheet.key(
        [
            *marker_handles(ions),
            Line2D([], [], ls="none", marker="o", color=grey, label="model"),
            Line2D([], [], ls="none", marker="o", mfc="white", mec=grey, label="measured"),
        ]
    )
    shown = rejections.dropna(subset=["measured_rejection"])
    numbers = (f"{label(row.ion)} {row.measured_rejection:g}" for row in shown.itertuples())
    return sheet.finish(
        f"Rejection of divalent ions from synthetic seawater at {rejections.pressure_bar.iloc[0]:g}"
        f" bar. Filled: model. Open: LbL1.5C at the same flux, {', '.join(numbers)} ({EARLIER}); "
        "of the others no number is printed, and the text says that LbL3 rejects calcium and "
        "magnesium best, that the rejection of sulfate falls most with LbL2, and that NF270 is the "
        f"poorest. {ASSUMED}. Corresponds to figure 11 of {STUDY}."
    )
