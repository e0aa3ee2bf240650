"""The tables of one ion's windows, written with the words that explain them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.catalogue import FREE_ENERGY_TABLES, ZERO_IN_PLACE
from analysis.results import TABLE_SHA256
from analysis.umbrella.continuum import beside
from analysis.umbrella.profile import profile
from mdtools import records
from mdtools.atomic import text_sha256, write_text
from mdtools.options import UmbrellaOptions
from mdtools.umbrella.window import Samples

DEFINITIONS = {
    "free_energy": (
        "Free energy (potential of mean force) of one ion of the kind along z: -ln of its density "
        "per volume of the box, in the cell with all other ions free and nothing driven. Windows "
        "with harmonic restraints of z alone, in the frame of the box in which anchors hold the "
        "membrane; z is from the membrane's centre of mass in the equilibrated cell. Joined by "
        "MBAR; intervals are Student's t over consecutive blocks of every window."
    ),
    "continuum": (
        "Sum of -ln(porosity), -ln of the steric and of Born's partition coefficient, and the "
        "charge times the Donnan potential that balances the fixed charge at that z; 0 outside of "
        "the membrane's faces."
    ),
    "windows": (
        "correlation_ps is the integrated autocorrelation time of z, independent the number of "
        "samples over twice of it, overlap_with_next that with the next window by the samples of "
        "the two alone (at most 0.5; 0.03 is needed), start where it began."
    ),
    "overlap": "Entries of the overlap matrix of all windows; the sum over each window is 1.",
}


def write(
    windows: Sequence[Path],
    directory: Path,
    options: UmbrellaOptions,
    settings: Mapping[str, Any],
    names: tuple[str, str, str],
) -> None:
    """Write free_energy, windows and overlap as .csv, each with its words in .json.

    Parameters
    ----------
    windows : sequence of Path
        Directories of the runs of all windows, from feed to permeate.
    directory : Path
        ``umbrella/<layout>/<salt>/<ion>`` of the results.
    settings : mapping
        Blocks of the campaign file, every default filled in.
    names : (layout, salt, ion)

    Raises
    ------
    ValueError
        A window that is damaged, or has too few samples.
    """
    layout, salt, ion = names
    found = profile(
        [Samples.read(window) for window in windows],
        blocks=options.blocks,
        bin_angstrom=options.bin_angstrom,
        level=float(settings["analysis"]["level"]),
    )
    place = found.free_energy.z_angstrom.to_numpy()
    theory, remark = beside(place, directory.parents[3], settings, layout, salt, ion)
    tables = (
        pd.concat([found.free_energy, theory], axis=1),
        found.windows,
        found.overlap,
    )
    words = {
        "layout": layout,
        "salt": salt,
        "ion": ion,
        "zero": found.zero,
        ZERO_IN_PLACE: found.in_its_place,
        "level": found.level,
        "blocks": found.blocks,
        "continuum": remark,
        "notes": list(found.notes),
        "parameters": options.model_dump(mode="json"),
        "definitions": DEFINITIONS,
    }
    for name, table in zip(FREE_ENERGY_TABLES, tables, strict=True):
        rows = table.to_csv(index=False, float_format="%.7g")
        write_text(directory / f"{name}.csv", rows)
        records.write(
            directory / f"{name}.json", words | {"table": name, TABLE_SHA256: text_sha256(rows)}
        )
