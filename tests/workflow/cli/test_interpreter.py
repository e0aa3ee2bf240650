import shlex
import subprocess
import sys
import venv

import pytest

from mdtools import cache
from mdtools.errors import SettingsError
from workflow.cli import interpreter
from workflow.cli.interpreter import in_one_word


def test_a_path_that_is_a_word_stays():
    assert in_one_word("/opt/python-3.12/bin/python3") == "/opt/python-3.12/bin/python3"


def test_an_environment_in_a_folder_with_spaces_runs_unquoted(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    place = tmp_path / "a user's b é"
    venv.create(place, symlinks=True)
    python = in_one_word(str(place / "bin" / "python"))
    asked = f"{python} -c 'import sys; print(sys.prefix, sys.executable)'"
    said = subprocess.run(asked, shell=True, capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(tmp_path / "cache" / "interpreters" / place_of(python)), python]
    assert shlex.quote(python) == python
    assert in_one_word(str(place / "bin" / "python")) == python


def place_of(python: str) -> str:
    return python.split("/")[-3]


def test_a_link_that_leads_elsewhere_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    executable = str(tmp_path / "a b" / "bin" / "python")
    python = in_one_word(executable)
    link = tmp_path / "cache" / "interpreters" / place_of(python)
    link.unlink()
    link.symlink_to("/usr")
    assert in_one_word(executable) == python
    assert link.readlink() == tmp_path / "a b"


def test_where_no_link_can_be_made_it_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "file"))
    monkeypatch.setattr(interpreter.tempfile, "tempdir", str(tmp_path / "c d"))
    with pytest.raises(SettingsError, match=cache.VARIABLE):
        in_one_word(f"{sys.prefix} x/bin/python")
