"""Layouts of one's own in a campaign file: taken, planned, charged, or refused with a line."""

import pytest

from membranes.layouts.options import LayoutOptions
from membranes.layouts.plans import required_sites
from tests.workflow.conftest import ROOT
from workflow.campaign.model import Campaign, CampaignError, plain
from workflow.campaign.plan import cell_size
from workflow.pages import campaign as page

PROFILE = {"NH2+": {"count": 1, "z": [0, 0.5, 1], "density": [1, 0, 0]}}
TITRATION = {"pH": 7, "mode": "areal", "thickness_nm": 13.2}
OWN = {
    "layouts": ["pH2", "feedward", "NF270_pH7"],
    "layout_options.profiles": {"feedward": PROFILE},
    "layout_options.titrations": {"NF270_pH7": TITRATION},
}


def test_campaign_takes_layouts_that_it_defines(campaign_file):
    campaign = Campaign.read(campaign_file(OWN))
    assert campaign.layouts == ("pH2", "feedward", "NF270_pH7")
    for layout, counts in [("feedward", {"NH2+": 1}), ("NF270_pH7", {"NH2+": 1, "COO-": 0})]:
        options = campaign.layout_options
        assert required_sites(layout, options, campaign.membrane.box_nm) == counts
        assert cell_size(campaign, layout, "NaCl").particles > 0


def test_job_is_told_of_its_own_layout_only(campaign_file):
    campaign = Campaign.read(campaign_file(OWN))
    told = {name: plain(campaign.layout_options_of(name)) for name in campaign.layouts}
    for block in ("profiles", "titrations"):
        assert told["pH2"][block] == {}
    assert list(told["feedward"]["profiles"]) == ["feedward"]
    assert told["feedward"]["titrations"] == {}
    # what Snakemake hands over makes the same options again
    again = LayoutOptions(**told["NF270_pH7"])
    assert again == campaign.layout_options_of("NF270_pH7")


def profile(**changes) -> dict:
    return {"layout_options.profiles": {"mine": {"NH2+": {"count": 1} | changes}}}


def titration(**changes) -> dict:
    return {"layout_options.titrations": {"mine": {"pH": 7} | changes}}


WRONG = [
    # changes, key in the message, what the message must say
    ({"layouts": ["feedwrd"]}, "layouts.0", "NF270_pH7 (did you mean feedward?)"),
    ({"layouts": ["feedward", "feedward"]}, "layouts.1", "given twice"),
    (profile(count=-1), "layout_options.profiles.mine.NH2+.count", "at least 0"),
    (profile(count=40), "layout_options.profiles.mine.NH2+.count", "allowed is at most 1, the"),
    (
        profile(z=[0, 0.5, 1]),
        "layout_options.profiles.mine.NH2+.density",
        "allowed is as many as there are z",
    ),
    (profile(zed=[0, 1]), "layout_options.profiles.mine.NH2+.zed", "allowed are count, z, density"),
    (
        {"layout_options.profiles": {"mine": {"SO3-": {"count": 1}}}},
        "layout_options.profiles.mine.SO3-",
        "allowed is NH2+, COO-",
    ),
    (profile(z=[0, 1.5]), "layout_options.profiles.mine.NH2+.z", "within 0 (feed face)"),
    (
        profile(density=[1, -1]),
        "layout_options.profiles.mine.NH2+.density",
        "must be finite and nowhere below 0",
    ),
    ({"layout_options.profiles": {"mine": {}}}, "layout_options.profiles", "NH2+, COO- or both"),
    ({"layout_options.profiles": {"my/own": PROFILE}}, "layout_options.profiles.my/own", "letters"),
    ({"layout_options.profiles": {"ph7": PROFILE}}, "layout_options.profiles.ph7", "layout pH7"),
    (
        {"layout_options.titrations": {"Feedward": TITRATION}},
        "layout_options.titrations.Feedward",
        "other than that of layout feedward",
    ),
    (titration(pH=13), "layout_options.titrations.mine.pH", "at most 12"),
    (titration(mode="areall"), "layout_options.titrations.mine.mode", "did you mean areal?"),
    (titration(thickness=3), "layout_options.titrations.mine.thickness", "thickness_nm"),
    (titration(net_charge_e=-3), "layout_options.titrations.mine.net_charge_e", "mode net"),
    (titration(mode="counts", amine=1), "layout_options.titrations.mine.carboxylate", "mode count"),
    (
        titration(mode="net", net_charge_e=5),
        "layout_options.titrations.mine",
        "there are 0 NH2+, allowed is at most 0",
    ),
    (
        titration(mode="counts", amine=0, carboxylate=99),
        "layout_options.titrations.mine",
        "99 COO- groups asked for, allowed is at most",
    ),
    (
        {"layout_options.counts": {"feedward": {"NH2+": 1}}},
        "layout_options.counts.feedward",
        "feedward is defined with its counts",
    ),
]


@pytest.mark.parametrize(("changes", "key", "said"), WRONG)
def test_fault_of_a_layout_names_its_key_and_what_is_allowed(campaign_file, changes, key, said):
    base = dict(OWN)
    if "mine" in str(changes):
        base["layouts"] = ["mine"]
    if "layout_options.profiles" in changes:
        base.pop("layout_options.profiles")
        base["layouts"] = [name for name in base["layouts"] if name != "feedward"]
    if "layout_options.titrations" in changes and "Feedward" not in str(changes):
        base.pop("layout_options.titrations")
    with pytest.raises(CampaignError) as caught:
        Campaign.read(campaign_file(base | changes))
    found = [line for line in caught.value.faults if f": {key}: value " in line]
    assert len(found) == 1, caught.value.faults
    assert said in found[0]


def test_page_has_words_for_places_that_a_campaign_defines():
    assert {"profile", "surface first", "whole"} <= set(page.PLACES)


@pytest.mark.parametrize("block", ["GroupProfile", "TitrationOptions"])
def test_keys_of_own_layouts_are_explained(block):
    from membranes.layouts import options

    text = (ROOT / "config" / "README.md").read_text()
    for key in getattr(options, block).model_fields:
        assert f".{key}`" in text
