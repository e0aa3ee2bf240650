import numpy as np
import pandas as pd
import pytest

from analysis.figures.continuum.ph_dependence import STYLES
from analysis.figures.files import ENDINGS
from membranes import titrate
from membranes.layouts.titration import STUDY_THICKNESS_NM, STUDY_VOLUME_NM3, study_net_charge_e
from workflow.dspmde import nf270_cases, nf270_ph, nf270_sites
from workflow.dspmde.nf270_ph_files import DEFINITIONS, FIGURE, TABLES

PER_E = 6.02214076e23 * STUDY_VOLUME_NM3 * 1e-27 * nf270_sites.POROSITY
"""Charges in the study's volume for a mol/m3 of its pore fluid."""


@pytest.mark.parametrize("pH", [2.0, 7.0, 10.0])
def test_areal_sites_are_the_groups_of_the_titration(pH):
    sites = nf270_sites.areal_sites([pH])
    facts = titrate(pH, STUDY_VOLUME_NM3 / STUDY_THICKNESS_NM, STUDY_VOLUME_NM3).facts
    assert sites.positive[0] * PER_E == pytest.approx(facts["curve_amine"])
    assert sites.negative[0] * PER_E == pytest.approx(facts["curve_carboxylate"])


def test_net_sites_have_the_charge_of_the_study():
    pH = np.array([2.0, 3.3, 7.0, 10.0])
    net = nf270_sites.net_sites(pH).net(1.0, 1.0)
    assert net * PER_E == pytest.approx([study_net_charge_e(value) for value in pH], abs=1e-9)


def test_curves_have_sites_at_every_pH_that_is_compared():
    pH = nf270_cases.curve_pH()
    for variant in nf270_cases.VARIANTS.values():
        sites = nf270_cases.sites_of(variant, pH)
        sites.rows([one.pH for one in nf270_cases.observed()])


def test_names_of_variants_are_one_set():
    named = {*nf270_cases.OF_NET_CHARGE, *nf270_cases.TRIED, *STYLES}
    assert named <= set(nf270_cases.VARIANTS)


@pytest.mark.slow
def test_everything_that_the_rule_promises_is_written(tmp_path, monkeypatch):
    asked = pd.DataFrame(
        {"pore": "P", "pH": [2.0, 7.0], "charge_mol_m3": [30.0, -6.0], "low": -9.0, "high": 39.0}
    )
    monkeypatch.setattr(nf270_ph, "free_charge", lambda: asked)
    chosen = {name: nf270_cases.VARIANTS[name] for name in ("all sites",)}
    files = nf270_ph.write_nf270_ph(tmp_path, variants=chosen)
    assert {path.name for path in files} == {
        *(f"{table}.csv" for table in TABLES),
        *(f"{FIGURE}.{ending}" for ending in ENDINGS),
        "definitions.json",
        "assumptions.json",
    }
    assert (tmp_path / f"{FIGURE}.png").stat().st_size > 20_000
    points = pd.read_csv(tmp_path / "points.csv")
    # Sites as titrated reject all that was measured to permeate.
    assert (points.predicted < points.measured).all() and len(points) == 5
    explained = {word.strip() for words in DEFINITIONS for word in words.split(",")}
    assert {"chi2", "freedom", "sd_accepted"} <= explained


@pytest.mark.slow
def test_the_data_alone_ask_for_charge_of_the_sign_of_zeta():
    found = nf270_cases.free_charge()
    labban = found[found.pore.str.startswith("Labban")].set_index("pH")
    # +15 mV at pH 2, -51 mV at pH 10.
    assert labban.low[2.0] > 0 and labban.high[10.0] < 0
