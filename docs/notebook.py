"""The tutorial as a notebook, made from its page, run, and written with what it printed.

python docs/notebook.py --results results/demo --out site/tutorial.ipynb
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

PAGE = Path(__file__).with_name("tutorial.md")
BLOCK = re.compile(r"^```python\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
PLACE = 'Path("results/demo")'
"""In the page: where the results are."""
LIMIT_S = 300


def notebook(page: str, results: str) -> nbformat.NotebookNode:
    """Return the cells of a page, text and code in turn."""
    if PLACE not in page:
        raise ValueError(f"{PAGE.name} does not say {PLACE}")
    made = nbformat.v4.new_notebook()
    for number, part in enumerate(BLOCK.split(page.replace(PLACE, f'Path("{results}")'))):
        if part.strip():
            new = nbformat.v4.new_code_cell if number % 2 else nbformat.v4.new_markdown_cell
            made.cells.append(new(part.strip(), id=f"cell{number}"))
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return made


def main() -> None:
    """Run the notebook where the command is given, and write it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", default="results/demo", help="of a campaign that has run")
    parser.add_argument("--out", type=Path, default=Path("tutorial.ipynb"))
    given = parser.parse_args()
    if not (Path(given.results) / "network").is_dir():
        sys.exit(f"{given.results} holds no results: run `make demo` first")
    made = notebook(PAGE.read_text(encoding="utf-8"), given.results)
    NotebookClient(made, timeout=LIMIT_S, kernel_name="python3").execute(cwd=str(Path.cwd()))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, given.out)
    print(f"{given.out}: {sum(cell.cell_type == 'code' for cell in made.cells)} cells ran")


if __name__ == "__main__":
    main()
