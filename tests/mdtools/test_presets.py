"""Of preset and timestep one follows from the other, and no timestep is too long for its preset."""

import re

import pytest
from pydantic import ValidationError

from mdtools.options import CellOptions, TransportOptions


def cell(**given) -> CellOptions:
    return CellOptions(waters_per_reservoir=100, equilibration_ps=1, **given)


def transport(**given) -> TransportOptions:
    return TransportOptions(duration_ns=0.1, segment_ps=100, **given)


@pytest.mark.parametrize("make", [cell, transport])
@pytest.mark.parametrize(
    ("given", "preset", "timestep_fs"),
    [
        ({}, "study", 1),
        ({"preset": "study"}, "study", 1),
        ({"preset": "rigid"}, "rigid", 2),
        ({"preset": "heavy"}, "heavy", 4),
        ({"timestep_fs": 0.5}, "study", 0.5),
        ({"timestep_fs": 1}, "study", 1),
        ({"timestep_fs": 1.25}, "rigid", 1.25),
        ({"timestep_fs": 2}, "rigid", 2),
        ({"preset": "rigid", "timestep_fs": 1}, "rigid", 1),
        ({"preset": "heavy", "timestep_fs": 2}, "heavy", 2),
    ],
)
def test_both_are_known_after_reading_and_come_back_from_plain_data(
    make, given, preset, timestep_fs
):
    options = make(**given)
    assert (options.preset, options.timestep_fs) == (preset, timestep_fs)
    assert type(options)(**options.model_dump()) == options
    assert type(options).model_validate_json(options.model_dump_json(), strict=True) == options


@pytest.mark.parametrize("make", [cell, transport])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"timestep_fs": 2.5}, "timestep_fs is 2.5, allowed is at most 2 .* preset: heavy allows"),
        ({"timestep_fs": 8}, "allowed is at most 2 with preset: rigid, 4 with preset: heavy$"),
        ({"preset": "study", "timestep_fs": 2}, "at most 1 with .*; preset: rigid allows it$"),
        ({"preset": "rigid", "timestep_fs": 4}, "at most 2 with .*; preset: heavy allows it$"),
        ({"preset": "heavy", "timestep_fs": 5}, "allowed is at most 4 with preset: heavy$"),
    ],
)
def test_too_long_a_timestep_is_one_line_that_names_what_would_allow_it(make, given, said):
    with pytest.raises(ValidationError) as caught:
        make(**given)
    (error,) = caught.value.errors()
    assert re.search(said, error["msg"]), error["msg"]


def test_a_preset_is_implied_by_the_timestep_that_it_has_by_itself():
    assert cell(preset="rigid").preset_is_implied and cell(timestep_fs=1).preset_is_implied
    assert not cell(preset="heavy").preset_is_implied
    assert not cell(preset="rigid", timestep_fs=1).preset_is_implied
