"""The page shows what its data say, in one file."""

import json
import shutil
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from analysis.catalogue import COMPARISON_FIGURES, FREE_ENERGY_FIGURE
from analysis.figures import FIGURES
from mdtools import records
from membranes.layouts.plans import LAYOUTS as LAYOUT_TABLE
from membranes.recipes.membrane import Membrane
from workflow.campaign.model import Campaign, plain
from workflow.pages import campaign as page
from workflow.pages import feed_ions

CAPTION = "Mean z of 12 ions, 95 % over 2 trials <not a tag>"
NETWORK = {
    "nh_conversion": 0.889,
    "amide_bonds": 16,
    "free_amines": 2,
    "carboxylic_acids": 2,
    "density_g_cm3": 0.81,
    "dense_density_g_cm3": 1.07,
    "assumptions": ["reacts at constant volume", "charges stay fixed"],
}
LAYOUTS = {
    "pH2": {
        "layout": "pH2",
        "counts": {"NH2+": 1},
        "net_charge_e": 1,
        "where": {"NH2+": "whole"},
    },
    "control": {
        "layout": "pH7",
        "counts": {"NH2+": 1, "COO-": 2},
        "net_charge_e": -1,
        "where": {"NH2+": "ramp", "COO-": "feed"},
    },
}
CELL = {
    "particles": 873,
    "waters": {"feed": 60, "membrane": 5, "permeate": 60},
    "ions": [
        {"role": "feed ion", "side": "feed", "species": "Na+", "count": 2},
        {"role": "counter-ion", "side": "permeate", "species": "Cl-", "count": 1},
    ],
    "feed_molality": {"Cl-": 1.8504, "Na+": 1.8504},
    "feed_molarity": {"Cl-": 0.9, "Na+": 0.9},
    "equilibration": {
        "duration_ps": 6.0,
        "temperature_K": 305.8,
        "waters_in_membrane": 40.7,
        "feed_density_g_cm3": 0.9155,
        "permeate_density_g_cm3": None,
    },
    "anchored_residues": 3,
    "anchored_residues_percent": 20.0,
    "anchored_z_nm": [-0.351, 1.149],
    "box_nm": [1.48, 1.28, 7.654321],
    "faces_nm": [-0.9, 1.1],
    "assumptions": ["charges stay fixed", "anchored at the boundaries"],
}
WET = {
    "protocol": "swell",
    "duration_ps": 9.0,
    "waters": 96.4,
    "waters_low": 94.1,
    "waters_high": 98.7,
    "water_percent": 29.51,
    "water_percent_low": 29.0,
    "water_percent_high": 30.0,
    "thickness_nm": 2.058,
    "thickness_nm_low": 2.0,
    "thickness_nm_high": 2.1,
    "density_g_cm3": 0.812,
    "density_g_cm3_low": 0.79,
    "density_g_cm3_high": 0.83,
    "blocks": [{"block": 1}],
    "criterion_met": False,
    "assumptions": ["ended at its cap"],
}
DRY = {
    "protocol": "voids",
    "waters": 43,
    "water_percent": 14.0,
    "thickness_nm": 1.7,
    "density_g_cm3": 1.05,
    "blocks": [],
    "criterion_met": None,
    "assumptions": ["was not swollen"],
}
PERMEATION = """definition,species,line,trial,time_ns,count,n,share,low_share,high_share,interval
at time,Na+,feed face,1,0.002,2,2,1,0.16,1,exact
at time,Na+,feed face,all,0.001,0,4,0,0,0.602,exact
at time,Na+,feed face,all,0.002,{feed},4,0,0,0.602,exact
at time,Na+,permeate face,all,0.002,{permeate},4,0.{permeate},0,0.602,exact
by time,Na+,feed face,all,0.002,4,4,1,0.4,1,exact
by time,Na+,permeate face,all,0.002,4,4,1,0.4,1,exact
"""
MEAN_Z = """definition,species,trial,time_ns,z_angstrom,low_angstrom,high_angstrom,interval,n
mean z,Na+,1,0.002,-20,,,none,2
mean z,Na+,all,0.001,-30,-31,-29,t,4
mean z,Na+,all,0.002,{z},{low},{high},t,4
"""
WATER = """place,trial,weight_percent,low_percent,high_percent,interval
membrane,all,28.3,27.0,29.6,t
dense region,all,25,24,26,t
"""
PAIRS = """definition,pair,trial,time_ns,cation_share
ion pairs in contact,Na+/Cl-,1,0,0.5
ion pairs in contact,Na+/Cl-,1,0.002,0.25
"""
TRIALS = """trial,analysed_ns,target_ns,complete
1,0.002,0.002,True
2,{ns},0.002,{complete}
all,0.002,0.002,True
"""
TABLES = {
    "mean_z": MEAN_Z.format(z=-21, low=-25, high=-17),
    "water": WATER,
    "pair_number": PAIRS,
    "trials": TRIALS.format(ns=0.002, complete=True),
}
RUN = {
    "done_ps": 2.0,
    "target_ps": 2.0,
    "platform": {"name": "CPU", "properties": {"Threads": "1"}},
    "promise": "bitwise",
    "ns_per_day": 1.23456,
}


class Page(HTMLParser):
    """Visible text, links and images of a page."""

    def __init__(self, path: Path):
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.images: list[dict] = []
        self.places: set[str] = set()
        self.deep: list[tuple[str, bool]] = []
        self._folds: list[bool] = []
        self._inside: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.places |= {attributes["id"]} if "id" in attributes else set()
        if tag == "details":
            self._folds.append("open" not in attributes)
        if tag in ("style", "script"):
            self._inside.append(tag)
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)

    def handle_endtag(self, tag):
        if tag == "details":
            self._folds.pop()
        if tag in ("style", "script"):
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.words.append(data)
            self.deep.append((data, any(self._folds)))

    def folded(self, words: str) -> bool:
        """Whether words are only shown once something is unfolded."""
        return all(deep for data, deep in self.deep if words in data)


def write(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


@pytest.fixture
def campaign(campaign_file) -> dict:
    changes = {"layouts": ["pH2", "control"], "stamp": "test"}
    return plain(Campaign.read(campaign_file(changes)), exclude={"platform"})


@pytest.fixture
def results(tmp_path, campaign) -> Path:
    """What the page reads of a finished campaign, with the keys that the stages write."""
    root = tmp_path / "results" / "tiny"
    write(root / "network" / "report.json", NETWORK)
    for layout in campaign["layouts"]:
        write(root / "charged" / layout / "report.json", LAYOUTS[layout])
        (root / "charged" / layout / "groups.csv").touch()
        write(root / "cell" / layout / "NaCl" / "report.json", CELL)
        write(root / "hydrated" / layout / "report.json", WET if layout == "pH2" else DRY)
        (root / "hydrated" / layout / "curve.csv").touch()
        for trial in (1, 2):
            write(root / "transport" / layout / "NaCl" / f"trial{trial}" / "run.json", RUN)
        observables = root / "observables" / layout / "NaCl"
        write(observables / "mean_z.json", {"definitions": {"mean z": "over the feed ions"}})
        for name, text in TABLES.items():
            (observables / f"{name}.csv").write_text(text)
            if name != "mean_z":
                write(
                    observables / f"{name}.json", {"definitions": {"mean z": "over the feed ions"}}
                )
        (observables / "permeation.csv").write_text(PERMEATION.format(feed=0, permeate=0))
        write(observables / "permeation.json", {"definitions": {}})
    text = PngInfo()
    text.add_itxt("Description", CAPTION)
    (root / "figures").mkdir()
    Image.new("RGB", (4, 4)).save(root / "figures" / "mean_z.png", pnginfo=text)
    Image.new("RGB", (4, 4)).save(root / "figures" / "cell.png")
    for name, ending in product(("mean_z", "cell"), ("pdf", "csv", "txt")):
        (root / "figures" / f"{name}.{ending}").touch()
    (root / "cells.csv").touch()
    return root


@pytest.fixture
def written(results, campaign) -> Page:
    page.write(results, campaign, ["mean_z"], results / "report.html")
    return Page(results / "report.html")


def test_page_shows_what_the_stages_found(written):
    for shown in (
        "in 2 layouts (pH2, control)",
        "in 2 trials each",
        "marked test",
        "the shortest has run for 0.002 of 0.002 ns",
        "pH2 NaCl Na+ −2.10 [−2.50, −1.70] 0.0 [0.0, 60.2] 28.3 [27.0, 29.6]",
        "Index of figures How far the ions got",
        "N-H conversion 88.9%",
        "pH2 1 0 +1 NH2+: through the whole thickness",
        "control 1 2 -1 NH2+: through the whole thickness, more of them toward the permeate; "
        "COO-: in a layer at the feed face",
        "873 60 / 5 / 60 2 Na+ in the feed; 1 Cl- counter-ion, permeate "
        "Cl- 1.85; Na+ 1.85 Cl- 0.9; Na+ 0.9 1.48 × 1.28 × 7.65",
        "6 306 40.7 0.92 too thin to tell 3 (20 %) -0.35 to 1.15",
        "pH2 swell 9 96 [94, 99] 29.5 [29.0, 30.0] 2.06 [2.00, 2.10] 0.81 [0.79, 0.83] "
        "at its cap, not by its criterion csv",
        "control voids 43 14.0 1.70 1.05 not swollen",
        "doi:10.3390/membranes15060184",
        "0.002 0.002 CPU 1.23 identical",
        "How far the ions got",
        "mean z over the feed ions",
        "seed of the campaign 7",
        "highest_nh_conversion: 0.97",
    ):
        assert shown in written.text


def test_assumptions_that_stages_share_stand_once(written):
    assert written.text.count("charges stay fixed") == 1
    assert "anchored at the boundaries" in written.text


def test_page_says_how_the_ions_were_driven(results, campaign):
    campaign["transport"]["drive"]["force_kcal_mol_angstrom"] = 0.123
    page.write(results, campaign, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    assert "Ions of NaCl were driven through it by a body force in" in text
    assert "every feed ion feels 0.123 kcal/mol/angstrom" in text
    # 0.123 x 4.184 kJ/mol/A x 20 A = 10.3 kJ/mol, over 96.485 kJ/mol/V
    assert "face to face, 2.0 nm, the body force does the work of 0.11 V on its formal" in text
    assert "charge, 10 kJ/mol for each elementary charge, of either sign" in text


def test_page_says_that_the_force_is_far_from_the_study(results, campaign):
    campaign["transport"] |= {"drive": {"force_kcal_mol_angstrom": 2.0}, "temperature_K": 400}
    page.write(results, campaign, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    # 2 / 0.072 = 27.8
    assert "by a body force (28 times that of the study) at 400 K in" in text
    assert "a force 28 times that of the study pulls them" in text


@pytest.mark.parametrize(
    ("drive", "told"),
    [
        ({"kind": "none"}, ["Ions of NaCl were left to themselves in", "nothing drives ions"]),
        (
            {"kind": ["field", "pressure"], "field_V_nm": 0.5, "pressure_difference_MPa": 40},
            [
                "driven through it by a field and a difference of pressures in",
                "a field of 0.5 V/nm, 1.00 V over the membrane's 2.0 nm, acts on every atom of ",
                "the feed's piston pushes with 40.1 MPa, the permeate's with 0.1",
                # e E D t / kT = 48.243 x 2.032 x 0.002 / 2.4943 nm
                "moves an ion in free water by 0.079 nm",
            ],
        ),
    ],
)
def test_page_says_what_drove_other_than_a_body_force(results, campaign, drive, told):
    campaign["transport"]["drive"] = drive
    page.write(results, campaign, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    assert [words for words in told if words not in text] == []


def test_page_says_what_the_drive_on_all_ions_is_worth(results, campaign):
    # 4 ions of 0.072 kcal/mol/A on 1.48 x 1.28 nm2: 4 x 3.0125 kJ/mol/nm / 1.8944 nm2 / 0.602214.
    page.write(results, campaign, ["mean_z"], results / "report.html")
    assert "worth 10.6 MPa (NaCl)" in Page(results / "report.html").text


def test_page_says_why_no_ion_is_inside_only_where_none_is(results, campaign, written):
    assert "pH2 NaCl Na+ 0 0 4" in written.text
    # F D t / kT = 3.0125 x 2.032 x 0.002 / 2.4943 nm and the root of 2 x 2.032 x 0.002 nm2.
    assert "by 0.0049 nm (F D t / kT) and diffusion spreads it by 0.09 nm" in written.text
    assert "Feed ions at 0.002 ns" in written.text and "runs this short end before" in written.text
    assert "in free water the time would suffice" in feed_ions.why_none(campaign, 100.0)
    one = results / "observables" / "control" / "NaCl" / "permeation.csv"
    one.write_text(PERMEATION.format(feed=3, permeate=1))
    page.write(results, campaign, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    assert "control NaCl Na+ 2 1 4" in text
    assert "F D t / kT" not in text


def test_page_says_what_its_results_do_not(results, campaign, written):
    said = written.text.split("What this does not say yet ")[1].split("Figures")[0]
    for words in (
        "Any physics: this campaign is marked test.",
        "none did so by then. Shares of none are compatible with up to 60 %.",
        "of 1 comparisons of two layouts, the intervals of mean z do not decide any of them",
        "How wet pH2 would become: swelling ended at its longest time",
        "all layouts are of one network",
    ):
        assert words in said
    assert "target" not in said
    one = results / "observables" / "control" / "NaCl"
    (one / "mean_z.csv").write_text(MEAN_Z.format(z=21, low=17, high=25))
    (one / "trials.csv").write_text(TRIALS.format(ns=0.001, complete=False))
    page.write(results, campaign, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    assert "do not decide" not in text
    assert "1 of 4 runs have not reached their target: the shortest is at 1 of 2 ps." in text


def test_a_definition_of_several_tables_stands_once_and_folded(written):
    assert written.text.count("mean z over the feed ions") == 1
    assert written.folded("over the feed ions") and not written.folded("Index of figures")


def test_every_link_within_the_page_has_its_place(written):
    inside = {link[1:] for link in written.links if link.startswith("#")}
    assert inside and inside <= written.places


def test_figures_of_a_salt_say_which(results, campaign):
    assert page.figure(results / "figures", "mean_z", ["NaCl"]).title == "How far the ions got"
    # One salt's name ends as the other is called.
    for salt in ("NaCl", "low_NaCl"):
        shutil.copy(results / "figures/mean_z.png", results / f"figures/mean_z_{salt}.png")
        shown = page.figure(results / "figures", f"mean_z_{salt}", ["NaCl", "low_NaCl"])
        assert (shown.name, shown.title) == (f"mean_z_{salt}", f"How far the ions got: {salt}")


def test_membrane_is_named_by_its_monomers(results, campaign, written):
    assert "One PIP-TMC polyamide membrane, built" in written.text
    aromatic = Membrane(**campaign["membrane"] | {"monomers": {"MPD": 3, "TMC": 2}})
    changed = campaign | {"membrane": plain(aromatic)}
    page.write(results, changed, ["mean_z"], results / "report.html")
    assert "One MPD-TMC polyamide membrane, built" in Page(results / "report.html").text


def test_stamp_that_is_the_name_is_not_said_twice(results, campaign):
    page.write(results, campaign | {"stamp": "tiny"}, ["mean_z"], results / "report.html")
    text = Page(results / "report.html").text
    assert "tiny: ion transport through a polyamide membrane One" in text
    assert "marked tiny" in text


def test_places_of_all_layouts_are_put_in_words():
    used = {place.where for layout in LAYOUT_TABLE.values() for place in layout.values()}
    assert used <= set(page.PLACES)


def test_figure_lies_inside_the_page_with_its_caption(written):
    drawing, image = (one for one in written.images if one.get("src"))
    assert drawing["src"].startswith("data:image/png;base64,")
    assert image["src"].startswith("data:image/png;base64,")
    assert image["alt"] == "How far the ions got"
    assert CAPTION in written.text


def test_links_lead_to_files_of_the_campaign(written, results):
    files = [link for link in written.links if not link.startswith(("#", "https://doi.org/10."))]
    assert "https://doi.org/10.3390/membranes15060184" in written.links
    assert "charged/control/groups.csv" in files
    assert "transport/control/NaCl/trial2/run.json" in files
    assert "observables/pH2/NaCl/mean_z.csv" in files
    assert not [link for link in files if "://" in link]
    assert all((results / link).is_file() for link in files)


def test_run_that_has_not_begun_is_shown_without_speed(results, campaign):
    path = results / "transport" / "pH2" / "NaCl" / "trial1" / "run.json"
    waiting = {"done_ps": 0, "platform": None, "promise": "statistical", "ns_per_day": None}
    write(path, RUN | waiting)
    page.write(results, campaign, ["mean_z"], results / "report.html")
    assert "NaCl 1 0 0.002 alike on average" in Page(results / "report.html").text


def test_page_refuses_a_report_whose_numbers_were_changed(results, campaign):
    path = results / "cell" / "pH2" / "NaCl" / "report.json"
    records.write(path, CELL)
    page.write(results, campaign, ["mean_z"], results / "report.html")
    path.write_text(path.read_text().replace('"feed": 60', '"feed": 61'))
    (results / "report.html").unlink()
    with pytest.raises(records.DamagedRecord, match=r"cell/pH2/NaCl/report\.json is not what"):
        page.write(results, campaign, ["mean_z"], results / "report.html")
    assert not (results / "report.html").exists()


def test_page_refuses_a_report_that_lacks_what_it_shows(results, campaign):
    lacking = {key: value for key, value in CELL.items() if key != "waters"}
    write(results / "cell" / "pH2" / "NaCl" / "report.json", lacking)
    with pytest.raises(UndefinedError, match="waters"):
        page.write(results, campaign, ["mean_z"], results / "report.html")
    assert not (results / "report.html").exists()


def test_every_figure_says_how_to_read_it():
    figures = (*FIGURES, *COMPARISON_FIGURES, FREE_ENERGY_FIGURE)
    assert {path.stem for path in page.CAPTIONS.glob("*.rst")} == set(figures)
    for name in figures:
        title, reading = page.caption_of(name)
        assert title
        assert "<p>" in reading


def test_network_rows_leave_out_what_is_not_known():
    rows = page.network_rows({"nh_conversion": 0.9, "amide_bonds": 12})
    assert [row[:2] for row in rows] == [("N-H conversion", "90.0%"), ("amide bonds", "12")]
