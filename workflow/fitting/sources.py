"""Measurements by name or from a file, with where they come from."""

from dataclasses import dataclass
from pathlib import Path

from analysis.continuum.characterize import Measurements, MeasurementsError, dataset, datasets
from analysis.continuum.characterize.faults import one_of
from mdtools.atomic import sha256, text_sha256
from mdtools.errors import SettingsError


@dataclass(frozen=True)
class Source:
    """Where measurements come from.

    Attributes
    ----------
    name : of the published data set, or of the file without its ending
    data : Measurements
    published : dict of str
        what, source, doi, obtained, sd, film of a published data set; empty for a file.
    files : dict of str
        Name and SHA-256 of the table and of its column map.
    """

    name: str
    data: Measurements
    published: dict[str, str]
    files: dict[str, str]


def find(given: str, columns: Path | None) -> Source:
    """Measurements of a file, or of a published data set: underscores count as hyphens.

    Raises
    ------
    SettingsError
        Neither is there, or the table is wrong: file, line, column, value, what is allowed.
    """
    path, name = Path(given), given.replace("_", "-")
    known = datasets()
    try:
        if path.is_file():
            data = Measurements.read(path, columns)
            files = {path.name: sha256(path)}
            if columns is not None:
                files[columns.name] = sha256(columns)
            return Source(path.stem, data, {}, files)
        if name in known:
            if columns is not None:
                raise SettingsError(
                    f"--columns {columns}: {name} is a published data set, whose columns are known"
                )
            data = dataset(name)
            return Source(name, data, known[name], {"points": text_sha256(_text(data))})
    except MeasurementsError as error:
        raise SettingsError(" ".join(str(error).split())) from None
    if path.suffix or "/" in given:
        raise SettingsError(
            f"{given}: no such file, allowed is a CSV file or {one_of(name, known)}"
        )
    raise SettingsError(f"{given}: no such data set or file, allowed is {one_of(name, known)}")


def _text(data: Measurements) -> str:
    return "\n".join(map(repr, data.points))
