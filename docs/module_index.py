"""The list of modules in docs/architecture.md, made from first sentences of their docstrings.

python docs/module_index.py
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PACKAGES = ("mdtools", "membranes", "analysis", "workflow")
HEAD = "## Every file in a line\n"


def first_sentence(module: ast.Module) -> str:
    """First paragraph of a module's docstring, on one line."""
    text = ast.get_docstring(module) or ""
    return " ".join(text.split("\n\n")[0].split())


def public_names(module: ast.Module) -> str:
    """Public functions and classes of a module, in its order."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    names = [node.name for node in module.body if isinstance(node, kinds) and node.name[0] != "_"]
    return f" ({', '.join(names)})" if names else ""


def index(root: Path = ROOT) -> str:
    """The section of the page: a list for each room."""
    parts = [HEAD, "With the public names of each; made from the files, by `make generated`.\n"]
    for package in PACKAGES:
        rooms = sorted({path.parent for path in (root / package).rglob("*.py")})
        for room in rooms:
            parts.append(f"**{room.relative_to(root).as_posix()}/**\n")
            files = [path for path in sorted(room.glob("*.py")) if path.name != "__init__.py"]
            modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in files}
            lines = (
                f"- `{name}`: {first_sentence(m)}{public_names(m)}" for name, m in modules.items()
            )
            parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    before = PAGE.read_text(encoding="utf-8").partition(HEAD)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{index()}", encoding="utf-8")
