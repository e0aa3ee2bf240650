"""What is wrong in a table of measurements: file, line, column, value and what is allowed."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path


class MeasurementsError(ValueError):
    """A table or its column map cannot be used; the message is one line, for its author."""


def text_of(path: str | Path) -> str:
    """Text of a CSV file in UTF-8. Raises MeasurementsError where there is none."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise MeasurementsError(f"{path}: {error.strerror}, allowed is a CSV file") from None
    except UnicodeDecodeError:
        raise MeasurementsError(f"{path}: not UTF-8 text, allowed is a CSV file") from None


def of_table(lines: Iterable[str]) -> tuple[list[int], list[str]]:
    """Numbers and texts of the lines of a table, without empty ones and those that begin with #.

    >>> of_table(["# from a paper", "pH,R", "", "3,0.5"])
    ([2, 4], ['pH,R', '3,0.5'])
    """
    kept = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    return [number for number, _ in kept], [line for _, line in kept]


def fault(
    path: object, line: int | None, column: str | None, value: object, allowed: str
) -> MeasurementsError:
    """Error that names the place and the value, and says what is allowed.

    >>> print(fault("nf.csv", 7, "rejection", 1.2, "up to 1"))
    nf.csv, line 7, column 'rejection': 1.2, allowed is up to 1
    """
    place = f"{path}" if line is None else f"{path}, line {line}"
    place += "" if column is None else f", column {column!r}"
    return MeasurementsError(f"{place}: {value}, allowed is {allowed}")


def one_of(value: str, known: object) -> str:
    """What is allowed, with the known word that looks most like a wrong one.

    >>> one_of("Na", ["Na+", "Cl-"])
    "one of Na+, Cl-; did you mean 'Na+'?"
    """
    words = [str(word) for word in known] if hasattr(known, "__iter__") else [str(known)]
    near = get_close_matches(value, words, 1)
    return f"one of {', '.join(words)}" + (f"; did you mean {near[0]!r}?" if near else "")
