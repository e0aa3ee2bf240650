"""What a started run takes for the same inputs, and what it refuses."""

import json

import pytest

from mdtools.errors import InputsChanged
from mdtools.options import TransportOptions
from mdtools.runs import segments
from mdtools.runs.stored import Folder
from tests.mdtools.running import SEGMENT_PS

KEYS_BEFORE_PRESETS = {
    "segment_ps",
    "timestep_fs",
    "fast_every_ps",
    "full_every_ps",
    "temperature_K",
    "friction_per_ps",
    "drive",
}


def test_a_run_begun_before_there_were_presets_goes_on_and_not_with_heavy_hydrogens(
    make_run, options
):
    make_run().advance(SEGMENT_PS)
    path = make_run().directory / "run-inputs.json"
    kept = json.loads(path.read_text())
    before = {key: kept["options"][key] for key in KEYS_BEFORE_PRESETS}
    path.write_text(json.dumps(kept | {"options": before}))
    said = TransportOptions(**options.model_dump(exclude={"timestep_fs"}) | {"preset": "rigid"})
    run = make_run(options=said)
    run.advance(2 * SEGMENT_PS)
    assert run.progress()["segments"] == 2
    heavy = TransportOptions(**options.model_dump() | {"preset": "heavy"})
    with pytest.raises(InputsChanged, match=r"options\.preset was None, is now heavy"):
        make_run(options=heavy).advance(3 * SEGMENT_PS)
    other = TransportOptions(**options.model_dump() | {"timestep_fs": 1, "preset": "study"})
    with pytest.raises(InputsChanged, match=r"options\.timestep_fs was 2.0, is now 1.0"):
        make_run(options=other).advance(3 * SEGMENT_PS)


def test_a_run_with_heavy_hydrogens_stays_one(make_run, options):
    heavy = TransportOptions(**options.model_dump() | {"preset": "heavy"})
    make_run(options=heavy).advance(SEGMENT_PS)
    with pytest.raises(InputsChanged, match=r"options\.preset was heavy, is now None"):
        make_run().advance(2 * SEGMENT_PS)
    make_run(options=heavy).advance(2 * SEGMENT_PS)


def test_the_published_drive_is_written_as_before_there_were_others(make_run):
    make_run().advance(SEGMENT_PS)
    kept = json.loads((make_run().directory / "run-inputs.json").read_text())
    assert kept["options"]["drive"] == {"kind": "body force", "force_kcal_mol_angstrom": 0.072}


@pytest.mark.parametrize("content", [None, "", "{", "[]"])
def test_a_lost_record_is_made_again_from_the_segments_and_guards_on(make_run, options, content):
    make_run().advance(SEGMENT_PS)
    path = make_run().directory / "run-inputs.json"
    before = json.loads(path.read_text())

    def lose():
        if content is None:
            path.unlink()
        else:
            path.write_text(content)

    lose()
    other = options.model_copy(update={"friction_per_ps": 2 * options.friction_per_ps})
    with pytest.raises(InputsChanged, match=r"run-inputs\.json is missing.*other inputs"):
        make_run(options=other).advance(2 * SEGMENT_PS)
    with pytest.raises(InputsChanged, match="other inputs"):
        make_run(seed=99).advance(2 * SEGMENT_PS)
    run = make_run()
    run.advance(2 * SEGMENT_PS)
    assert json.loads(path.read_text()) == before


def test_segments_that_do_not_say_their_inputs_are_refused_without_the_record(make_run):
    make_run().advance(SEGMENT_PS)
    directory = make_run().directory
    segment = next((directory / segments.DIRECTORY).iterdir())
    manifest = segments.read_manifest(Folder(segment))
    old = {key: value for key, value in manifest.items() if key not in ("inputs", "sha256")}
    segments.write_manifest(segment, {k: v for k, v in old.items() if k not in ("format", "files")})
    make_run().advance(SEGMENT_PS)
    (directory / "run-inputs.json").unlink()
    with pytest.raises(InputsChanged, match="do not say either"):
        make_run().advance(2 * SEGMENT_PS)
