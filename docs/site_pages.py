"""Pages of the documentation's site that are made from other files, and links that leave docs/.

MkDocs calls the functions `on_...`; nothing else does.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS))
import notebook  # noqa: E402

TAKEN = {
    "campaign_keys.md": "config/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
}
"""Pages of the site that lie elsewhere in the repository."""
PUBLIC = {
    "analysis": ("analysis.results.load", "analysis.results.Results"),
    "analysis.continuum": ("analysis.continuum",),
    "analysis.comparison": ("analysis.comparison",),
    "analysis.kernels": ("analysis.kernels",),
    "analysis.pores": ("analysis.pores",),
    "membranes": (
        "membranes.networks.network.Network",
        "membranes.building.builder.build",
        "membranes.layouts.titration.titrate",
        "membranes.layouts.place.lay_out",
        "membranes.library",
    ),
    "mdtools": ("mdtools.bundle.Bundle", "mdtools.runs.run.Run", "mdtools.trajectory.Trajectory"),
}
"""What others import, by the package that they import it from."""
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s:]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are taken or made."""
    for name, source in TAKEN.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / source)))
    files.append(File.generated(config, "api.md", content=python_reference()))
    files.append(File.generated(config, "commands.md", content=command_reference()))
    # Without what its cells print; `make docs` writes the one that has run in its place.
    page = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    made = nbformat.writes(notebook.notebook(page, "results/demo"))
    files.append(File.generated(config, "tutorial.ipynb", content=made))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to pages of the site; what is no page of it becomes its path in the text."""
    source = ROOT / TAKEN.get(page.file.src_uri, f"docs/{page.file.src_uri}")
    return LINK.sub(lambda link: _led(link, source.parent), markdown)


def _led(link: re.Match[str], folder: Path) -> str:
    words, target = link.groups()
    path, mark, anchor = target.partition("#")
    if not path:
        return link[0]
    found = Path(os.path.normpath(folder / path))
    pages = {str(ROOT / taken): name for name, taken in TAKEN.items()}
    if str(found) in pages:
        return f"[{words}]({pages[str(found)]}{mark}{anchor})"
    if found.is_relative_to(DOCS) and found.suffix in {".html", ".md", ".png", ".svg", ".ipynb"}:
        return f"[{words}]({found.relative_to(DOCS)}{mark}{anchor})"
    if not found.exists():
        return link[0]
    named = f"`{found.relative_to(ROOT)}`"
    return named if words.strip("`") in (path, found.name) else f"{words} ({named})"


def python_reference() -> str:
    """Return the page of all public names, whose docstrings are put in by mkdocstrings."""
    parts = ["# Python", "Units are in the names or in each description."]
    for package, names in PUBLIC.items():
        parts.append(f"## {package}")
        parts += [f"::: {name}\n    options:\n      heading_level: 3" for name in names]
    return "\n\n".join(parts) + "\n"


def command_reference() -> str:
    """Return the page of all commands with their arguments and options."""
    import typer.main

    from workflow.cli.main import app

    parts = ["# Commands\n\nAlso `polyamide COMMAND --help`."]
    _describe(typer.main.get_command(app), "polyamide", parts)
    return "\n\n".join(parts) + "\n"


def _describe(command, name: str, parts: list[str]) -> None:
    children = getattr(command, "commands", {})
    if not children:
        parts += [f"## {name}", command.help or "", *_parameters(command)]
    for word, child in children.items():
        if not child.hidden:
            _describe(child, f"{name} {word}", parts)


def _parameters(command) -> list[str]:
    rows = []
    for one in command.params:
        if getattr(one, "hidden", False) or one.name == "help":
            continue
        if one.param_type_name == "argument":
            words = f"`{one.metavar or one.name.upper()}`"
        else:
            words = " ".join(f"`{word}`" for word in (*one.opts, *one.secondary_opts))
        text = " ".join((getattr(one, "help", None) or "").split()).replace("|", "\\|")
        default = one.default
        plain = isinstance(default, int | float | str) and not isinstance(default, bool)
        shown = f"`{default}`" if plain else ""
        rows.append(f"| {words} | {text} | {shown} |")
    return ["\n".join(["| given | what | if left out |", "|---|---|---|", *rows])] if rows else []
