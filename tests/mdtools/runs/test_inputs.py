"""What a started run takes for the same inputs, and what it refuses."""

import json

import pytest

from mdtools.errors import InputsChanged
from mdtools.options import TransportOptions

SEGMENT_PS = 0.04
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
