"""A wrong campaign file is refused with lines that help; the committed ones are right."""

import pytest
from typer.testing import CliRunner

from mdtools.options import SaltOptions
from membranes.building.options import MonomerCounts
from tests.workflow.conftest import MISSING, ROOT, call
from workflow.campaign.model import Campaign, CampaignError, plain
from workflow.cli.main import app

WRONG = [
    # key to change, value, key in the message, what the message must say
    ("membrane.box_nm", [1e10, 1e10, 1e10], "membrane.box_nm.0", "0.5 to 200 nm"),
    ("transport.duration_ns", 2.0, "transport.segments_per_chunk", "allowed are at most 400"),
    ("name", "x" * 300, "name", "at most 100"),
    ("transport.temperature_K", 310, "transport.temperature_K", "allowed is 300, the cell.temp"),
    ("transport.duration_ps", 12, "transport.duration_ps", "did you mean duration_ns, in ns?"),
    ("transport.duration", 12, "transport.duration", "did you mean duration_ns, in ns?"),
    ("platfrm", {}, "platfrm", "did you mean platform?"),
    ("cell.duration_ns", 1, "cell.duration_ns", "it belongs to transport"),
    ("transport.duration_ns", "100 ns", "transport.duration_ns", "a number, in ns"),
    ("trials", "three", "trials", "a whole number"),
    ("trials", True, "trials", "a whole number"),
    ("trials", 2.5, "trials", "a whole number"),
    ("trials", 0, "trials", "at least 1"),
    ("seed", -1, "seed", "at least 0"),
    ("transport.duration_ns", -3, "transport.duration_ns", "above 0 ns"),
    ("transport.duration_ns", float("inf"), "transport.duration_ns", "finite"),
    ("transport.duration_ns", 5000, "transport.duration_ns", "at most 4295 ns"),
    ("transport.timestep_fs", 5, "transport.timestep_fs", "at most 2 with preset: rigid"),
    ("transport.timestep_fs", 5, "transport.timestep_fs", "4 with preset: heavy"),
    ("cell.timestep_fs", 4, "cell.timestep_fs", "preset: heavy allows it"),
    ("cell.timestep_fs", 0, "cell.timestep_fs", "above 0 fs"),
    ("cell.timestep_fs", "2 fs", "cell.timestep_fs", "a number, in fs"),
    ("transport.preset", "fast", "transport.preset", "allowed is study, rigid, heavy"),
    ("transport.preset", "study", "transport.timestep_fs", "preset: rigid allows it"),
    ("cell.preset", ["heavy"], "cell.preset", "allowed is study, rigid, heavy"),
    ("membrane.reaction.timestep_fs", 2, "membrane.reaction.timestep_fs", "at most 1"),
    ("transport.segment_ps", 0.7, "transport.segment_ps", "whole multiple"),
    ("layouts", ["pH2", "pH8"], "layouts.1", "pH7"),
    ("layouts", ["contrl"], "layouts.0", "did you mean control?"),
    ("layouts", ["pH2", "pH2"], "layouts.1", "given twice, allowed is once"),
    ("layouts", ["control", "pH7"], "layouts.1", "the same layout as control, allowed is once"),
    ("layouts", [], "layouts", "at least 1"),
    ("layout_options.counts", {"pH2": {"NH2+": 40}}, "layout_options.counts.pH2.NH2+", "at most"),
    ("layout_options.counts", {"ph7": {"NH2+": 1}}, "layout_options.counts.ph7", "pH7?"),
    ("layout_options.counts", {"pH7": {"NH2+": 1}}, "layout_options.counts.pH7", "count for COO-"),
    ("layout_options.counts", {"pH2": {}}, "layout_options.counts.pH2", "count for NH2+"),
    (
        "layout_options.counts",
        {"pH2": {"NH2+": 1, "COO-": 1}},
        "layout_options.counts.pH2.COO-",
        "allowed are NH2+",
    ),
    (
        "layout_options.counts",
        {"control": {"NH2+": 1, "COO-": 1}},
        "layout_options.counts.control",
        "allowed is the name in layouts, pH7",
    ),
    ("salts.NaCl.ions", {"Na": 2, "Cl-": 2}, "salts.NaCl.ions.Na", "did you mean Na+?"),
    ("salts.NaCl.ions", {"Na+": 2, "Cl-": 1}, "salts.NaCl", "must be neutral"),
    ("salts.NaCl.ions", {"Na+": 30, "Cl-": 30}, "salts.NaCl.ions", "at most 7"),
    (
        "salts.NaCl.ions",
        {"Na+": 4, "K+": 4, "Cl-": 8},
        "salts.NaCl.ions",
        "9 cations with the counter-ions of layout pH2, allowed are at most 7",
    ),
    ("salts.NaCl.ions", {"Li+": 1, "Mg2+": 1, "Cl-": 2}, "salts.NaCl", "ions sum to +1 e"),
    ("salts.NaCl.ions", {"Mg2+": 1, "SO42-": 1}, "salts.NaCl.ions.SO42-", "did you mean SO4--?"),
    (
        "salts.NaCl.ions",
        {"Mg2+": 1, "SO4--": 1},
        "salts.NaCl.ions.SO4--",
        "beglov-roux-1994 has no SO4--, allowed are Li+, Na+, K+, Mg2+, Ca2+, Cl-; SO4-- is in "
        "joung-cheatham-li-merz-tip4pew",
    ),
    (
        "salts.NaCl.counter_cation",
        "Cl-",
        "salts.NaCl.counter_cation",
        "allowed is Li+, Na+, K+, Mg2+, Ca2+",
    ),
    ("salts", {"a/b": {"ions": {"Na+": 1, "Cl-": 1}}}, "salts.a/b", "letters, digits"),
    ("name", "../up", "name", "letters, digits"),
    ("nonbonded.cutoff_nm", 0.7, "nonbonded.cutoff_nm", "below 0.64 nm"),
    ("nonbonded.ion_set", "beglov", "nonbonded.ion_set", "did you mean beglov-roux-1994?"),
    ("membrane.box_nm", [14.8, 12.8, 20.0], "membrane.box_nm", "in angstrom?"),
    ("membrane.box_nm", [1.35, 1.36, 2.0], "membrane.box_nm", "graphene would be strained"),
    ("membrane.box_nm", [1.48, 1.28], "membrane.box_nm.2", "required"),
    ("membrane.packing_tolerance_angstrom", 20, "membrane.packing_tolerance_angstrom", "at most 3"),
    ("membrane.monomers", MISSING, "membrane.monomers", "required"),
    ("cell.vacuum_nm", 0.5, "cell.vacuum_nm", "at least 1"),
    ("cell.piston_pressure_MPa", -0.1, "cell.piston_pressure_MPa", "at least 0 MPa"),
    ("analysis.snapshots_ns", [0.001, 10], "analysis.snapshots_ns.1", "at most 0.002"),
    ("analysis.mean_z_every_ns", 1, "analysis.mean_z_every_ns", "transport.duration_ns"),
    (
        "analysis.group_leave_angstrom",
        3,
        "analysis.group_leave_angstrom",
        "group_cutoff_angstrom, 5,",
    ),
    (
        "analysis.hydration_cutoff_angstrom",
        {"Na+": 6, "Cl-": 3},
        "analysis.hydration_cutoff_angstrom.Na+",
        "at most 4.5",
    ),
    ("analysis.ion_msd_window_ps", [0.05, 2], "analysis.ion_msd_window_ps", "end by 1 ps"),
    ("analysis.msd_window_ps", [0.25, 2], "analysis.msd_window_ps", "end by 1 ps"),
    ("analysis.msd_window_ps", [0.3, 0.9], "analysis.msd_window_ps", "three multiples of 0.25 ps"),
    ("analysis.profile_bin_angstrom", 50, "analysis.profile_bin_angstrom", "at most 2 angstrom"),
    ("analysis.pdf_bandwidth_factor", {"Mg": 1}, "analysis.pdf_bandwidth_factor.Mg", "Na+"),
    ("platform.name", "cuda", "platform.name", "did you mean CUDA?"),
    ("platform.replicas_per_gpu", 5, "platform.replicas_per_gpu", "at most 4, the runs of the"),
    ("platform.replicas_per_gpu", 0, "platform.replicas_per_gpu", "at least 1"),
    ("platform.replicas_per_gpu", "many", "platform.replicas_per_gpu", "auto"),
    ("stamp", 5, "stamp", "text"),
    ("cell.temperature_K", 27, "cell.temperature_K", "allowed is 200 to 1000 K"),
    ("transport.temperature_K", 3000, "transport.temperature_K", "200 to 1000 K"),
    ("membrane.reaction.temperature_K", 1, "membrane.reaction.temperature_K", "200 to 1000 K"),
    ("membrane.relaxation.temperature_K", 1, "membrane.relaxation.temperature_K", "200 to 1000 K"),
    ("cell.piston_pressure_MPa", 101325, "cell.piston_pressure_MPa", "allowed is 0 to 100 MPa"),
    (
        "transport.drive.force_kcal_mol_angstrom",
        72,
        "transport.drive.force_kcal_mol_angstrom",
        "allowed is 0 to 10 kcal/mol/angstrom",
    ),
    ("transport.drive.kind", "bodyforce", "transport.drive.kind", "body force, field, pressure or"),
    ("transport.drive.kind", ["none", "field"], "transport.drive.kind", "none of them none"),
    (
        "transport.drive",
        {"kind": "pressure", "pressure_difference_MPa": -0.2},
        "transport.drive.pressure_difference_MPa",
        "allowed is at least -0.1 MPa: with less the feed's piston is pulled away",
    ),
    (
        "transport.drive",
        {"kind": "pressure", "pressure_difference_MPa": 5e7},
        "transport.drive.pressure_difference_MPa",
        "allowed is -1000 to 1000 MPa",
    ),
    (
        "transport.drive",
        {"kind": "field", "field_V_nm": 100},
        "transport.drive.field_V_nm",
        "allowed is -1 to 1 V/nm",
    ),
    ("transport.drive", {"kind": "field"}, "transport.drive.field_V_nm", "required with kind"),
    (
        "transport.drive",
        {"kind": "field", "field_V_nm": 0.1, "pressure_difference_MPa": 5},
        "transport.drive.pressure_difference_MPa",
        "allowed only with kind: pressure, or a list with it",
    ),
    (
        "transport.drive",
        {"kind": "none", "force_kcal_mol_angstrom": 0.072},
        "transport.drive.force_kcal_mol_angstrom",
        "allowed only with kind: body force",
    ),
    ("transport.drive", {"ramp_ps": 2}, "transport.drive.ramp_ps", "allowed is below 2 ps"),
    ("nonbonded.cutoff_nm", 0.1, "nonbonded.cutoff_nm", "allowed is 0.5 to 2 nm"),
    (
        "membrane.reaction.stages",
        [{"cutoff_angstrom": 0.35, "duration_ps": 1}],
        "membrane.reaction.stages.0.cutoff_angstrom",
        "allowed is 1.5 to 15 angstrom",
    ),
    ("layout_options.surface_layer_nm", 15, "layout_options.surface_layer_nm", "at most 2 nm"),
    (
        "layout_options.counts",
        {"pH10": {"COO-": 1}},
        "layout_options.counts.pH10",
        "not among layouts, allowed are pH2, pH7",
    ),
]


def lines(path) -> list[str]:
    with pytest.raises(CampaignError) as caught:
        Campaign.read(path)
    return caught.value.faults


@pytest.mark.parametrize(("key", "value", "named", "said"), WRONG)
def test_fault_names_file_key_value_and_what_is_allowed(campaign_file, key, value, named, said):
    path = campaign_file({key: value})
    found = [line for line in lines(path) if f": {named}: value " in line]
    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
    assert said in found[0]
    assert "\n" not in found[0]


def test_a_slab_correction_needs_a_vacuum_as_wide_as_the_box(campaign_file):
    thin = {"nonbonded.slab_correction": True, "cell.vacuum_nm": 1.4}
    with pytest.raises(CampaignError, match=r"cell\.vacuum_nm.* at least 1\.48 nm with nonbonded"):
        Campaign.read(campaign_file(thin))
    Campaign.read(campaign_file(thin | {"cell.vacuum_nm": 1.5}))


def test_several_kinds_of_drive_are_taken_from_a_file_in_their_one_order(campaign_file):
    drive = {"kind": ["pressure", "field"], "field_V_nm": 0.02, "pressure_difference_MPa": 100}
    campaign = Campaign.read(campaign_file({"transport.drive": drive}))
    assert campaign.transport.drive.kinds == ("field", "pressure")


@pytest.mark.parametrize(("cap", "amines"), [(0.45, 10), (0.9, 2), (0.97, 1), (1.0, 0)])
def test_layouts_may_ask_for_the_sites_that_every_network_leaves_and_no_more(
    campaign_file, cap, amines
):
    # 9 PIP have 18 N-H, of which at most the share `cap` reacts
    def asking(count):
        counts = {"pH2": {"NH2+": count}}
        base = {"layouts": ["pH2"], "cell.waters_per_reservoir": 1000}
        base["membrane.reaction.highest_nh_conversion"] = cap
        return campaign_file(base | {"layout_options.counts": counts})

    assert Campaign.read(asking(amines)).layout_options.counts == {"pH2": {"NH2+": amines}}
    (line,) = lines(asking(amines + 1))
    assert f"allowed is at most {amines}, " in line


@pytest.mark.parametrize(
    ("drive", "said"),
    [
        ({"kind": "pressure", "pressure_difference_MPa": 1}, "with a difference of pressures"),
        (
            {"kind": "field", "field_V_nm": 0.1, "acts_on": "all charges"},
            "the membrane of layout pH2 carries",
        ),
    ],
)
def test_a_membrane_that_nothing_holds_is_not_pushed(campaign_file, drive, said):
    (line,) = lines(campaign_file({"transport.drive": drive, "cell.anchored_percent": 0}))
    assert "cell.anchored_percent: value 0: allowed is above 0" in line and said in line
    Campaign.read(campaign_file({"transport.drive": drive}))
    Campaign.read(campaign_file({"cell.anchored_percent": 0}))


def test_all_faults_are_reported_at_once_in_the_order_of_the_file(tmp_path):
    path = tmp_path / "many.yaml"
    text = (ROOT / "tests" / "data" / "tiny.yaml").read_text()
    text = text.replace("seed: 7", "seed: seven").replace("[pH2, pH7]", "[pH3, pH7]")
    path.write_text(text.replace("cutoff_nm: 0.6", "cutoff_nm: 0.8"))
    numbers = [int(line.removeprefix(f"{path}:").split(":")[0]) for line in lines(path)]
    rows = text.splitlines()
    assert [rows[number - 1].split(":")[0].strip() for number in numbers] == [
        "seed",
        "layouts",
        "nonbonded",
    ]


def test_blocks_of_results_from_before_have_no_new_words(campaign_file):
    """Snakemake makes anew what has other parameters; these are those of a release before."""
    blocks = plain(Campaign.read(campaign_file()))
    assert blocks["membrane"]["monomers"] == {"PIP": 9, "TMC": 6}
    assert blocks["salts"] == {"NaCl": {"ions": {"Cl-": 2, "Na+": 2}}}
    assert blocks["nonbonded"] == {
        "cutoff_nm": 0.6,
        "ion_set": "beglov-roux-1994",
        "pme_grid_nm": 0.1,
        "switch_nm": None,
    }
    assert blocks["transport"]["drive"] == {
        "force_kcal_mol_angstrom": 0.072,
        "kind": "body force",
    }
    assert plain(MonomerCounts(MPD=9, TMC=6)) == {"MPD": 9, "TMC": 6}
    salt = {"counter_cation": "Na+", "ions": {"Cl-": 2, "Na+": 2}}
    assert plain(SaltOptions(**salt)) == salt


def test_key_given_twice_is_refused(tmp_path, campaign_file):
    path = tmp_path / "twice.yaml"
    path.write_text(campaign_file().read_text() + "seed: 8\n")
    assert [line for line in lines(path) if "given twice" in line]


@pytest.mark.parametrize("text", ["", "- 1\n", "a: [\n", "name: \x00\n"])
def test_file_that_is_no_campaign_is_refused_in_lines(tmp_path, text):
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    assert all(line.startswith(str(path)) for line in lines(path))


def test_numbers_are_those_of_yaml_1_2(tmp_path, campaign_file):
    path = tmp_path / "scientific.yaml"
    path.write_text(campaign_file().read_text().replace("duration_ns: 0.002", "duration_ns: 2e-3"))
    assert Campaign.read(path).transport.duration_ns == 0.002


@pytest.mark.parametrize("name", ["demo", "reduced", "paper"])
def test_committed_campaigns_are_right(name):
    assert Campaign.read(ROOT / "config" / f"{name}.yaml").name == name


def test_paper_campaign_is_the_published_one():
    campaign = Campaign.read(ROOT / "config" / "paper.yaml")
    runs = len(campaign.layouts) * len(campaign.salts) * campaign.trials
    assert runs == 48
    assert campaign.transport.duration_ns == 100
    assert campaign.membrane.monomers.packed == {"PIP": 332, "TMC": 228}
    stages = campaign.membrane.reaction.stages
    assert [(s.cutoff_angstrom, s.duration_ps) for s in stages] == [(3.5, 40), (5, 160)]
    assert {s.longest_new_bond_angstrom for s in stages} == {None}
    assert campaign.transport.drive.force_kcal_mol_angstrom == 0.072


def test_plan_of_a_wrong_campaign_exits_with_78(campaign_file):
    result = CliRunner().invoke(app, ["plan", str(campaign_file({"trials": -1}))])
    assert result.exit_code == 78
    assert "trials: value -1: allowed is at least 1" in result.stderr


def test_run_of_a_wrong_campaign_exits_with_78_and_starts_nothing(tmp_path, campaign_file):
    answer = call("run", campaign_file({"trials": -1}), cwd=tmp_path)
    assert answer.returncode == 78
    assert "trials: value -1: allowed is at least 1" in answer.stderr
    assert not (tmp_path / ".snakemake").exists()
    assert not (tmp_path / "results").exists()


def blocks(model, prefix=""):
    """Dotted keys of a model, blocks of blocks included."""
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        if hasattr(field.annotation, "model_fields"):
            yield from blocks(field.annotation, f"{prefix}{name}.")


@pytest.mark.parametrize("key", list(blocks(Campaign)))
def test_every_key_is_explained(key):
    assert f"`{key}`" in (ROOT / "config" / "README.md").read_text()


TENS = "[" + ", ".join(["*{0}"] * 10) + "]"
BOMB = "b0: &b0 [1]\n" + "".join(f"b{k}: &b{k} {TENS.format(f'b{k - 1}')}\n" for k in range(1, 10))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases that stand for more than 100,000 values"),
        ("name: &a {b: *a}\n", "an alias that stands inside of what it repeats"),
        ("name: " + "[" * 2000 + "]" * 2000, "nested too deeply"),
        ("seed: " + "9" * 6000, "digits"),
        ("#" + "x" * 2_000_000, "longer than 1,000,000 characters"),
    ],
)
def test_a_file_that_would_take_all_memory_is_one_line(tmp_path, text, said):
    path = tmp_path / "campaign.yaml"
    path.write_text(text)
    with pytest.raises(CampaignError, match=said) as refusal:
        Campaign.read(path)
    assert len(refusal.value.faults) == 1 and str(path) in str(refusal.value)
