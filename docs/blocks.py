"""Every code block of the documentation is run, or at least read by the program that it is for.

python docs/blocks.py --results results/demo

Python runs page by page, in a folder that has the results as results/demo and results/paper and the
files of docs/examples; commands are held to the command line and to the Makefile, YAML and CSV are
parsed. A block after a line `<!-- not run: reason -->` is left out, and counted; one after
`<!-- slow: reason -->` runs with --slow alone. A block of CSV or YAML that the prose before it
names in backquotes is a file of that name to the Python of its page.
"""

import argparse
import contextlib
import csv
import doctest
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    + [ROOT / "config" / "README.md"]
)
FENCE = re.compile(
    r"(?:<!-- (?P<mark>not run|slow): [^\n]* -->\n+)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
NAMED_FILE = re.compile(r"`([\w.]+)`[^`]*?\n```(?:csv|yaml)\n(.*?)```", re.DOTALL)
INDENTED = re.compile(r"(?:^|\n)\n    \S")
LIST = re.compile(r"^(?:[-*]|\d+\.) .*(?:\n(?:[ ]+\S.*|[ ]*))*", re.MULTILINE)
LANGUAGES = ("python", "pycon", "bash", "yaml", "csv", "json", "text")
NAMES = ("demo", "paper")
"""Of campaigns whose results pages speak of."""


@dataclass(frozen=True)
class Block:
    """A fenced block, and what its page says of running it."""

    language: str
    text: str
    line: int
    mark: str | None

    @property
    def left_out(self) -> bool:
        """Whether it is never run."""
        return self.mark == "not run"


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    return [
        Block(
            found["language"],
            found["text"],
            page.count("\n", 0, found.start("text")),
            found["mark"],
        )
        for found in FENCE.finditer(page)
    ]


def faults_of_form(page: str) -> Iterator[str]:
    """Say what is no block with a language."""
    for block in blocks(page):
        if block.language not in LANGUAGES:
            yield f"line {block.line}: {block.language or 'no language'}: {', '.join(LANGUAGES)}"
    prose = LIST.sub("", FENCE.sub("", page))
    if found := INDENTED.search(prose):
        yield f"an indented block: {prose[found.start() : found.start() + 60].strip()!r}"


def faults_of_commands(text: str) -> Iterator[str]:
    """Say which commands, options and targets of a block of the shell do not exist."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if not words:
            continue
        if words[0] in ("polyamide", ".venv/bin/polyamide"):
            yield from _faults_of_polyamide(words[1:])
        elif words[0] == "make":
            targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
            for word in words[1:]:
                if "=" not in word and word not in targets:
                    yield f"make has no target {word}"
        elif words[0] in ("python", ".venv/bin/python") and len(words) > 1:
            if words[1].endswith(".py") and not (ROOT / words[1]).is_file():
                yield f"there is no {words[1]}"


def _faults_of_polyamide(words: list[str]) -> Iterator[str]:
    import typer.main

    from workflow.cli.main import app

    command, path = typer.main.get_command(app), ["polyamide"]
    words = words[: next((k for k, word in enumerate(words) if word in "&|>;"), len(words))]
    while words and hasattr(command, "commands"):
        if words[0].startswith("-"):
            break
        if words[0] not in command.commands:
            yield f"{' '.join(path)} has no command {words[0]}"
            return
        path.append(words[0])
        command = command.commands[words.pop(0)]
    known = {"--help"} | {
        option for one in command.params for option in (*one.opts, *one.secondary_opts)
    }
    for word in words:
        option = word.partition("=")[0]
        if re.match(r"--?[A-Za-z]", word) and option not in known:
            yield f"{' '.join(path)} has no option {option}"


def run_python(page: str, folder: Path, slow: bool = False) -> list[str]:
    """Run the Python of a page in a folder, block after block; returns what failed."""
    for name, content in NAMED_FILE.findall(page):
        (folder / name).write_text(content, encoding="utf-8")
    names: dict[str, object] = {"__name__": "__main__"}
    failed = []
    for block in blocks(page):
        if block.left_out or block.language not in ("python", "pycon"):
            continue
        if block.mark == "slow" and not slow:
            continue
        said = io.StringIO()
        with contextlib.chdir(folder), contextlib.redirect_stdout(said):
            try:
                if block.language == "pycon":
                    _run_examples(block, names)
                else:
                    exec(compile(block.text, f"line {block.line}", "exec"), names)
            except Exception:
                failed.append(f"line {block.line}: {traceback.format_exc(limit=-1)}")
    return failed


def _run_examples(block: Block, names: dict[str, object]) -> None:
    examples = doctest.DocTestParser().get_doctest(block.text, names, "page", None, block.line)
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    report = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=options)
    runner.run(examples, out=report.write, clear_globs=False)
    names.update(examples.globs)
    if runner.failures:
        raise AssertionError(report.getvalue())


def parse(block: Block) -> None:
    """Parse a block of YAML or CSV; raises what the parser says."""
    if block.language == "yaml":
        for part in block.text.split("\n...\n"):
            yaml.safe_load(part)
    elif block.language == "csv":
        lengths = {len(row) for row in csv.reader(block.text.splitlines())}
        if len(lengths) > 1:
            raise ValueError(f"line {block.line}: rows of unequal length")


def place(results: Path, folder: Path) -> None:
    """Fill a folder with what pages speak of."""
    (folder / "results").mkdir()
    for name in NAMES:
        shutil.copytree(results, folder / "results" / name, symlinks=True)
    shutil.copytree(ROOT / "docs" / "examples", folder, dirs_exist_ok=True)


def main() -> int:
    """Run the Python of all pages; the number of those that fail is the exit code."""
    os.environ.setdefault("MPLBACKEND", "agg")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="of a campaign that has run")
    parser.add_argument("--slow", action="store_true", help="also what takes longer than seconds")
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES)
    given = parser.parse_args()
    wrong = 0
    ran = left = 0
    for path in given.pages:
        page = path.read_text(encoding="utf-8")
        mine = [block for block in blocks(page) if block.language in ("python", "pycon")]
        left += sum(block.left_out for block in mine)
        ran += sum(block.mark is None or (given.slow and not block.left_out) for block in mine)
        if not mine:
            continue
        with tempfile.TemporaryDirectory() as folder:
            place(given.results.resolve(), Path(folder))
            for fault in run_python(page, Path(folder), given.slow):
                wrong += 1
                print(f"{path}: {fault}", file=sys.stderr)
    print(f"{ran} blocks of Python were run, {wrong} failed, {left} are left out")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
