"""What the packages import is declared in pyproject.toml."""

import ast
import importlib.metadata
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "mdtools", "membranes", "workflow")
GENERATORS = ("membranes/networks/conformers.py", "mdtools/forcefield/generate")
"""What makes committed data; only developers run it, so RDKit is theirs."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTIONAL = PROJECT["optional-dependencies"]["umbrella"]
"""Of one analysis alone, which says so where it is not installed."""
DECLARED = {
    canonicalize_name(Requirement(line).name) for line in [*PROJECT["dependencies"], *OPTIONAL]
}


@cache
def imported(package: str) -> dict[str, set[str]]:
    """Files of a package by the third-party module that they import, also inside functions."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        if str(path.relative_to(ROOT)).startswith(GENERATORS):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {name.partition(".")[0] for name in names}:
                if name not in sys.stdlib_module_names and name not in PACKAGES:
                    found.setdefault(name, set()).add(str(path.relative_to(ROOT)))
    return found


@pytest.fixture(scope="module")
def distributions():
    return importlib.metadata.packages_distributions()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_import_is_a_declared_dependency(package, distributions):
    missing = {
        module: files
        for module, files in imported(package).items()
        if DECLARED.isdisjoint(map(canonicalize_name, distributions.get(module, ())))
    }
    assert not missing


def test_imports_are_found():
    assert {"docutils", "PIL", "yaml", "typer"} <= set(imported("workflow"))


def test_reading_a_campaign_loads_nothing_that_takes_a_second():
    """Every job of Snakemake, and every command, reads the campaign file first."""
    check = (
        "import sys; from workflow.campaign.model import Campaign; "
        "Campaign.read('config/paper.yaml'); "
        "print(sorted({'openmm', 'pandas', 'scipy', 'MDAnalysis'} & sys.modules.keys()))"
    )
    words = [sys.executable, "-c", check]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize(
    ("modules", "without"),
    [
        (
            "workflow.jobs.transport, workflow.jobs.membrane",
            {"MDAnalysis", "matplotlib", "scipy.sparse", "scipy.spatial"},
        ),
        (
            "analysis.kernels, analysis.continuum.characterize",
            {"numba", "scipy.fft", "scipy.ndimage", "scipy.optimize", "scipy.special"},
        ),
    ],
)
def test_what_takes_long_to_load_waits_for_its_use(modules, without):
    check = f"import sys, {modules}; print(sorted({without!r} & sys.modules.keys()))"
    words = [sys.executable, "-c", check]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
