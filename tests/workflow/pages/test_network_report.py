"""Reports on membranes say what the networks are, in a page that needs no other file."""

import json
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.figures.style import PALETTE
from membranes import lay_out
from tests.analysis.stores import synthetic_store, write_tables_of
from tests.membranes.conftest import grid_network
from workflow.cli.main import app
from workflow.pages.network_report import hydrated, measure, page, sites, sources
from workflow.pages.network_report.quantities import QUANTITIES
from workflow.pages.network_report.viewer import viewer

COLUMNS = ["network", "quantity", "value", "unit", "study_value", "study_sd", "definition"]
BOX_NM = (1.95, 1.95, 1.95)
STUDY_LAYOUTS = {
    "pH2": ({"NH2+": 14}, 14),
    "pH7": ({"NH2+": 14, "COO-": 28}, -14),
    "pH10": ({"COO-": 30}, -30),
    "flip": ({"NH2+": 14, "COO-": 28}, -14),
    "bilayer": ({"NH2+": 14, "COO-": 28}, -14),
    "feed": ({"COO-": 14}, -14),
    "center": ({"COO-": 14}, -14),
    "permeate": ({"COO-": 14}, -14),
}
"""Groups and net charge of the membranes of the charge study (Membranes 15, 184 (2025))."""


def reacted(pip, tmc, box, amides, seed=0):
    """Network with amides made on paper and every other acyl chloride hydrolysed, centred."""
    network = grid_network(pip, tmc, box, seed)
    amines, acyls = network.arms_in("NH"), network.arms_in("COCl")
    links = list(zip(amines[:amides], acyls[:amides], strict=True))
    network = network.change({arm: "amide" for link in links for arm in link}, links)
    network = network.change(dict.fromkeys(network.arms_in("COCl"), "COOH"))
    z = network.positions[:, 2]
    return replace(network, positions=network.positions - [0, 0, np.average(z)])


@pytest.fixture(scope="module", autouse=True)
def coarse_pores():
    """Pore sizes on voxels that are quick; what they are is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        coarse = partial(measure.pore_size_distribution, spacing=0.5)
        patch.setattr(measure, "pore_size_distribution", coarse)
        yield


@pytest.fixture(scope="module")
def film():
    return reacted(12, 8, BOX_NM, 12)


@pytest.fixture(scope="module")
def pores(film):
    return measure.pore_sizes_of(film)


def put_in_water(root):
    """Make results of a campaign: runs of one layout were analysed, of another one not."""
    for layout, counts, net in (("pH2", {"NH2+": 14}, 14), ("pH10", {"COO-": 30}, -30)):
        (root / "charged" / layout).mkdir(parents=True)
        report = {"counts": counts, "net_charge_e": net}
        (root / "charged" / layout / "report.json").write_text(json.dumps(report))
    directory = root / "observables" / "pH2" / "NaCl"
    stores = [directory / f"trial{k}.store.npz" for k in (1, 2, 3)]
    for k, path in enumerate(stores, 1):
        synthetic_store("pH2", k, frames=100).write(path)
    write_tables_of(["structure"], stores, directory)
    reports = {
        "pH2": {"water_percent": 26.5, "waters": 1310, "thickness_nm": 4.9, "density_g_cm3": 0.81}
        | {
            "criterion_met": True,
            "protocol": "swell",
            "blocks": [{"time_ps": 2000, "waters": 1309}],
        },
        "pH10": {"waters": 900, "criterion_met": False, "unknown": {"key": 1}},
    }
    for layout, report in reports.items():
        (root / "hydrated" / layout).mkdir(parents=True)
        (root / "hydrated" / layout / "report.json").write_text(json.dumps(report))


@pytest.fixture(scope="module")
def folders(film, tmp_path_factory):
    """Two networks on disk, the second with more amides and the results of a campaign."""
    root = tmp_path_factory.mktemp("membranes")
    film.save(root / "one")
    reacted(12, 8, BOX_NM, 18, seed=7).save(root / "two" / "network")
    put_in_water(root / "two")
    return [root / "one", root / "two"]


def reported(*arguments):
    return CliRunner().invoke(app, ["membranes", "report", *map(str, arguments)])


@pytest.fixture(scope="module")
def written(folders, tmp_path_factory):
    """Directory of a report written by the command on the two networks."""
    out = tmp_path_factory.mktemp("report") / "out"
    done = reported(*folders, "--out", out)
    assert done.exit_code == 0, done.stderr
    return out


class Page(HTMLParser):
    """Links, text and the page inside the iframe."""

    def __init__(self, text):
        super().__init__()
        self.links, self.words, self.inner = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[key] for key in ("src", "href") if key in attributes]
        self.inner = attributes.get("srcdoc", self.inner)

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


def test_composition_follows_from_the_reaction(film, pores):
    # 12 of 24 N-H and of 24 acyls react; 24 C=O and 12 OH on 24 N.
    found = measure.measured(film, pores)
    assert found["nh_conversion"] == found["acyl_conversion"] == 0.5
    assert found["o_over_n"] == found["xps_o_over_n"] == 1.5
    assert found["crosslinking_degree"] == pytest.approx(0.4)
    volume = found["dense_volume_nm3"]
    assert found["amine_per_nm3"] * volume <= found["free_amines"] == 12
    assert found["carboxyl_per_nm3"] * volume <= found["carboxylic_acids"] == 12
    assert found["acyl_chloride_per_nm3"] == 0
    assert abs(found["charge_error_e"]) < 1e-9


def test_groups_per_volume_leave_out_what_is_far_from_the_dense_region(film, pores):
    before = measure.measured(film, pores)
    residue = film.arms_in("NH")[-1][0]
    lost = sum(row == residue for row, _ in film.arms_in("NH"))
    far = film.positions.copy()
    far[film.residue == residue, 2] += 40
    after = measure.measured(replace(film, positions=far), pores)
    counts = [found["amine_per_nm3"] * found["dense_volume_nm3"] for found in (before, after)]
    assert counts == pytest.approx([12, 12 - lost])


def test_xps_sees_ten_nanometres_from_the_feed(film, pores):
    deep = film.positions.copy()
    deep[np.array(film.kinds)[film.residue] == "TMC", 2] += 20
    found = measure.measured(replace(film, positions=deep), pores)
    assert (found["xps_o_over_n"], found["o_over_n"]) == (0, 1.5)


def test_layouts_of_the_published_box_have_the_published_counts_and_charges():
    network = reacted(332, 228, (5.2, 5.2, 5.0), 580)
    membrane = sources.ReportedMembrane("paper", network)
    table = measure.layout_table(membrane, measure.place_layouts(membrane))
    assert (table.problem == "").all() and (table["count"] == table.study_count).all()
    for name, (counts, net) in STUDY_LAYOUTS.items():
        own = table[table.layout == name].set_index("kind")
        assert own["count"].to_dict() == counts
        assert (own.net_charge_e == net).all()
    assert table.charge_error_e.abs().max() < 1e-6


def test_a_layout_that_does_not_fit_is_reported_and_the_others_are_made():
    membrane = sources.ReportedMembrane("tight", reacted(60, 45, (4.0, 4.0, 3.0), 119))
    table = measure.layout_table(membrane, measure.place_layouts(membrane))
    failed = table[table.problem != ""]
    assert set(failed.layout) == {"pH2", "pH7", "flip", "bilayer"}
    assert set(table.layout) - set(failed.layout) == {"pH10", "feed", "center", "permeate"}
    (line, *_) = page.problems(table)
    assert line.startswith("tight: layout pH2 wants") and "free amine" in line


def test_density_profile_holds_all_of_the_mass(film):
    membranes = [sources.ReportedMembrane("film", film)]
    table = measure.density_table(membranes)
    step = 0.1
    grams = table.density_g_cm3.sum() * step * np.prod(film.box_nm[:2]) * 1e-21
    assert grams == pytest.approx(film.masses.sum() / 6.02214076e23, rel=1e-6)


def test_summary_is_mean_and_sample_deviation():
    table = pd.DataFrame({"quantity": "x", "value": [1.0, 2.0, 6.0], "study_value": 2.0})
    row = measure.summary(table.assign(study_sd=0.5)).iloc[0]
    assert (row["mean"], row.sd, row.n) == (3.0, pytest.approx(np.sqrt(7.0)), 3)
    q = next(q for q in QUANTITIES if q.name == "density_g_cm3")
    assert page.gap_text(q, row) == ("+1.000, 2.0 sd of the study", True)


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("longest_amide_angstrom", [1.45, 1.61], "must be at most 1.6"),
        ("longest_amide_angstrom", [1.45, 1.59], "as it must be"),
        ("charge_error_e", [-1e-3, 1e-3], "must be at most 1e-06"),
        ("pierced_rings", [0, 1], "must be 0"),
    ],
)
def test_one_unsound_network_among_many_is_pointed_at(name, values, said):
    q = next(q for q in QUANTITIES if q.name == name)
    assert page.soundness(q, pd.Series(values)) == (said, said != "as it must be")


def test_the_study_is_compared_only_where_it_can_be(film, pores):
    table = measure.quantities(sources.ReportedMembrane("film", film), pores).set_index("quantity")
    assert table.study_value.isna().all()
    box = replace(film, box_nm=np.array([5.2, 5.2, 5.0]))
    table = measure.quantities(sources.ReportedMembrane("box", box), pores).set_index("quantity")
    # The study reports nothing else of a network that is dry.
    assert table.study_value.dropna().to_dict() == {"pip": 332, "tmc": 228}


def test_counts_of_the_areal_densities_are_those_of_the_study(film):
    box = replace(film, box_nm=np.array([5.2, 5.2, 5.0]))
    table = sites.count_table([sources.ReportedMembrane("box", box)], [67.0])
    assert (table.volume_nm3 == 67).all()
    assert set(table[table.pH <= 7].amine) == {14}
    assert table.pH.tolist() == [*range(2, 13)] * 2


def test_tables_are_tidy_and_every_number_has_unit_definition_and_code(written):
    table = pd.read_csv(written / "tables" / "quantities.csv")
    assert set(COLUMNS) <= set(table.columns)
    assert set(table.quantity) == {q.name for q in QUANTITIES}
    assert table.network.value_counts().to_dict() == {
        "one": len(QUANTITIES),
        "two": len(QUANTITIES),
    }
    assert table[["value", "unit", "definition", "seed", "code_version"]].notna().all(axis=None)
    assert table[table.quantity == "nh_conversion"].value.tolist() == [0.5, 0.75]
    assert table[table.network == "two"].seed.unique().tolist() == [7]


def test_page_needs_no_other_file_to_be_read(written):
    text = (written / "report.html").read_text(encoding="utf-8")
    outer = Page(text)
    inner = Page(outer.inner)
    for link in outer.links:
        assert link.startswith(("#", "data:image/png;base64,", "tables/", "figures/")), link
        if link.startswith(("tables/", "figures/")):
            assert (written / link).stat().st_size > 0
    assert inner.links == []
    assert not re.search(r"""(fetch|import|importScripts)\(\s*["'`]https?:""", outer.inner)
    assert "2 dry polyamide networks" in outer.text
    assert "0.625 ± 0.177" in outer.text


def test_view_shows_the_network_and_the_groups_of_every_layout(film):
    html = viewer([("film <1>", film, [("pH7", lay_out(film, "pH7"))])])
    data = json.loads(re.search(r'id="membranes">(.*?)</script>', html, re.DOTALL)[1])
    (shown,) = data["networks"]
    assert shown["name"] == "film <1>" and "film <1>" not in html
    xyz = np.reshape(shown["positions_pm"], (-1, 3)) / 1000
    difference = xyz - film.positions
    difference[:, :2] -= film.box_nm[:2] * np.round(difference[:, :2] / film.box_nm[:2])
    assert np.abs(difference).max() < 0.0006
    assert (xyz[:, :2] >= 0).all() and (xyz[:, :2] <= film.box_nm[:2] + 0.0006).all()
    assert np.reshape(shown["bonds"], (-1, 2)).tolist() == film.bonds.tolist()
    groups = lay_out(film, "pH7").groups
    for kind, places in shown["layouts"][0]["groups_pm"].items():
        rows = groups[groups.kind == kind]
        assert np.reshape(places, (-1, 3))[:, 2] / 1000 == pytest.approx(rows.z_nm, abs=0.0006)
        assert data["colors"][kind] == PALETTE[kind]
    assert set(shown["elements"]) <= set(data["colors"])


def test_view_finds_what_it_uses_in_the_page_of_trimesh(film):
    html = viewer([("film", film, [])])
    theirs, ours = html.split("<style>:root { color-scheme", 1)
    for name in ("camera", "controls", "scene", "renderer", "tracklight"):
        assert re.search(rf"var [^;]*\b{name}\b[^;]*;function autoFit", theirs), name
    assert "function render()" in theirs and "THREE={}" in theirs
    # In the sprite of a label as in all else: only what that release of three.js exports.
    for name in set(re.findall(r"new THREE\.(\w+)", ours)):
        assert re.search(rf"\bt\.{name}=", theirs), name


def test_water_of_a_campaign_is_taken_from_its_cells(film, tmp_path):
    film.save(tmp_path / "demo" / "network")
    report = {"assumptions": ["reacts at constant volume"]}
    (tmp_path / "demo" / "network" / "report.json").write_text(json.dumps(report))
    cell = tmp_path / "demo" / "cell" / "pH7" / "NaCl"
    cell.mkdir(parents=True)
    inside = {"equilibration": {"waters_in_membrane": 40.7}}
    (cell / "report.json").write_text(json.dumps(inside))
    membrane = sources.read(str(tmp_path / "demo"))
    assert membrane.waters == (("pH7", "NaCl", 40.7),)
    assert membrane.name == "demo" and membrane.protocol == ("reacts at constant volume",)
    assert sources.read(str(tmp_path / "demo" / "network")).name == "demo"


def test_charged_membranes_in_water_stand_beside_the_study_in_water(folders):
    membrane = sources.read(str(folders[1]))
    table = hydrated.joined([("demo", membrane.hydrated)])
    own = table.set_index(["layout", "stage", "place", "quantity"])
    structure = pd.read_csv(folders[1] / "observables" / "pH2" / "NaCl" / "structure.csv")
    pooled = structure[structure.trial == "all"].set_index(["place", "quantity"])
    runs = own.loc["pH2", "transport runs"]
    assert len(runs) == len(pooled)
    for key in (("dense region", "density_g_cm3"), ("membrane", "water_percent")):
        assert runs.value[key] == pooled.value[key] and runs.high[key] == pooled.high[key]
    hydration = own.loc["pH2", "hydration"]
    assert hydration.value.to_dict() == {
        ("membrane", "thickness_nm"): 4.9,
        ("membrane", "waters"): 1310,
        ("membrane", "water_percent"): 26.5,
        ("dense region", "density_g_cm3"): 0.81,
    }
    rows = hydrated.page_rows(
        table, {("demo", layout): one for layout, one in membrane.compositions.items()}
    )
    shown = {(row["layout"], row["stage"]): row for row in rows}
    assert [row["layout"] for row in rows] in (["pH10", "pH2", "pH2"], ["pH2", "pH2", "pH10"])
    density = shown["pH2", "hydration"]["numbers"]["density"]
    assert (density.text, density.gap, density.apart) == ("0.81", "+0.01", False)
    pores_ = shown["pH2", "transport runs, NaCl"]["numbers"]["pores"]
    assert pores_.apart and pores_.gap == "+0.9" and pores_.text.startswith("6.5 ± ")
    late = shown["pH10", "hydration"]
    assert late["numbers"]["waters"].text == "900" and late["numbers"]["density"].text == "—"
    assert late["note"] == "the hydration ended before its criterion was met"
    assert (late["composition"].groups, late["composition"].net) == ("30 COO⁻", "−30")


def test_the_page_shows_dry_and_hydrated_numbers_apart(written):
    text = Page((written / "report.html").read_text(encoding="utf-8")).text
    beside = text.split("In water, beside the study")[1].split("3-D view")[0]
    assert "study, all membranes 0.80 ± 0.03 5.6 ± 0.3" in beside
    assert "two, pH2 14 NH₂⁺" in beside and "transport runs, NaCl" in beside
    assert "density of the dense region, dry" in text and "mean pore diameter, dry" in text
    table = pd.read_csv(written / "tables" / "hydrated.csv")
    assert set(table.layout) == {"pH2", "pH10"} and set(table.network) == {"two"}


def test_a_campaign_without_runs_or_with_older_tables_is_dry(film, tmp_path):
    film.save(tmp_path / "network")
    assert len(sources.read(str(tmp_path)).hydrated) == 0
    older = tmp_path / "observables" / "pH2" / "NaCl"
    older.mkdir(parents=True)
    (older / "water.csv").write_text("trial,molecules\nall,3\n")
    assert len(sources.read(str(tmp_path)).hydrated) == 0


def test_sources_of_one_name_are_told_apart_and_twice_the_same_is_refused(film, tmp_path):
    for place in ("a", "b"):
        film.save(tmp_path / place / "net")
    both = [tmp_path / "a" / "net", tmp_path / "b" / "net"]
    assert [m.name for m in sources.read_all(both)] == [str(path) for path in both]
    with pytest.raises(sources.SourceError, match="a/net given more than once"):
        sources.read_all([both[0], both[0]])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda film: lay_out(film, "pH7"), r"has charged groups \(-\d+ e\); name the neutral"),
        (lambda _: grid_network(), "has no amide bond: it is a packed liquid"),
    ],
)
def test_only_neutral_networks_are_reported_on(film, tmp_path, change, message):
    change(film).save(tmp_path / "net")
    with pytest.raises(sources.SourceError, match=message):
        sources.read(str(tmp_path / "net"))


@pytest.mark.parametrize("wrong", ["nosuch", "damaged", "file"])
def test_wrong_lines_end_in_one_sentence_and_code_78(wrong, film, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    film.save(tmp_path / "net")
    out = tmp_path / "out"
    if wrong == "damaged":
        (tmp_path / "net" / "bonds.csv").write_text("first,second\n")
    if wrong == "file":
        out.touch()
    source = "nosuch" if wrong == "nosuch" else "net"
    done = reported(source, "--out", out)
    assert done.exit_code == 78
    assert len(done.stderr.strip().splitlines()) == 1
    names = {"nosuch": "nosuch: neither a directory", "damaged": "bonds.csv", "file": "is a file"}
    assert names[wrong] in done.stderr


def test_a_hydration_brings_its_interval_and_how_it_ended(tmp_path):
    reports = {
        "pH2": {"protocol": "swell", "criterion_met": True},
        "pH7": {"protocol": "swell", "criterion_met": False},
        "pH10": {"protocol": "voids", "criterion_met": None},
    }
    for layout, report in reports.items():
        swollen = report["protocol"] == "swell"
        interval = {"waters_low": 90.0, "waters_high": 110.0} if swollen else {}
        (tmp_path / "hydrated" / layout).mkdir(parents=True)
        path = tmp_path / "hydrated" / layout / "report.json"
        path.write_text(json.dumps(report | {"waters": 100.0} | interval))
    table = hydrated.read(tmp_path).set_index("layout")
    assert table.note.to_dict() == {
        "pH2": "",
        "pH7": hydrated.NOT_MET,
        "pH10": hydrated.NOT_SWOLLEN,
    }
    assert table.loc["pH2", ["low", "high"]].tolist() == [90, 110]
    assert table.loc["pH10", ["low", "high"]].isna().all()
    assert table.loc["pH10", "interval"] == "none"
