"""Formats of files: told by their content, their ending or a key of the study."""

import bz2
import gzip
from pathlib import Path

from MDAnalysis import _PARSERS, _READERS
from MDAnalysis.coordinates.TRR import TRRReader
from MDAnalysis.coordinates.XTC import XTCReader

from analysis.reading.observer import CollectError

COLUMNS_OF_STYLES = {
    "angle": "id resid type x y z",
    "atomic": "id type x y z",
    "body": "id type bodyflag mass x y z",
    "bond": "id resid type x y z",
    "charge": "id type charge x y z",
    "dielectric": "id resid type charge x y z",
    "dipole": "id type charge x y z",
    "dpd": "id type theta x y z",
    "electron": "id type charge spin eradius x y z",
    "ellipsoid": "id type flag density x y z",
    "full": "id resid type charge x y z",
    "molecular": "id resid type x y z",
    "peri": "id type volume density x y z",
    "sphere": "id type diameter density x y z",
}
"""Columns of the Atoms section of a LAMMPS data file, https://docs.lammps.org/read_data.html."""
ENDINGS = {
    "lammpstrj": "LAMMPSDUMP",
    "lmps": "DATA",
    "lmp": "DATA",
    "top": "ITP",
    "dump": "LAMMPSDUMP",
}
"""Endings that are usual and that MDAnalysis takes for something else, or does not know."""
MAGIC = {b"\x00\x00\x07\xcb": "XTC", b"\x00\x00\x07\xe7": "XTC", b"\x00\x00\x07\xc9": "TRR"}
"""First bytes of binary files of GROMACS."""
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open}
SNIFFED_BYTES = 4096


class OffsetsNotStored:
    """Readers of XTC and TRR find the frames anew: no file is left beside the user's own."""

    def _load_offsets(self):
        self._read_offsets(store=False)


class QuietXTCReader(OffsetsNotStored, XTCReader):
    """XTC without a file of offsets."""


class QuietTRRReader(OffsetsNotStored, TRRReader):
    """TRR without a file of offsets."""


QUIET = {"XTC": QuietXTCReader, "TRR": QuietTRRReader}


def head(path: Path) -> bytes:
    """Return the first bytes of a file, unpacked."""
    with open(path, "rb") as file:
        magic = file.read(3)
    opener = next((PACKED[m] for m in PACKED if magic.startswith(m)), open)
    with opener(path, "rb") as file:
        return file.read(SNIFFED_BYTES)


def ending(path: Path) -> str:
    """Return the ending of a name in lower case, that of what is packed in it."""
    name = path.name.lower()
    for packed in (".gz", ".bz2"):
        name = name.removesuffix(packed)
    return name.rpartition(".")[2] if "." in name else ""


def trajectory_format(path: Path, given: str | None) -> str:
    """Return the format of a trajectory, as the study says, by its content, or by its ending.

    Raises CollectError where none of them tells, naming the key.
    """
    if given is not None:
        return known(given, _READERS, "format")
    begin = head(path)
    if begin.lstrip().startswith(b"ITEM:"):
        return "LAMMPSDUMP"
    if begin[:4] in MAGIC:
        return MAGIC[begin[:4]]
    if begin[4:8] in (b"CORD", b"DROC"):
        return "DCD"
    return by_ending(path, _READERS, "format")


def topology_format(path: Path, given: str | None) -> str:
    """Return the format of a topology, as of `trajectory_format`."""
    if given is not None:
        return known(given, _PARSERS, "topology_format")
    text = head(path)
    if b"xlo xhi" in text and b"atoms" in text:
        return "DATA"
    if ending(path) == "top" and b"%FLAG" in text:
        return "PRMTOP"
    return by_ending(path, _PARSERS, "topology_format")


def by_ending(path: Path, formats: dict, key: str) -> str:
    """Return the format that an ending stands for."""
    end = ending(path)
    name = ENDINGS.get(end, end.upper())
    if name not in formats:
        shown = f".{end}" if end else "of its name"
        raise CollectError(
            f"{path}: its format cannot be told from the ending {shown}: give {key} "
            f"in the study, one of {', '.join(sorted(formats))}"
        )
    return name


def known(name: str, formats: dict, key: str) -> str:
    """Return the name of a format in the spelling of MDAnalysis, or raise CollectError."""
    name = {"LAMMPSTRJ": "LAMMPSDUMP", "DUMP": "LAMMPSDUMP"}.get(name.upper(), name.upper())
    if name == "TOP" and key == "topology_format":
        name = "ITP"
    if name not in formats:
        raise CollectError(
            f"{key}: {name!r} is no format, allowed are {', '.join(sorted(formats))}"
        )
    return name


def style_columns(path: Path, given: str | None) -> str:
    """Return the columns of the atoms of a LAMMPS data file, for MDAnalysis.

    Raises
    ------
    CollectError
        A style that is not known, or that nothing tells, naming the key.
    """
    if given is not None:
        if given in COLUMNS_OF_STYLES:
            return COLUMNS_OF_STYLES[given]
        words = given.split()
        if {"id", "type", "x", "y", "z"} <= set(words):
            return given
        raise CollectError(
            f"atom_style: {given!r} is none of {', '.join(COLUMNS_OF_STYLES)}, nor names of "
            "columns with id, type, x, y and z among them"
        )
    style, fields = atoms_section(path)
    if style in COLUMNS_OF_STYLES:
        return COLUMNS_OF_STYLES[style]
    remedy = "give atom_style in the study, as the read_data of LAMMPS has it (full, charge, ...)"
    if style:
        raise CollectError(f"{path} has atoms of style {style!r}: {remedy}")
    # Three more columns are image flags; without them, charges are what has a decimal point.
    flags = 3 if len(fields) > 7 and all(is_integer(word) for word in fields[-3:]) else 0
    columns = fields[: len(fields) - flags]
    if len(columns) == 7 and all(map(is_integer, columns[:3])):
        return COLUMNS_OF_STYLES["full"]
    if len(columns) == 5:
        return COLUMNS_OF_STYLES["atomic"]
    if len(columns) == 6:
        whole = is_integer(columns[2])
        return COLUMNS_OF_STYLES["molecular" if whole else "charge"]
    raise CollectError(f"{path} does not say which columns its atoms have: {remedy}")


def atoms_section(path: Path) -> tuple[str, list[str]]:
    """Return the style that a LAMMPS data file names behind "Atoms #", and its first atom."""
    from MDAnalysis.lib.util import openany

    style, inside = "", False
    with openany(str(path)) as lines:
        for line in lines:
            text, _, comment = line.partition("#")
            if inside and text.strip():
                return style, text.split()
            if text.strip() == "Atoms":
                style, inside = (comment.split() or [""])[0], True
    return style, []


def is_integer(word: str) -> bool:
    """Return whether a word is a whole number."""
    return word.lstrip("+-").isdigit()
