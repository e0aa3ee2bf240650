"""Formats of files: told by their content, their ending or a key of the study."""

import bz2
import gzip
from collections.abc import Iterable
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
BINARY = ("XTC", "TRR", "DCD", "NC", "NCDF", "TNG", "H5MD", "TRZ", "GSD")
"""Formats that are read by place in the file."""
SNIFFED_BYTES = 4096
NO_FILES = (
    "CHAIN",
    "CHEMFILES",
    "IMD",
    "MEMORY",
    "OPENMMAPP",
    "OPENMMSIMULATION",
    "OPENMMTOPOLOGY",
)
NO_FILES += ("PARMED", "POLYAMIDE-RUN", "RDKIT", "CIF.GZ", "MMCIF.GZ")
"""Names that MDAnalysis has for what is no file, and for endings that are seen as packed here."""


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
    with (packed_by(path) or open)(path, "rb") as file:
        return file.read(SNIFFED_BYTES)


def packed_by(path: Path):
    """Return what opens a file that is packed, None for one that is not."""
    with open(path, "rb") as file:
        magic = file.read(3)
    return next((PACKED[m] for m in PACKED if magic.startswith(m)), None)


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
    name = (
        by_content(head(path)) or by_ending(path, _READERS, "format")
        if given is None
        else known(given, _READERS, "format")
    )
    if name in BINARY and packed_by(path):
        raise CollectError(
            f"{path} is packed, and files of format {name} are read unpacked: unpack it first"
        )
    return name


def by_content(begin: bytes) -> str:
    """Return the format of a trajectory by its first bytes, empty where they do not tell."""
    if begin.lstrip().startswith(b"ITEM:"):
        return "LAMMPSDUMP"
    if begin[4:8] in (b"CORD", b"DROC"):
        return "DCD"
    return MAGIC.get(begin[:4], "")


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
            f"in the study, one of {', '.join(of_files(formats))}"
        )
    return name


def of_files(formats: dict) -> list[str]:
    """Return the names of formats that files have, sorted."""
    return sorted(set(formats) - set(NO_FILES))


def known(name: str, formats: dict, key: str) -> str:
    """Return the name of a format in the spelling of MDAnalysis, or raise CollectError."""
    name = {"LAMMPSTRJ": "LAMMPSDUMP", "DUMP": "LAMMPSDUMP"}.get(name.upper(), name.upper())
    if name == "TOP" and key == "topology_format":
        name = "ITP"
    if name not in formats:
        raise CollectError(
            f"{key}: {name!r} is no format, allowed are {', '.join(of_files(formats))}"
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
    section = AtomsSection(path)
    if section.style in COLUMNS_OF_STYLES:
        return COLUMNS_OF_STYLES[section.style]
    remedy = "give atom_style in the study, as the read_data of LAMMPS has it (full, charge, ...)"
    if section.style:
        raise CollectError(f"{path} has atoms of style {section.style!r}: {remedy}")
    found = section.possible_styles()
    if len(found) == 1:
        return COLUMNS_OF_STYLES[found[0]]
    if found:
        raise CollectError(
            f"{path} does not say which columns its atoms have, and their numbers fit several "
            f"styles: give atom_style in the study, {' or '.join(found)}"
        )
    raise CollectError(f"{path} does not say which columns its atoms have: {remedy}")


class AtomsSection:
    """The Atoms section of a LAMMPS data file, and what its head says.

    Attributes
    ----------
    style : str
        What stands behind "Atoms #", may be empty.
    columns : int
        Of an atom, image flags left out.
    values : list of sets of str
        Of the second to the fourth column, over all atoms; none where the style is named.
    bonds, types : int
        Numbers that the head gives, 0 where it does not.
    """

    def __init__(self, path: Path):
        from MDAnalysis.lib.util import openany

        self.style, self.columns, self.bonds, self.types = "", 0, 0, 0
        self.values: list[set[str]] = [set(), set(), set()]
        with openany(str(path)) as lines:
            for line in lines:
                text, _, comment = line.partition("#")
                words = text.split()
                if words == ["Atoms"]:
                    self.style = (comment.split() or [""])[0]
                    break
                if len(words) == 2 and words[1] == "bonds":
                    self.bonds = int(words[0])
                elif words[1:] == ["atom", "types"]:
                    self.types = int(words[0])
            if not self.style:
                self._read_atoms(lines)

    def _read_atoms(self, lines: Iterable[str]) -> None:
        for line in lines:
            words = line.partition("#")[0].split()
            if words and not is_integer(words[0]):
                return
            if words and not self.columns:
                # Three more columns are image flags.
                flags = len(words) > 7 and all(map(is_integer, words[-3:]))
                self.columns = len(words) - 3 * flags
            for seen, word in zip(self.values, words[1:], strict=False):
                seen.add(word)

    def possible_styles(self) -> list[str]:
        """Return the styles that the columns of the atoms fit; those alike to `molecular` by it."""
        second, third, fourth = self.values
        if self.columns == 5:
            return ["atomic"]
        if self.columns == 6:
            return [
                style
                for style, fits in (
                    ("charge", self.are_types(second) and not self.bonds),
                    ("molecular", all(map(is_integer, second)) and self.are_types(third)),
                )
                if fits
            ]
        if self.columns == 7 and all(map(is_integer, second)) and self.are_types(third):
            # Densities and masses, which other styles have there, are positive.
            return ["full"] if any(float(word) <= 0 for word in fourth) else ["full", "sphere"]
        return []

    def are_types(self, words: set[str]) -> bool:
        """Return whether words are numbers of types of atoms."""
        if not all(map(is_integer, words)):
            return False
        numbers = {int(word) for word in words}
        return bool(numbers) and min(numbers) >= 1 and max(numbers) <= (self.types or max(numbers))


def is_integer(word: str) -> bool:
    """Return whether a word is a whole number."""
    return word.lstrip("+-").isdigit()
