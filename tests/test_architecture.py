"""Imports go the way that docs/architecture.md says, and in no circle."""

import ast
import re
import runpy
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("analysis", "mdtools", "membranes", "workflow")
HEAD = "| room | what lives there | may import |"
NAME = re.compile(r"`([a-z_.]+)`")
FROM_OUTSIDE = {
    "analysis.continuum": {"numpy", "scipy", "numba"},
    "analysis.continuum.acidity": {"numpy", "scipy", "pandas"},
    "analysis.continuum.characterize": {"numpy", "scipy", "pandas", "yaml"},
    "analysis.continuum.inference": {"numpy"},
}
"""What rooms may import from outside, where that is less than the declared dependencies."""


def modules(root: Path) -> dict[str, Path]:
    """Files of all modules of the packages, by dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(module: str, path: Path, known) -> tuple[set[str], set[str]]:
    """Modules of ours and top-level names of others that a file imports, also inside functions."""
    ours, others = set(), set()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) + 1 - node.level]) if node.level else ""
            base = ".".join(filter(None, (base, node.module)))
            names = [
                inner if (inner := f"{base}.{alias.name}") in known else base
                for alias in node.names
            ]
        else:
            continue
        for name in names:
            (ours if name in known else others).add(name)
    return ours - {module}, {name.partition(".")[0] for name in others}


KNOWN = modules(ROOT)
IMPORTS = {name: imports(name, path, KNOWN) for name, path in KNOWN.items()}
ARROWS = {name: ours for name, (ours, _) in IMPORTS.items()}


def table(text: str) -> dict[str, set[str]]:
    """Rooms of the page, and what each may import."""
    rows, inside = {}, False
    for line in text.splitlines():
        inside = line == HEAD or (inside and line.startswith("|"))
        if inside and line.startswith("| `"):
            room, _, allowed = line.strip("|").split("|")
            rows[room.strip(" `")] = set(NAME.findall(allowed))
    return rows


ROOMS = table(PAGE.read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    """The directory that a module lies in; a package is its own."""
    return module if KNOWN[module].name == "__init__.py" else module.rpartition(".")[0]


def row_of(module: str) -> str:
    """The row of the page that counts for a module: its own, or that of its room."""
    return module if module in ROOMS else room_of(module)


def wrong_arrows(arrows: dict[str, set[str]]) -> list[str]:
    """Imports that the page does not allow."""
    return [
        f"{module} -> {target}"
        for module, targets in arrows.items()
        for target in sorted(targets)
        if row_of(module) != row_of(target)
        and ROOMS.get(row_of(module), set()).isdisjoint({target, row_of(target)})
    ]


def test_every_arrow_is_on_the_page():
    assert wrong_arrows(ARROWS) == []


def test_every_arrow_of_the_page_is_drawn():
    drawn: dict[str, set[str]] = {}
    for module, targets in ARROWS.items():
        drawn.setdefault(row_of(module), set()).update(targets, map(row_of, targets))
    unused = [
        f"{room} -> {target}"
        for room, allowed in ROOMS.items()
        for target in sorted(allowed - drawn.get(room, set()))
    ]
    assert unused == []


def test_every_room_has_a_row_and_every_row_a_room():
    rooms = {module.rpartition(".")[0] for module in KNOWN} - {""}
    # All modules on the ground of membranes have rows of their own.
    assert rooms <= set(ROOMS) | {"membranes"}
    assert set(ROOMS) <= rooms | set(KNOWN)


def test_imports_go_in_no_circle():
    assert len(list(TopologicalSorter(ARROWS).static_order())) == len(ARROWS)


@pytest.mark.parametrize("room", FROM_OUTSIDE)
def test_the_continuum_needs_little_from_outside(room):
    own = [module for module in KNOWN if module == room or module.startswith(f"{room}.")]
    inner = tuple(other for other in FROM_OUTSIDE if other.startswith(f"{room}."))
    own = [module for module in own if not (inner and module.startswith(inner))]
    outside = set().union(*(IMPORTS[module][1] for module in own))
    assert outside - set(sys.stdlib_module_names) <= FROM_OUTSIDE[room]


def test_the_continuum_loads_no_other_package_of_ours_and_no_pandas():
    program = "import sys; from analysis.continuum import characterize; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"pandas", "openmm", "MDAnalysis", "matplotlib", "mdtools"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    ("module", "target"),
    [("mdtools.seeds", "membranes.library"), ("analysis.kernels.contacts", "analysis.store")],
)
def test_an_arrow_that_is_turned_is_seen(module, target):
    assert wrong_arrows(ARROWS | {module: ARROWS[module] | {target}}) == [f"{module} -> {target}"]


def test_the_list_of_modules_is_that_of_the_files():
    made = runpy.run_path(str(ROOT / "docs" / "module_index.py"))["index"]()
    assert PAGE.read_text(encoding="utf-8").endswith(made)
    assert "**mdtools/runs/**" in made and "- `recorder`: " in made
