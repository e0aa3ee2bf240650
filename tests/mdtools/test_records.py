"""Files that carry their checksum."""

import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mdtools import records
from mdtools.records import CHECKSUM, DamagedRecord

TEXT = st.text(max_size=6)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.none() | st.booleans() | st.integers() | TEXT | FINITE
NESTED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
# No key is that of the checksum, which is longer.
CONTENTS = st.dictionaries(
    st.text(string.ascii_lowercase, min_size=1, max_size=6), NESTED, max_size=4
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("records") / "report.json"


@given(content=CONTENTS)
@settings(max_examples=30, deadline=None)
def test_what_is_read_is_what_was_written(file, content):
    records.write(file, content)
    assert records.read(file) == content


@given(content=CONTENTS.filter(bool), data=st.data())
@settings(max_examples=40, deadline=None)
def test_no_byte_can_be_changed_unnoticed(file, content, data):
    records.write(file, content)
    written = file.read_bytes()
    place = data.draw(st.integers(0, len(written) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != written[place]))
    file.write_bytes(written[:place] + bytes([byte]) + written[place + 1 :])
    found = records.read_sound(file)
    assert found is None or found == content or CHECKSUM not in json.loads(file.read_text())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"thickness_nm": 3.5, "checksum": "00"}', "is not what was written"),
        ('{"thickness_nm": 3.', "cannot be read"),
        ("[1, 2]", "holds no object"),
        ("", "cannot be read"),
    ],
)
def test_a_damaged_file_is_named_with_a_remedy(file, text, words):
    file.write_text(text)
    with pytest.raises(DamagedRecord, match=words) as raised:
        records.read(file, "make it again")
    assert str(file) in str(raised.value)
    assert str(raised.value).endswith("make it again")


def test_a_file_from_before_checksums_is_read(file):
    file.write_text('{"thickness_nm": 3.5}')
    assert records.read(file) == {"thickness_nm": 3.5}


def test_a_missing_file_is_named(file):
    with pytest.raises(DamagedRecord, match=r"none\.json is missing"):
        records.read(file.with_name("none.json"))
