"""The page over several membranes shows both levels of what its data say."""

import pandas as pd
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy import stats

from analysis.catalogue import COMPARISON_MAIN
from analysis.levels import joined
from tests.workflow.pages.test_campaign import (
    LAYOUTS,
    NETWORK,
    PAIRS,
    PERMEATION,
    RUN,
    WATER,
    WET,
    Page,
    write,
)
from workflow.campaign.model import Campaign, plain
from workflow.pages import membranes as page

HOMES = {name: f"membranes/{name}" for name in ("seed1", "seed2")}
TRIALS_Z = {"seed1": (-19.0, -23.0), "seed2": (-24.0, -26.0)}
"""Mean z (angstrom) of both trials of each."""
BESIDE = {"quantity": "mean_z_nm", "layout": "pH2", "salt": "NaCl", "ion": "Na+", "time_ns": 0.002}
UNKNOWN = dict.fromkeys(("md_low", "md_high", "continuum_low", "continuum_high"), float("nan"))


def tables_of(name: str) -> dict[str, pd.DataFrame]:
    """What the page reads of one membrane's tables."""
    z = TRIALS_Z[name]
    shared = {"definition": "mean z", "species": "Na+", "time_ns": 0.002, "interval": "t", "n": 2}
    edges = dict.fromkeys(("low_angstrom", "high_angstrom"), float("nan"))
    means = pd.DataFrame({"trial": ["1", "2", "all"], "z_angstrom": [*z, sum(z) / 2]} | edges)
    trials = pd.DataFrame({"trial": ["1", "2", "all"], "analysed_ns": 0.002, "target_ns": 0.002})
    return {
        "mean_z": means.assign(**shared),
        "permeation": read(PERMEATION.format(feed=0, permeate=0)),
        "water": read(WATER),
        "pair_number": read(PAIRS),
        "trials": trials.assign(complete=True),
    }


def read(text: str) -> pd.DataFrame:
    rows = [line.split(",") for line in text.splitlines()]
    table = pd.DataFrame(rows[1:], columns=rows[0]).replace("", None)
    labels = ("definition", "species", "line", "trial", "interval", "place", "pair")
    numbers = {name: table[name].astype(float) for name in table if name not in labels}
    return table.assign(**numbers)


@pytest.fixture
def campaign(campaign_file) -> dict:
    changes = {"layouts": ["pH2"], "membranes": [1, 2], "stamp": "test"}
    return plain(Campaign.read(campaign_file(changes)), exclude={"platform"})


@pytest.fixture
def results(tmp_path, campaign):
    root = tmp_path / "results" / "tiny"
    each = {name: tables_of(name) for name in HOMES}
    for number, (name, home) in enumerate(HOMES.items()):
        place = root / home
        write(
            place / "network" / "report.json", NETWORK | {"atoms": 200, "amide_bonds": 16 + number}
        )
        write(place / "charged" / "pH2" / "report.json", LAYOUTS["pH2"])
        write(place / "hydrated" / "pH2" / "report.json", WET)
        for trial in (1, 2):
            write(place / "transport" / "pH2" / "NaCl" / f"trial{trial}" / "run.json", RUN)
        write((place / "comparison" / COMPARISON_MAIN).with_suffix(".json"), {})
        z = each[name]["mean_z"].z_angstrom.iloc[-1] / 10
        beside = pd.DataFrame([BESIDE | UNKNOWN | {"md": z, "continuum": z}])
        beside.to_csv(place / "comparison" / COMPARISON_MAIN, index=False)
    observables = root / "observables" / "pH2" / "NaCl"
    for name in each["seed1"]:
        own = {membrane: tables[name] for membrane, tables in each.items()}
        if name in ("mean_z", "permeation"):
            table = joined(name, own, 0.95)
        else:
            table = pd.concat([rows.assign(membrane=one) for one, rows in own.items()])
        write(observables / f"{name}.json", {"definitions": {"mean z": "over the feed ions"}})
        table.to_csv(observables / f"{name}.csv", index=False)
    text = PngInfo()
    text.add_itxt("Description", "2 membranes x 2 trials")
    for name in ("figures/mean_z.png", "umbrella/free_energies.png"):
        (root / name).parent.mkdir()
        Image.new("RGB", (4, 4)).save(root / name, pnginfo=text)
    return root


def test_page_shows_each_membrane_their_mean_and_both_intervals(results, campaign):
    page.write(results, campaign, HOMES, ["mean_z"], results / "report.html")
    shown = Page(results / "report.html")
    # By hand: means -2.1 and -2.5 nm; mean square within (8 + 2) / 2 = 5 square angstrom.
    over = stats.t.ppf(0.975, 1) * 0.2
    within = stats.t.ppf(0.975, 2) * (5 / 4) ** 0.5 / 10
    share = (8 - 5 / 2) / (8 - 5 / 2 + 5)
    row = (
        f"pH2 NaCl Na+ −2.10 −2.50 −2.30 [−{2.3 + over:.2f}, {over - 2.3:.2f}] "
        f"[−{2.3 + within:.2f}, −{2.3 - within:.2f}] {share:.0%}"
    )
    for words in (
        row,
        # No ion went through in either: no interval without width.
        "pH2 NaCl Na+ 0.0 [0.0, 60.2] 0.0 [0.0, 60.2] 0.0 none",
        "none did so by then. How membranes",
        "marked test",
        "there are 2",
        "amide bonds 16 17 16.5 [10.1, 22.9]",
        "seed1 2 0.002 0.002 report",
        "2 membranes x 2 trials",
    ):
        assert words in shown.text, words
    for home in HOMES.values():
        assert f"{home}/report.html" in shown.links


def test_page_has_the_free_energies_over_all_and_links_those_of_each_membrane(results, campaign):
    page.write(results, campaign, HOMES, [], results / "report.html")
    assert "Windows are of each membrane" not in Page(results / "report.html").text
    page.write(
        results, campaign | {"umbrella": {"ions": ["Na+"]}}, HOMES, [], results / "report.html"
    )
    shown = Page(results / "report.html")
    assert "Windows are of each membrane by itself" in shown.text
    assert "umbrella/free_energies.csv" in shown.links
    assert "membranes/seed2/report.html#free_energies" in shown.links
