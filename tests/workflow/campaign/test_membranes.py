"""Several membranes in one campaign: what a file may say, and what each of them is."""

import pytest
import yaml
from typer.testing import CliRunner

from analysis.catalogue import FIGURES, figure_jobs
from analysis.observables import TABLES
from mdtools import records
from mdtools.options import HydrationOptions, UmbrellaOptions
from membranes import library
from membranes.recipes.membrane import Membrane
from tests.workflow.conftest import MISSING, ROOT
from workflow.campaign import plan, runs, stages
from workflow.campaign.membranes import windows_elsewhere
from workflow.campaign.model import Campaign, CampaignError, plain
from workflow.cli.main import app

READY = ["pip-tmc-2020", "pip-tmc-2021"]


def test_each_membrane_is_a_campaign_with_seeds_of_its_own(campaign_file):
    campaign = Campaign.read(campaign_file({"membranes": [1, 2]}))
    assert campaign.membrane_names == ("seed1", "seed2")
    first, second = map(campaign.of_membrane, campaign.membrane_names)
    assert first.membrane == second.membrane == campaign.membrane
    assert len({first.seed, second.seed, campaign.seed}) == 3
    # A third one changes nothing for the first two.
    more = Campaign.read(campaign_file({"membranes": [1, 2, 3]}))
    assert more.of_membrane("seed2") == second
    assert first.of_membrane("") == first


def test_one_entry_is_that_membrane_alone(campaign_file, tmp_path):
    text = (ROOT / "config" / "paper.yaml").read_text()
    data = yaml.safe_load(text)
    ready = tmp_path / "ready.yaml"
    ready.write_text(yaml.safe_dump(data | {"membrane": {"ready": READY[0]}}))
    del data["membrane"]
    listed = tmp_path / "listed.yaml"
    listed.write_text(yaml.safe_dump(data | {"membranes": READY[:1]}))
    assert Campaign.read(listed) == Campaign.read(ready)
    listed.write_text(yaml.safe_dump(data | {"membranes": READY}))
    both = Campaign.read(listed)
    for name in READY:
        assert both.of_membrane(name).membrane.ready == name
        facts = library.facts_of(name)
        monomers = both.of_membrane(name).membrane.monomers.model_dump()
        assert {kind: n for kind, n in monomers.items() if n} == facts["monomers"]
    one = Campaign.read(campaign_file({"membranes": [7]}))
    assert not one.membrane_names and stages.homes(one) == {"": stages.results_of(one)}
    several = Campaign.read(campaign_file({"membranes": [7, 8]}))
    assert one.seed == several.of_membrane("seed7").seed


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"membranes": []}, ["membranes: value []: allowed is at least 1 entry"]),
        ({"membranes": 3}, ["membranes: value 3: allowed is a list of names"]),
        ({"membranes": [1, 1]}, ["membranes.1: value 1: given twice, allowed is once"]),
        ({"membranes": [1, 2.5]}, ["membranes.1: value 2.5: allowed is the name"]),
        ({"membranes": [1, -2]}, ["membranes.1: value -2: allowed is the name"]),
        ({"membranes": [1, True]}, ["membranes.1: value true: allowed is the name"]),
        ({"membranes": [1, "pip-tmc-1999"]}, ["membranes.1: value pip-tmc-1999: membrane 'pip"]),
        (
            {"membranes": [1, 2], "membrane": {"ready": READY[0]}},
            ["membranes: value [1, 2]: beside membrane.ready it is not allowed"],
        ),
        ({"membranes": [1], "membrane": MISSING}, ["membranes.0: value 1: a seed needs the block"]),
        (
            {"membranes": [1, "x"], "membrane.colour": "red"},
            ["membrane.colour: value red: no such key", "membranes.1: value x: membrane 'x'"],
        ),
        (
            {"membranes": ["pip-tmc-quarter-2020", 5], "cell.waters_per_reservoir": 300},
            ["membranes.1: value 5: is 1.48 x 1.28 nm along x and y, allowed is 2.7"],
        ),
        (
            {"membranes": ["pip-tmc-quarter-2020", "mpd-tmc-small"], "membrane": MISSING},
            ["membranes.1: value mpd-tmc-small: is of MPD and TMC, allowed is PIP and TMC, as pip"],
        ),
    ],
)
def test_a_wrong_list_is_told_in_a_line_for_each_fault(campaign_file, changes, words):
    path = campaign_file(changes)
    with pytest.raises(CampaignError) as told:
        Campaign.read(path)
    assert len(told.value.faults) == len(words)
    lines = path.read_text().splitlines()
    for fault, expected in zip(told.value.faults, words, strict=True):
        place, _, rest = fault.partition(": ")
        assert rest.startswith(expected), fault
        # Entries of a list have lines of their own, or that of the key.
        key = expected.split(":")[0].split(".")[0]
        assert int(place.rpartition(":")[2]) >= 1 + next(
            number for number, line in enumerate(lines) if line.startswith(key)
        )


def test_windows_of_membranes_that_differ_in_thickness_need_a_range():
    thin = Membrane(**library.membrane_block(READY[0]))
    thick = thin.model_copy(update={"box_nm": (*thin.box_nm[:2], thin.box_nm[2] + 1.0)})
    blocks = {"membranes": (READY[0], 5), "membrane": thick, "hydration": HydrationOptions()}
    umbrella = UmbrellaOptions(ions=("Na+",), duration_ns=1.0)
    (fault,) = windows_elsewhere(blocks | {"umbrella": umbrella})
    assert fault.location == ("umbrella", "z_angstrom")
    for known in ({"umbrella": None}, {"umbrella": umbrella, "membrane": thin}):
        assert not list(windows_elsewhere(blocks | known))
    given = umbrella.model_copy(update={"z_angstrom": (-40.0, 40.0)})
    assert not list(windows_elsewhere(blocks | {"umbrella": given}))


def test_checks_of_layouts_know_the_sites_of_every_ready_membrane(campaign_file):
    counts = {"pH2": {"NH2+": 13}}
    changes = {"membranes": ["pip-tmc-quarter-2020", 5], "layouts": ["pH2"]}
    changes |= {"layout_options": {"counts": counts}, "cell.waters_per_reservoir": 300}
    with pytest.raises(CampaignError, match="allowed is at most 12, the sites that pip-tmc-quart"):
        Campaign.read(campaign_file(changes))


def test_a_plan_is_the_sum_of_its_membranes_and_of_what_is_over_all(campaign_file):
    one, two = (Campaign.read(campaign_file({"membranes": n})) for n in ([1], [1, 2]))
    sizes = {"figures": len(FIGURES), "tables": len(TABLES)}
    alone, both = (
        {stage.name: stage for stage in plan.stages(campaign, **sizes)} for campaign in (one, two)
    )
    for name, stage in both.items():
        drawn = len(figure_jobs(dict.fromkeys(FIGURES)))
        extra = {"analysis": 2, "figures": drawn, "report": 1}.get(name, 0)
        assert stage.jobs == 2 * alone[name].jobs + extra
        assert stage.steps == (alone[name].steps and 2 * alone[name].steps)


def test_status_counts_the_runs_of_every_membrane(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file({"membranes": [1, 2]}))
    results = tmp_path / "results" / campaign.name
    runs.write(campaign, results)
    assert records.read(results / "membranes" / "seed2" / "campaign.json") == plain(
        campaign.of_membrane("seed2")
    )
    (results / "membranes" / "seed2" / "transport" / "pH7" / "NaCl" / "trial1").mkdir(parents=True)
    for place in (results, results.parent):
        rows = runs.status(place)
        assert len(rows) == 2 * 2 * 2
        assert {row["membrane"] for row in rows} == {"seed1", "seed2"}
        assert {row["campaign"] for row in rows} == {campaign.name}
    said = CliRunner().invoke(app, ["status", str(results)]).stdout
    assert "membrane" in said and said.count("seed2") == 4


@pytest.mark.parametrize(
    "command",
    [
        ("advance", "FILE", "network"),
        ("transport", "FILE", "pH7", "NaCl", "1", "--until-ps", "1", "--record", "r.json"),
        ("burst", "FILE", "--minutes", "1"),
        ("compare", "FILE"),
        ("pack", "FILE", "cell", "pH7/NaCl", "--results", "r", "--record", "r.json"),
        ("membranes", "build", "FILE", "--out", "o"),
    ],
)
def test_commands_for_one_membrane_ask_which(campaign_file, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = str(campaign_file({"membranes": [1, 2]}))
    line = [file if word == "FILE" else word for word in command]
    asked = CliRunner().invoke(app, line)
    assert asked.exit_code == 78 and asked.stderr.count("\n") == 1
    assert "has seed1, seed2: give one of them" in asked.stderr
    wrong = CliRunner().invoke(app, [*line, "--membrane", "seed3"])
    assert wrong.exit_code == 78 and "membrane is seed3, it has seed1, seed2" in wrong.stderr
    alone = CliRunner().invoke(
        app, [str(campaign_file()) if word == file else word for word in line] + ["--membrane", "a"]
    )
    assert alone.exit_code == 78 and "has one without a name" in alone.stderr


def test_permeance_asks_for_the_results_of_one_membrane(campaign_file, tmp_path):
    campaign = Campaign.read(campaign_file({"membranes": [1, 2]}))
    runs.write(campaign, tmp_path / "results")
    asked = CliRunner().invoke(app, ["permeance", str(tmp_path / "results")])
    assert asked.exit_code == 78 and asked.stderr.count("\n") == 1
    assert "has 2 membranes: allowed is that of one" in asked.stderr
