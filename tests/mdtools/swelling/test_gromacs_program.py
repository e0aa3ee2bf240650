"""The program gmx: asked for its version, run, stopped and resumed, and its faults told."""

import os
import stat

import pytest

from mdtools.errors import PhysicsError, SettingsError, TryAgain
from mdtools.options import PlatformOptions
from mdtools.swelling.gromacs import program

CPU = PlatformOptions(name="CPU", cpu_threads=1)
HEAD = '#!/bin/sh\necho "$@" >> "$TOLD"\n'
VERSION = 'if [ "$1" = --version ]; then echo "GROMACS version:    {}"; exit 0; fi\n'
RUN = "name=run; if [ -e run.cpt ]; then : > run.gro; exit 0; fi; : > run.cpt\n"
WAITS = "trap 'exit 0' TERM; while true; do sleep 0.05; done\n"
FAULT = """printf '%s\\n' '---' 'Fatal error:' 'Number of coordinates does not match' 'topology' >&2
exit 1
"""


@pytest.fixture
def gmx(tmp_path, monkeypatch):
    """Put a script on the path as gmx; returns a function that writes it, and what it was told."""
    bin_dir, told = tmp_path / "bin", tmp_path / "told"
    bin_dir.mkdir()
    told.touch()
    monkeypatch.setenv("TOLD", str(told))
    monkeypatch.setenv("PATH", f"{bin_dir}{os.pathsep}/usr/bin{os.pathsep}/bin")
    program.version.cache_clear()

    def write(body: str, version: str = "2024.1") -> None:
        path = bin_dir / "gmx"
        path.write_text(HEAD + VERSION.format(version) + body)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    yield write, told
    program.version.cache_clear()


def test_version_is_read_and_an_old_one_or_none_is_refused(gmx, monkeypatch):
    write, _ = gmx
    write("")
    assert program.version() == "2024.1"
    program.version.cache_clear()
    write("", version="2019.6")
    with pytest.raises(SettingsError, match=r"needs GROMACS 2021 or later; .*gmx is 2019\.6"):
        program.version()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SettingsError, match="needs the program gmx .* or take the engine OpenMM"):
        program.version()


def test_a_stopped_run_goes_on_from_its_checkpoint(gmx, tmp_path):
    write, told = gmx
    write(RUN + WAITS)
    with pytest.raises(TryAgain, match="goes on from its checkpoint"):
        program.run(tmp_path, "run", CPU, stop=lambda: (tmp_path / "run.cpt").exists())
    assert not (tmp_path / "run.gro").exists()
    program.run(tmp_path, "run", CPU, stop=None)
    assert (tmp_path / "run.gro").exists()
    first, second = told.read_text().splitlines()
    assert "-cpi" not in first and "-cpi run.cpt" in second
    assert "-ntomp 1 -nb cpu -pme cpu -bonded cpu" in first


def test_a_run_that_ends_early_without_an_error_goes_on_later(gmx, tmp_path):
    gmx[0]("exit 0\n")
    with pytest.raises(TryAgain):
        program.run(tmp_path, "run", CPU, stop=None)


def test_faults_are_told_in_gromacs_words(gmx, tmp_path):
    gmx[0](FAULT)
    words = "Number of coordinates does not match topology"
    with pytest.raises(PhysicsError, match=f"gmx mdrun of run: {words}"):
        program.run(tmp_path, "run", CPU, stop=None)
    with pytest.raises(SettingsError, match=f"gmx grompp for .*run: {words}"):
        program.prepare(tmp_path, "run", "start.gro", state="before.cpt")
    assert gmx[1].read_text().splitlines()[-1].endswith("-t before.cpt")
