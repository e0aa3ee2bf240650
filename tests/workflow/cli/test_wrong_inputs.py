"""What people get wrong at the command line: it ends with a line, never with a traceback."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from tests.workflow.conftest import ROOT
from workflow.cli import errors, schema
from workflow.cli.main import app

TINY = "tiny.yaml"
LONG = 300 * "x"
"""A name that no file can have."""
USAGE, FAULT, IO, SETTINGS = 2, os.EX_SOFTWARE, os.EX_IOERR, 78


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with good files and bad ones, and what cannot be written to."""
    place = tmp_path_factory.mktemp("wrong")
    data = ROOT / "tests" / "data"
    for name in (TINY, "outside.yaml", "tiny_fabrication.yaml"):
        shutil.copy(data / name, place / name)
    (place / "empty.yaml").touch()
    (place / "list.yaml").write_text("- a\n- b\n")
    (place / "tab.yaml").write_text("name:\tx\n  y: [\n")
    (place / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    (place / "binary.yaml").write_bytes(bytes(range(256)))
    (place / "file").write_text("a file, no directory\n")
    (place / "data.csv").write_text("membrane,feed\nx,y\n")
    (place / "empty.csv").touch()
    membrane = "pore_radius_nm: 0.5\neffective_thickness_um: 1\npore_permittivity: 40\n"
    for name, charge in (("nan", ".nan"), ("inf", "-.inf"), ("huge", "1e300"), ("true", "true")):
        (place / f"{name}.yaml").write_text(f"{membrane}charge_density_mol_m3: {charge}\n")
    films = (data / "tiny_fabrication.yaml").read_text()
    corrected = films.replace("cutoff_nm:", "slab_correction: true, cutoff_nm:", 1)
    (place / "corrected.yaml").write_text(corrected)
    (place / "iron.yaml").write_text("concentrations_mol_m3: {Fe3+: 1, Cl-: 3}\n")
    (place / "deep.yaml").write_text("a: " + 2000 * "[" + 2000 * "]")
    (place / "loop.yaml").symlink_to("loop.yaml")
    (place / "network").mkdir()
    (place / "network" / "network.json").write_text("{")
    return place


WRONG = [
    ("plan none.yaml", SETTINGS, "none.yaml"),
    ("plan .", SETTINGS, "."),
    ("plan empty.yaml", SETTINGS, "empty.yaml"),
    ("plan list.yaml", SETTINGS, "list.yaml"),
    ("plan tab.yaml", SETTINGS, "tab.yaml"),
    ("plan latin.yaml", SETTINGS, "latin.yaml"),
    ("plan binary.yaml", SETTINGS, "binary.yaml"),
    ("plan tiny.yaml --ns-per-day 0", USAGE, "--ns-per-day"),
    ("plan tiny.yaml --ns-per-day nan", USAGE, "--ns-per-day"),
    ("plan tiny.yaml --gpus 0", USAGE, "--gpus"),
    ("run none.yaml", SETTINGS, "none.yaml"),
    ("run tiny.yaml --profile none", SETTINGS, "none"),
    ("run tiny.yaml --cores 0", USAGE, "--cores"),
    ("analyse none.yaml --out x", SETTINGS, "none.yaml"),
    ("analyse tiny.yaml --out x", SETTINGS, "tiny.yaml"),
    ("analyse outside.yaml --out file", SETTINGS, "file"),
    ("analyse outside.yaml --out file/x", SETTINGS, "file"),
    ("analyse outside.yaml --out /proc/x", SETTINGS, "/proc/x"),
    ("compare none.yaml", SETTINGS, "none.yaml"),
    ("compare study --out file/x", SETTINGS, "file"),
    ("compare tiny.yaml --force 1", SETTINGS, "--force"),
    ("fabricate none.yaml --out x", SETTINGS, "none.yaml"),
    ("fabricate tiny.yaml --out x", SETTINGS, "tiny.yaml"),
    ("fabricate tiny_fabrication.yaml --out file/x", SETTINGS, "file"),
    ("fabricate corrected.yaml --out x", SETTINGS, "nonbonded.slab_correction: value true"),
    ("export crate none", SETTINGS, "none"),
    ("export crate .", SETTINGS, "."),
    ("status none", USAGE, "none"),
    ("status file", USAGE, "file"),
    ("transport tiny.yaml pH99 NaCl 1 --until-ps 1 --record r", SETTINGS, "pH99"),
    ("transport tiny.yaml pH7 KCl 1 --until-ps 1 --record r", SETTINGS, "KCl"),
    ("transport tiny.yaml pH7 NaCl 9 --until-ps 1 --record r", SETTINGS, "9"),
    ("transport tiny.yaml pH7 NaCl one --until-ps 1 --record r", USAGE, "trial"),
    ("transport tiny.yaml pH7 NaCl 1 --until-ps 1 --record r --cell none", SETTINGS, "none"),
    ("membranes report none --out x", SETTINGS, "none"),
    ("membranes report network --out x", SETTINGS, "network"),
    ("membranes export none --out x", SETTINGS, "none"),
    ("membranes export pip-tmc-quarter-2020 --out file/x", SETTINGS, "file"),
    ("membranes export pip-tmc-quarter-2020 --out x --layout pH99", SETTINGS, "pH99"),
    ("membranes import none c.gro --out x", SETTINGS, "none"),
    ("membranes build tiny.yaml --out file", SETTINGS, "file"),
    ("membranes relax none --out x --duration-ps 1", SETTINGS, "none"),
    ("dspmde --membrane none --feed nacl --flux 1um/s", SETTINGS, "none"),
    ("dspmde --membrane NF270 --feed none --flux 1um/s", SETTINGS, "none"),
    ("dspmde --membrane file --feed file --flux 1um/s", SETTINGS, "file"),
    ("dspmde --membrane . --feed . --flux 1um/s", SETTINGS, "."),
    ("dspmde --membrane NF270 --feed nacl --flux 1um/s --plot file/x.png", SETTINGS, "file"),
    ("fit none.csv", SETTINGS, "none.csv"),
    ("fit .", SETTINGS, "."),
    ("fit empty.csv", SETTINGS, "empty.csv"),
    ("fit data.csv", SETTINGS, "data.csv"),
    ("fit binary.yaml", SETTINGS, "binary.yaml"),
    ("selfcheck --platform none", SETTINGS, "none"),
    ("selfcheck --cell none", SETTINGS, "none"),
    ("burst none.yaml --minutes 1", SETTINGS, "none.yaml"),
    ("burst tiny.yaml --minutes 0", USAGE, "--minutes"),
    ("doctor --cluster ../x", SETTINGS, "../x"),
    ("schema --out file/x.json", SETTINGS, "file/x.json"),
    ("schema --out .", SETTINGS, "."),
    (f"plan {LONG}", SETTINGS, "File name too long"),
    ("plan loop.yaml", SETTINGS, "loop.yaml"),
    ("plan deep.yaml", SETTINGS, "nested too deeply"),
    (f"export crate {LONG}", SETTINGS, "export crate: "),
    (f"fit {LONG}", SETTINGS, "File name too long"),
    (f"membranes export none --out {LONG}", SETTINGS, "--out"),
    (f"membranes export none --out a/{LONG}/b", SETTINGS, "a name of 300 bytes"),
    (f"dspmde --membrane NF270 --feed {LONG} --flux 1um/s", SETTINGS, "--feed"),
    (f"dspmde --membrane NF270 --feed nacl --flux 1um/s --csv {LONG}.csv", SETTINGS, "too long"),
    ("dspmde --membrane NF270 --feed nacl --flux nan", SETTINGS, "--flux"),
    ("dspmde --membrane NF270 --feed nacl --flux 1um/s --film 20", SETTINGS, "20 of what?"),
    (
        "dspmde --membrane NF270 --feed nacl --flux 1um/s --born-radius nan",
        SETTINGS,
        "--born-radius",
    ),
    ("dspmde --membrane nan.yaml --feed nacl --flux 1um/s", SETTINGS, "nan.yaml:4"),
    ("dspmde --membrane inf.yaml --feed nacl --flux 1um/s", SETTINGS, "finite number"),
    ("dspmde --membrane huge.yaml --feed nacl --flux 1um/s", SETTINGS, "-20000 to 20000"),
    ("dspmde --membrane true.yaml --feed nacl --flux 1um/s", SETTINGS, "value true"),
    ("dspmde --membrane NF270 --feed iron.yaml --flux 1um/s", SETTINGS, "urea; or describe it"),
    ("none", USAGE, "none"),
]


@pytest.mark.parametrize(
    ("words", "code", "named"), WRONG, ids=[row[0].replace(LONG, "LONG") for row in WRONG]
)
def test_a_wrong_request_ends_with_a_line_that_names_it(place, monkeypatch, words, code, named):
    monkeypatch.chdir(place)
    answer = CliRunner().invoke(app, words.split())
    assert isinstance(answer.exception, SystemExit), answer.exception
    assert answer.exit_code == code, answer.output
    assert named in answer.stderr
    assert "Traceback" not in answer.output
    if code != USAGE:
        assert len(answer.stderr.splitlines()) <= 14, answer.stderr


@pytest.fixture
def failing(monkeypatch):
    """Function that makes `schema` end with an error."""

    def fail(error: BaseException):
        def write(*_):
            raise error

        monkeypatch.setattr(schema, "files", write)
        return CliRunner().invoke(app, ["schema"])

    return fail


def test_a_fault_of_the_program_is_a_line_and_its_traceback_is_kept(failing, monkeypatch, tmp_path):
    monkeypatch.setattr(errors.tempfile, "tempdir", str(tmp_path))
    answer = failing(ZeroDivisionError("division\nby zero"))
    assert (answer.exit_code, answer.stderr.count("\n")) == (FAULT, 1)
    assert "schema: a fault of this program, ZeroDivisionError: division by zero" in answer.stderr
    (kept,) = tmp_path.glob("polyamide-*.log")
    assert str(kept) in answer.stderr
    assert "in write" in kept.read_text()


def test_a_traceback_is_shown_on_demand(failing, monkeypatch):
    monkeypatch.setenv(errors.SHOW, "1")
    assert isinstance(failing(ZeroDivisionError("division")).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 128 + signal.SIGINT, "schema: interrupted"),
        (PermissionError(13, "Permission denied", "x.json"), IO, "x.json: Permission denied"),
        (OSError(28, "No space left on device"), os.EX_TEMPFAIL, "No space left on device"),
        (OSError(30, "Read-only file system", "x.json"), os.EX_TEMPFAIL, "Read-only file system"),
    ],
)
def test_what_the_system_refuses_is_a_line(failing, error, code, line):
    answer = failing(error)
    assert answer.exit_code == code
    assert line in answer.stderr
    assert answer.stderr.count("\n") <= 1


def test_output_that_nobody_reads_to_its_end_is_no_fault():
    words = f"{sys.executable} -m workflow schema | head -1"
    answer = subprocess.run(
        words, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert (answer.stdout.strip(), answer.stderr) == ("{", "")
