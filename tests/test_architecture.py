"""Imports go the way that docs/architecture.md says, and in no circle."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("analysis", "mdtools", "membranes", "workflow")
HEAD = "| room | what lives there | may import |"
NAME = re.compile(r"`([a-z_.]+)`")
NOT_IN_PACKAGES = {"analysis.continuum": {"numpy", "scipy", "numba"}}
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


def graph(root: Path = ROOT) -> dict[str, set[str]]:
    """Modules of ours that each module of ours imports."""
    known = modules(root)
    return {name: imports(name, path, known)[0] for name, path in known.items()}


def table(text: str) -> dict[str, set[str]]:
    """Rooms of the page, and what each may import."""
    rows, inside = {}, False
    for line in text.splitlines():
        inside = line == HEAD or (inside and line.startswith("|"))
        if inside and line.startswith("| `"):
            room, _, allowed = line.strip("|").split("|")
            rows[room.strip(" `")] = set(NAME.findall(allowed))
    return rows


ROOMS = table((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))


def room_of(module: str, known) -> str:
    """The directory that a module lies in; a package is its own."""
    return module if known[module].name == "__init__.py" else module.rpartition(".")[0]


def row_of(module: str, known) -> str:
    """The row of the page that counts for a module: its own, or that of its room."""
    return module if module in ROOMS else room_of(module, known)


def wrong_arrows(arrows: dict[str, set[str]], known) -> list[str]:
    """Imports that the page does not allow."""
    wrong = []
    for module, targets in arrows.items():
        row = row_of(module, known)
        allowed = ROOMS.get(row, set())
        for target in sorted(targets):
            ways = {target, row_of(target, known), room_of(target, known)}
            if row_of(target, known) in ROOMS and row_of(target, known) != room_of(target, known):
                ways.discard(room_of(target, known))
            if row not in ways and not ways & allowed:
                wrong.append(f"{module} -> {target}")
    return wrong


@pytest.fixture(scope="module")
def known():
    return modules(ROOT)


def test_every_arrow_is_on_the_page(known):
    assert wrong_arrows(graph(), known) == []


def test_every_arrow_of_the_page_is_drawn(known):
    drawn = {}
    for module, targets in graph().items():
        here = drawn.setdefault(row_of(module, known), set())
        for target in targets:
            here |= {target, row_of(target, known)}
    unused = [
        f"{room} -> {target}"
        for room, allowed in ROOMS.items()
        for target in sorted(allowed - drawn.get(room, set()))
    ]
    assert unused == []


def test_every_room_has_a_row_and_every_row_a_room(known):
    rooms = {room_of(module, known) for module in known}
    rooms = {room for room in rooms if any(room_of(m, known) == room and m != room for m in known)}
    assert rooms <= set(ROOMS) | {"membranes"}
    assert set(ROOMS) <= rooms | set(known)


def test_imports_go_in_no_circle():
    order = list(TopologicalSorter(graph()).static_order())
    assert len(order) == len(graph())


@pytest.mark.parametrize("room", NOT_IN_PACKAGES)
def test_the_continuum_needs_numpy_and_scipy_alone(room, known):
    outside = set()
    for module, path in known.items():
        if module == room or module.startswith(f"{room}."):
            outside |= imports(module, path, known)[1]
    assert outside - set(sys.stdlib_module_names) <= NOT_IN_PACKAGES[room]


def test_an_arrow_that_is_turned_is_seen(known):
    turned = graph()
    turned["mdtools.seeds"] = {"membranes.library"}
    assert wrong_arrows(turned, known) == ["mdtools.seeds -> membranes.library"]
    turned = graph()
    turned["analysis.kernels.contacts"] |= {"analysis.store"}
    assert wrong_arrows(turned, known) == ["analysis.kernels.contacts -> analysis.store"]
