"""Windows of a campaign are counted, and wrong ones refused in a line before anything runs."""

import math

import numpy as np
import pytest

from workflow.campaign import plan, stages, windows
from workflow.campaign.model import Campaign, CampaignError

WINDOWS = {"umbrella.ions": ["Na+"], "umbrella.z_angstrom": [-12.0, 10.0]}


def faults(campaign_file, changes) -> list[str]:
    with pytest.raises(CampaignError) as refused:
        Campaign.read(campaign_file(WINDOWS | changes))
    return refused.value.faults


def test_campaign_without_the_block_has_no_windows(campaign_file):
    campaign = Campaign.read(campaign_file())
    assert campaign.umbrella is None
    assert stages.members(campaign, "pulled") == stages.members(campaign, "umbrella") == []
    names = [stage.name for stage in plan.stages(campaign, figures=1, tables=1)]
    assert not {"pulled", "umbrella", "free energies"} & {*names}


def test_windows_are_counted_from_end_to_end(campaign_file):
    campaign = Campaign.read(campaign_file(WINDOWS))
    # 22 angstrom in steps of one, of one ion in two layouts.
    assert windows.centres(campaign) == pytest.approx(np.arange(-1.2, 1.01, 0.1))
    assert stages.members(campaign, "pulled") == [
        ("pH2", "NaCl", "Na+"),
        ("pH7", "NaCl", "Na+"),
    ]
    assert len(stages.members(campaign, "umbrella")) == 2 * 23
    found = {stage.name: stage for stage in plan.stages(campaign, figures=1, tables=1)}
    umbrella = found["umbrella"]
    assert (umbrella.jobs, found["pulled"].jobs, found["free energies"].jobs) == (46, 2, 3)
    # 500 ps and 5 ns of each at 2 fs.
    assert umbrella.steps == 46 * (250_000 + 2_500_000)
    assert umbrella.simulated_ns == pytest.approx(46 * 5.5)
    # Ten segments with a state of each particle, and a sample each ps.
    assert umbrella.disk_bytes > 46 * 10 * 155 * umbrella.particles


def test_ions_are_sampled_in_the_salts_that_have_them(campaign_file):
    salts = {"NaCl": {"ions": {"Na+": 1, "Cl-": 1}}, "KCl": {"ions": {"K+": 1, "Cl-": 1}}}
    changes = {"salts": salts, "umbrella.ions": ["K+", "Cl-"], "umbrella.layouts": ["pH7"]}
    campaign = Campaign.read(campaign_file(WINDOWS | changes))
    assert windows.members(campaign) == [
        ("pH7", "KCl", "K+"),
        ("pH7", "KCl", "Cl-"),
        ("pH7", "NaCl", "Cl-"),
    ]


def test_range_goes_from_feed_to_permeate_where_none_is_given(campaign_file):
    campaign = Campaign.read(campaign_file({"umbrella.ions": ["Na+"]}))
    low, high = windows.default_range(campaign)
    # Half of 2.0 nm, stretched by 1.45, and of a reservoir of 60 waters all but 8 angstrom.
    water = 10 * 60 / (33.4 * 1.48 * 1.28)
    assert high == -low == pytest.approx(14.5 + water - 8)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"umbrella.ions": ["K+"]},
            "umbrella.ions.0: value K+: salt NaCl has no such ion, allowed",
        ),
        ({"umbrella.ions": ["Na+", "Na+"]}, "umbrella.ions.1: value Na+: given twice"),
        ({"umbrella.ions": []}, "umbrella.ions: value []: allowed is at least 1 entry"),
        ({"umbrella.z_angstrom": [-120.0, 10.0]}, "umbrella.z_angstrom.0: value -120.0: outside"),
        ({"umbrella.z_angstrom": [10.0, -10.0]}, "umbrella.z_angstrom: value [10.0, -10.0]: "),
        ({"umbrella.stiffness_kcal_mol_angstrom2": 0}, "allowed is above 0 kcal/mol/angstrom2"),
        ({"umbrella.spacing_angstrom": 3.0}, "windows do not overlap: an ion varies by "),
        ({"umbrella.spacing_angstrom": 0.001}, "makes 22000 windows of each ion, allowed are at"),
        ({"umbrella.sample_ps": 0.001, "umbrella.segment_ps": 1}, "whole multiples of 0.002 ps"),
        (
            {"umbrella.segment_ps": 499.5},
            "segment_ps: value 499.5: must be a whole multiple of sample_ps, but 499.5 ps is not o",
        ),
        (
            {"umbrella.segment_ps": 333.0},
            "umbrella.duration_ns: value none: must be a whole multiple of segment_ps, but 5000 ps",
        ),
        ({"umbrella.pull_ps": 1e-4}, "umbrella.pull_ps: value 0.0001: allowed is at least 0.002 "),
        ({"umbrella.equilibration_ps": 1e-4}, "allowed is at least 0.002 ps, the transport.time"),
        (
            {"umbrella.layouts": ["pH10"]},
            "umbrella.layouts.0: value pH10: not among the campaign's",
        ),
        ({"umbrella.blocks": 4000}, "allowed is at least 8 ns: two samples for each of 4000 bloc"),
        ({"cell.anchored_percent": 0}, "cell.anchored_percent: value 0: allowed is above 0 with"),
        ({"umbrella.spacing_nm": 0.1}, "no such key, allowed are ions, "),
    ],
)
def test_wrong_windows_are_refused_in_one_line(campaign_file, changes, said):
    found = faults(campaign_file, changes)
    assert len(found) == 1, found
    assert said in found[0]
    assert found[0].split(":")[1].isdigit()


def test_umbrella_as_a_drive_is_told_where_it_belongs(campaign_file):
    found = faults(campaign_file, {"transport.drive": {"kind": "umbrella"}})
    assert len(found) == 1
    assert "windows are no drive of the runs, allowed is a block umbrella beside" in found[0]


def test_widest_spacing_that_is_named_is_taken(campaign_file):
    spacing = float(faults(campaign_file, {"umbrella.spacing_angstrom": 3.0})[0].split()[-6])
    kT = 8.314e-3 * 300 / 4.184
    assert spacing == pytest.approx(4.11 * math.sqrt(kT / 2.5), rel=0.05)
    # 20 angstrom: so many windows lie just as far apart as asked.
    changes = {"umbrella.spacing_angstrom": spacing, "umbrella.z_angstrom": [0, 3 * spacing]}
    Campaign.read(campaign_file(WINDOWS | changes))


def test_analysis_that_is_not_installed_is_told_before_anything_runs(campaign_file, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "needs pymbar, which is not installed" in faults(campaign_file, {})[0]
