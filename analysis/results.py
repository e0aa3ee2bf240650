"""Results index the tables of a campaign, each of which is read in one line."""

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from mdtools import records

TABLE_SHA256 = "table_sha256"
"""Key in the definitions of a table: the checksum of its rows."""
AGAIN = "delete it and make the tables again"
USES = (
    '  results["<table>"] is a data frame of all of them',
    '  results.about("<table>") says what its numbers mean, and which parameters made them',
)


@dataclass(frozen=True, repr=False)
class Results(Mapping):
    """Tables of the layouts and salts of a campaign: `results["mean_z"]` is a data frame.

    A mapping from the names of tables; a table is read when it is asked for.
    """

    directories: dict[tuple[str, str], Path]

    @cached_property
    def names(self) -> list[str]:
        """Names of the tables that at least one layout and salt has."""
        return sorted({path.stem for d in self.directories.values() for path in d.glob("*.csv")})

    @property
    def layouts(self) -> list[str]:
        """Names of the layouts."""
        return list(dict.fromkeys(layout for layout, _ in self.directories))

    @property
    def salts(self) -> list[str]:
        """Names of the salts."""
        return list(dict.fromkeys(salt for _, salt in self.directories))

    def __repr__(self) -> str:
        parts = {"layouts": self.layouts, "salts": self.salts}
        lines = [f"  {key}: {', '.join(words) or 'none'}" for key, words in parts.items()]
        lines.append("  tables and their columns:" if self.names else "  tables: none")
        lines += [f"    {name}: {', '.join(self.columns(name))}" for name in self.names]
        return "\n".join(["Results", *lines, *USES])

    def columns(self, name: str) -> list[str]:
        """Return the columns of a table, without reading its rows; KeyError as for the table."""
        for directory in self.directories.values():
            path = directory / f"{name}.csv"
            if path.is_file():
                return ["layout", "salt", *pd.read_csv(path, nrows=0).columns]
        raise KeyError(self._no_table(name))

    def _no_table(self, name: str) -> str:
        return f"no table {name!r}, there are: {', '.join(self.names) or 'none'}"

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return one table over all layouts and salts, with columns layout and salt in front.

        Raises
        ------
        KeyError
            No layout and salt has that table.
        """
        parts = []
        for (layout, salt), directory in self.directories.items():
            path = directory / f"{name}.csv"
            if path.is_file():
                table = read_table(path)
                table.insert(0, "layout", layout)
                table.insert(1, "salt", salt)
                parts.append(table)
        if not parts:
            raise KeyError(self._no_table(name))
        # Columns of a table without rows have no type of their own to go by.
        return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)

    def about(self, name: str) -> dict[str, dict]:
        """Return what the numbers of a table mean, and the parameters they were made with.

        Returns
        -------
        about : dict
            ``definitions``, a text for each name in the column definition and for what is taken
            over trials; ``parameters``, those that all layouts and salts share; ``differing``,
            for each other parameter its values by layout and salt, empty as a rule.

        Raises
        ------
        KeyError
            No layout and salt has that table.
        """
        by_case = {
            ", ".join(case): records.read(path, AGAIN)
            for case, directory in self.directories.items()
            if (path := directory / f"{name}.json").is_file()
        }
        if not by_case or name not in self:
            raise KeyError(self._no_table(name))
        chosen = {case: one["parameters"] for case, one in by_case.items()}
        first = next(iter(chosen.values()))
        shared = {
            key: value
            for key, value in first.items()
            if all(key in own and own[key] == value for own in chosen.values())
        }
        others = dict.fromkeys(key for own in chosen.values() for key in own if key not in shared)
        return {
            "definitions": {
                k: v for one in by_case.values() for k, v in one["definitions"].items()
            },
            "parameters": shared,
            "differing": {
                key: {case: own.get(key) for case, own in chosen.items()} for key in others
            },
        }


def load(results_dir: Path | str) -> Results:
    """Return the index of the tables under ``results/<campaign>/observables/<layout>/<salt>/``.

    Raises
    ------
    FileNotFoundError
        No tables there.

    Examples
    --------
    ``analysis.load("results/demo")["permeation"].query("trial == 'all'")``
    """
    root = Path(results_dir) / "observables"
    directories = sorted({path.parent for path in root.glob("*/*/*.csv")})
    if not directories:
        raise FileNotFoundError(f"no tables in {root}/<layout>/<salt>/: run the analysis first")
    return Results({(path.parent.name, path.name): path for path in directories})


def read_table(path: Path) -> pd.DataFrame:
    """Read a table as it was written: trials, layouts and salts are labels, not numbers.

    Raises
    ------
    mdtools.records.DamagedRecord
        Naming the file: the table, or the <name>.json beside it that has its checksum, is not what
        was written. A table without such a file is read as it is.
    """
    rows = path.read_bytes()
    beside = path.with_suffix(".json")
    written = records.read(beside, AGAIN).get(TABLE_SHA256) if beside.is_file() else None
    if written is not None and written != hashlib.sha256(rows).hexdigest():
        raise records.DamagedRecord(
            f"{path} is not what was written (its checksum in {beside.name} differs): {AGAIN}"
        )
    labels = dict.fromkeys(("membrane", "trial", "layout", "salt", "of", "than"), str)
    return pd.read_csv(io.BytesIO(rows), dtype=labels, keep_default_na=False, na_values=[""])
