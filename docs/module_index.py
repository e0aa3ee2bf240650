"""The list of modules in docs/architecture.md, made from first sentences of their docstrings.

python docs/module_index.py
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("mdtools", "membranes", "analysis", "workflow")
HEAD = "## Every file in a line\n"


def first_sentence(path: Path) -> str:
    """First paragraph of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


def index(root: Path = ROOT) -> str:
    """The section of the page: a list for each room."""
    parts = [HEAD, "Made from the files themselves, by `make generated`.\n"]
    for package in PACKAGES:
        rooms = sorted({path.parent for path in (root / package).rglob("*.py")})
        for room in rooms:
            parts.append(f"**{room.relative_to(root).as_posix()}/**\n")
            files = [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]
            parts.append("\n".join(f"- `{p.stem}`: {first_sentence(p)}" for p in files) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8").partition(HEAD)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{index()}", encoding="utf-8")
