"""The command ``polyamide permeance``: water flux of several campaigns over their pressures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workflow.cli.terminal import console, to_be_written

if TYPE_CHECKING:
    import pandas as pd

REMEDY = "allowed are results of campaigns that differ in transport.drive.pressure_difference_MPa"
FREE = ("name", "stamp", "trials", "platform", "transport.drive", "transport.duration_ns")
"""What campaigns of a ladder may differ in: nothing of it makes another membrane, or other runs of
it at the same pressure."""


def permeance(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="RESULTS...", exists=True, file_okay=False, show_default=False),
    ],
    out: Annotated[
        Path, typer.Option(metavar="DIR", callback=to_be_written, help="Tables and figure go here.")
    ] = Path("permeance"),
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of intervals.")] = 0.95,
) -> None:
    """Fit the permeance to water, L/m2/h/bar, to the fluxes of campaigns at several pressures.

    RESULTS are directories of campaigns that differ in their difference of pressures alone.
    """
    from mdtools.errors import SettingsError
    from workflow.jobs.exit_codes import exit_code_on_error

    with exit_code_on_error("permeance"):
        points = ladder(results)
        from analysis.figures.files import save_all
        from analysis.figures.permeance import permeance as drawn
        from analysis.permeance import permeances

        try:
            fits = permeances(points, level)
        except ValueError as error:
            raise SettingsError(f"{error}: {REMEDY}") from None
        beside = others(results[0], fits)
        out.mkdir(parents=True, exist_ok=True)
        for name, table in (("points", points), ("permeance", fits), ("beside", beside)):
            table.to_csv(out / f"{name}.csv", index=False, float_format="%.7g")
        save_all(drawn(points, fits), out / "flux_over_pressure")
    for row in fits.itertuples():
        console.print(
            f"{row.layout} {row.salt}, {row.definition}: {row.permeance_l_m2_h_bar:.4g} "
            f"({row.low_l_m2_h_bar:.4g} to {row.high_l_m2_h_bar:.4g}) L/m2/h/bar, linear from "
            f"{row.from_MPa:g} to {row.to_MPa:g} MPa, zero at {row.offset_MPa:.3g} MPa, "
            f"{row.thickness_angstrom / 10:.2f} nm thick" + (f"; {row.note}" if row.note else ""),
            markup=False,
            highlight=False,
        )
    for row in beside.itertuples():
        console.print(
            f"beside: {row.what}: {row.permeance_l_m2_h_bar:.4g} L/m2/h/bar ({row.source})",
            markup=False,
            highlight=False,
        )


def ladder(results: list[Path]) -> pd.DataFrame:
    """Return a row for each trial at each pressure.

    Raises SettingsError for results that are none, given twice, of other campaigns but for the
    drive, without the tables, or driven otherwise.
    """
    from mdtools.errors import SettingsError

    refuse_no_ladder(results)
    import pandas as pd

    import analysis

    parts = []
    for directory in results:
        pressure = pressure_MPa(directory)
        try:
            found = analysis.load(directory)
            flow, extent = found["water_flow"], found["extent"]
        except (FileNotFoundError, KeyError):
            raise SettingsError(
                f"{directory} has no table water_flow: let the campaign run to its analysis first"
            ) from None
        faces = extent[(extent["trial"] == "all") & extent["place"].str.endswith("face")]
        thick = faces.groupby(["layout", "salt"])["z_angstrom"].agg(lambda z: z.max() - z.min())
        thick = thick.rename("thickness_angstrom").reset_index()
        rows = flow[flow["trial"] != "all"].merge(thick, on=["layout", "salt"])
        rows = rows.assign(results=str(directory), pressure_MPa=pressure)
        parts.append(rows.assign(note=rows["note"].astype(object).fillna("")))
    points = pd.concat(parts, ignore_index=True)
    if not len(points):
        raise SettingsError("no run of these results is long enough for a flow of water")
    lost = points["flux_l_m2_h"].isna()
    return points[~lost].reset_index(drop=True)


def refuse_no_ladder(results: list[Path]) -> None:
    """Raise SettingsError for a directory given twice, and for one of another campaign."""
    from mdtools.errors import SettingsError

    seen = [directory.resolve() for directory in results]
    for row, directory in enumerate(results):
        if seen[row] in seen[:row]:
            raise SettingsError(f"{directory} is given twice: allowed is each directory once")
    first = decisive(campaign_of(results[0]))
    for directory in results[1:]:
        other = decisive(campaign_of(directory))
        if unlike := sorted(key for key in first | other if first.get(key) != other.get(key)):
            raise SettingsError(
                f"{directory} differs from {results[0]} in {', '.join(unlike)}: {REMEDY}"
            )


def decisive(campaign: dict) -> dict:
    """Return what campaigns of a ladder have in common: blocks, and keys of their runs."""
    blocks = {name: block for name, block in campaign.items() if name != "transport"}
    runs = {f"transport.{key}": value for key, value in campaign["transport"].items()}
    return {key: value for key, value in {**blocks, **runs}.items() if key not in FREE}


def campaign_of(directory: Path) -> dict:
    """Return the campaign that results of one membrane are of; SettingsError if there is none."""
    from mdtools import records
    from mdtools.errors import SettingsError
    from mdtools.runs.status import MEMBRANES

    path = directory / "campaign.json"
    if not path.is_file():
        raise SettingsError(
            f"{directory} holds no results of a campaign (campaign.json is missing)"
        )
    campaign = dict(records.read(path))
    if several := campaign.get("membranes"):
        raise SettingsError(
            f"{directory} has {len(several)} membranes: allowed is that of one, "
            f"{directory / MEMBRANES}/<membrane>"
        )
    return campaign


def pressure_MPa(directory: Path) -> float:
    """Return the difference of pressures of a campaign that nothing else drives."""
    from mdtools.errors import SettingsError
    from mdtools.options import DriveOptions

    drive = DriveOptions(**campaign_of(directory)["transport"]["drive"])
    if others := [kind for kind in drive.kinds if kind != "pressure"]:
        raise SettingsError(
            f"{directory} was driven by a {' and a '.join(others)}, which drags water along: "
            "allowed are pressure and none"
        )
    return drive.pressure_difference_MPa


def others(directory: Path, fits: pd.DataFrame) -> pd.DataFrame:
    """Return permeances to set beside: of continuum theory, and measured ones of like films."""
    import pandas as pd

    from analysis.continuum import Membrane
    from analysis.continuum.performance import pure_water_permeability
    from analysis.options import ComparisonOptions
    from workflow.fabrication.published import MEASURED

    chosen = ComparisonOptions(**campaign_of(directory).get("comparison", {}))
    radius, thickness = chosen.steady_pore_radius_nm, chosen.steady_thickness_nm
    whole = Membrane(1e-9 * radius, 1e-9 * thickness, chosen.steady_permittivity, 0.0)
    full = float(pure_water_permeability(whole).lmh_bar())
    theory = "Hagen and Poiseuille, r^2 / (8 mu dx), comparison.steady_*"
    rows = [
        {
            "what": f"continuum, pores of {radius:g} nm, {thickness:g} nm thick",
            "permeance_l_m2_h_bar": full,
            "source": theory,
        }
    ]
    for (layout, salt), part in fits.groupby(["layout", "salt"], sort=False):
        nm = float(part["thickness_angstrom"].iloc[0]) / 10
        thin = f"continuum, the same pores, as thick as {layout} {salt}, {nm:.2f} nm"
        rows.append({"what": thin, "permeance_l_m2_h_bar": full * thickness / nm, "source": theory})
    for name, values in MEASURED.items():
        if "permeability_lmh_bar" in values:
            value = values["permeability_lmh_bar"]
            measured = f"{name}, piperazine and trimesoyl chloride"
            rows.append(
                {
                    "what": measured,
                    "permeance_l_m2_h_bar": value,
                    "source": "measured, docs/fabrication.md",
                }
            )
    return pd.DataFrame(rows)
