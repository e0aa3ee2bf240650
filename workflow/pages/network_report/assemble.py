"""Assembly of a membrane report: a directory with a page, tables and figures."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from mdtools.atomic import write_text
from mdtools.durations import Pace
from membranes.layouts.sites import SiteNumbers
from workflow.pages.network_report import hydrated, measure, sites
from workflow.pages.network_report.figures import DrawnFigure, draw
from workflow.pages.network_report.page import PageContent, render
from workflow.pages.network_report.sources import ReportedMembrane
from workflow.pages.network_report.viewer import viewer

FLOATS = "%.7g"


def assemble(membranes: Sequence[ReportedMembrane], out: Path, log: Callable[[str], None]) -> Path:
    """Measure, draw and write; see ``workflow.pages.network_report.report``."""
    layouts, pores = {}, {}
    # Figures and the 3-D view take about as long as one membrane.
    pace = Pace(len(membranes) + 1)
    for number, membrane in enumerate(membranes):
        atoms = len(membrane.network.names)
        log(f"{membrane.name}: {atoms} atoms, pore sizes{pace.left(number)}")
        pores[membrane.name] = measure.pore_sizes_of(membrane.network)
        layouts[membrane.name] = measure.place_layouts(membrane)
    tables = _tables(membranes, layouts, pores)
    (out / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_text(out / "tables" / f"{name}.csv", table.to_csv(index=False, float_format=FLOATS))
    log(f"figures{pace.left(len(membranes))}")
    figures = _figures(membranes[0], layouts[membranes[0].name], tables, out / "figures")
    log("3-D view")
    shown = [
        (
            membrane.name,
            membrane.network,
            [
                (name, layout.network)
                for name, layout in layouts[membrane.name].items()
                if not isinstance(layout, str)
            ],
        )
        for membrane in membranes
    ]
    page = out / "report.html"
    write_text(page, render(PageContent(tuple(membranes), tables, tuple(figures), viewer(shown))))
    return page


def _tables(membranes, layouts, pores) -> dict[str, pd.DataFrame]:
    quantities = pd.concat(
        [measure.quantities(membrane, pores[membrane.name]) for membrane in membranes],
        ignore_index=True,
    )
    volumes = quantities.value[quantities.quantity == "dense_volume_nm3"].tolist()
    return {
        "quantities": quantities,
        "summary": measure.summary(quantities),
        "layouts": pd.concat(
            [measure.layout_table(membrane, layouts[membrane.name]) for membrane in membranes],
            ignore_index=True,
        ),
        "density": measure.density_table(membranes),
        "pores": pd.concat(
            [measure.pore_table(name, sizes.exact) for name, sizes in pores.items()],
            ignore_index=True,
        ),
        "counts": sites.count_table(membranes, volumes),
        "hydrated": hydrated.joined((m.name, m.hydrated) for m in membranes),
        "water": pd.DataFrame(
            [(m.name, *row) for m in membranes for row in m.waters],
            columns=["network", "layout", "salt", "waters_in_membrane"],
        ),
    }


def _figures(first, layouts, tables: dict[str, pd.DataFrame], directory: Path) -> list[DrawnFigure]:
    """Draw all figures; the charge layouts are those of the first membrane."""
    quantities, density = tables["quantities"], tables["density"]
    placed = tables["layouts"].query("network == @first.name and problem == ''")
    inputs = {
        "density_profile": {"density": density, "quantities": quantities},
        "pore_sizes": {"pores": tables["pores"], "quantities": quantities},
        "charge_layouts": {
            "groups": measure.group_table(layouts),
            "density": density[density.network == first.name],
            "layouts": placed,
        },
        "titration": sites.titration_tables(first.network.box_nm),
    }
    if placed.empty:
        del inputs["charge_layouts"]
    if SiteNumbers.of(first.network).others:
        del inputs["titration"]
    return [draw(name, given, directory) for name, given in inputs.items()]
