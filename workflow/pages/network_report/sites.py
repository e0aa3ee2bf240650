"""Tables of ionised sites against pH and of the counts that follow for a membrane."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from membranes.layouts.options import LayoutOptions
from membranes.layouts.plans import PAPER_BOX_NM, required_sites
from membranes.layouts.site_densities import PH_RANGE, measured_sites, site_densities
from membranes.layouts.sites import SiteNumbers
from membranes.layouts.titration import STUDY_THICKNESS_NM, STUDY_VOLUME_NM3, titrate
from workflow.pages.network_report.sources import ReportedMembrane

POINTS = 101
"""Of the drawn curves."""
LAYOUT_PH = {"pH2": 2.0, "pH7": 7.0, "pH10": 10.0}
"""Layouts that stand for a pH."""
COUNT_COLUMNS = ["network", "volume", "volume_nm3", "pH", "amine", "carboxylate", "net_charge_e"]
COUNT_COLUMNS += ["amine_sites", "carboxyl_sites"]


def layout_volume_nm3(box_nm: Sequence[float]) -> float:
    """Return the volume that the layouts' counts refer to: the study's, scaled as the counts are.

    >>> layout_volume_nm3((5.2, 5.2, 5.0))
    67.0
    """
    return STUDY_VOLUME_NM3 * float(np.prod(box_nm)) / float(np.prod(PAPER_BOX_NM))


def titration_tables(box_nm: Sequence[float]) -> dict[str, pd.DataFrame]:
    """Return the tables of figure titration: curves, measured, used."""
    curves = site_densities(np.linspace(*PH_RANGE, POINTS)).assign(
        thickness_nm=STUDY_THICKNESS_NM, volume_nm3=layout_volume_nm3(box_nm)
    )
    used = pd.DataFrame(
        {"kind": kind, "layout": name, "pH": pH, "count": count}
        for name, pH in LAYOUT_PH.items()
        for kind, count in required_sites(name, LayoutOptions(), box_nm).items()
    )
    return {"curves": curves, "measured": measured_sites(), "used": used}


def count_table(
    membranes: Sequence[ReportedMembrane], volumes_nm3: Sequence[float]
) -> pd.DataFrame:
    """Tabulate the counts of the areal densities at integer pH in two volumes of each membrane.

    Of a membrane with another amine than piperazine, which has no such densities, there are none.

    Parameters
    ----------
    membranes : sequence of ReportedMembrane
    volumes_nm3 : sequence of float
        Measured dense volume of each.

    Returns
    -------
    DataFrame
        network, volume ("as the layouts": the study's, scaled by the box; "measured": the dense
        region), volume_nm3, pH, amine, carboxylate, net_charge_e, amine_sites, carboxyl_sites.
    """
    rows = []
    for membrane, measured in zip(membranes, volumes_nm3, strict=True):
        network = membrane.network
        if SiteNumbers.of(network).others:
            continue
        sites = {
            "amine_sites": len(network.arms_in("NH")),
            "carboxyl_sites": len(network.arms_in("COOH")),
        }
        volumes = {"as the layouts": layout_volume_nm3(network.box_nm), "measured": measured}
        for which, volume in volumes.items():
            for pH in range(int(PH_RANGE[0]), int(PH_RANGE[1]) + 1):
                counts = titrate(pH, float(np.prod(network.box_nm[:2])), volume)
                rows.append(
                    {"network": membrane.name, "volume": which, "volume_nm3": volume, "pH": pH}
                    | {"amine": counts.amine, "carboxylate": counts.carboxylate}
                    | {"net_charge_e": counts.net_charge_e}
                    | sites
                )
    return pd.DataFrame(rows, columns=COUNT_COLUMNS)
