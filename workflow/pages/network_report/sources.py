"""Sources of the membranes of a report: the library, a directory, or results of a campaign."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from mdtools import records
from membranes import library
from membranes.networks import storage
from membranes.networks.errors import NetworkError
from membranes.networks.network import Network
from workflow.pages.network_report import hydrated as in_water

NETWORK_FOLDER = "network"
FACTS = {
    "reaction_ps": "reaction, {:g} ps",
    "relaxation_ps": "relaxation, {:g} ps",
    "timestep_fs": "time step {:g} fs",
    "platform": "platform {}",
}
"""Facts of a ready network, as lines of its protocol."""


class SourceError(ValueError):
    """A membrane that cannot be reported on."""

    exit_code = 78


@dataclass(frozen=True)
class ReportedMembrane:
    """A reported membrane is a neutral network and the record of how it was made.

    Attributes
    ----------
    name : str
    network : Network
    protocol : tuple of str
        How it was made; empty if nothing says so.
    versions : dict
        Versions that made it; empty if nothing says so.
    waters : tuple of (layout, salt, number)
        Mean number of waters in the membrane in each equilibrated cell.
    hydrated : DataFrame
        `in_water.COLUMNS`: its charged membranes in water; without rows if nothing says so.
    compositions : dict
        What the charged membranes are, by layout.
    """

    name: str
    network: Network
    protocol: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    waters: tuple[tuple[str, str, float], ...] = ()
    hydrated: pd.DataFrame = field(default_factory=in_water.nothing)
    compositions: dict[str, in_water.Composition] = field(default_factory=dict)


def read_all(
    sources: Iterable[str | Path], library_directory: Path | None = None
) -> list[ReportedMembrane]:
    """Read the membranes of several sources, each with a name of its own.

    Raises
    ------
    SourceError
        For no source at all, a source given twice, or a network that carries charges.
        Also for a damaged network.
    LibraryError
        For a source that is nothing known.
    """
    sources = [str(source) for source in sources]
    if not sources:
        raise SourceError("no membrane given; name a directory or a membrane of the library")
    if twice := [source for source, count in Counter(sources).items() if count > 1]:
        raise SourceError(f"{', '.join(twice)} given more than once; each membrane counts once")
    membranes = [read(source, library_directory) for source in sources]
    names = Counter(membrane.name for membrane in membranes)
    return [
        membrane if names[membrane.name] == 1 else replace(membrane, name=source)
        for membrane, source in zip(membranes, sources, strict=True)
    ]


def read(source: str, library_directory: Path | None = None) -> ReportedMembrane:
    """Read a membrane by its library name, from its directory, or from a campaign's results."""
    ready = library_directory or library.DATA
    path = Path(source)
    results = path if (path / NETWORK_FOLDER / storage.META).is_file() else None
    folder = path / NETWORK_FOLDER if results else path
    try:
        network = library.find(source if results is None else folder, ready)
    except NetworkError as error:
        raise SourceError(error) from None
    if network.formal_charge or len(network.groups):
        raise SourceError(
            f"{source} has charged groups ({network.formal_charge:+d} e); name the neutral network "
            "that its layouts start from, such as results/demo/network"
        )
    if not len(network.links):
        raise SourceError(f"{source} has no amide bond: it is a packed liquid and no network")
    facts = library.entries(ready).get(source, {})
    written = records.read_sound(folder / "report.json") or {}
    hydrated = in_water.read(results) if results else in_water.nothing()
    name = path.resolve().parent.name if path.name == NETWORK_FOLDER else path.resolve().name
    return ReportedMembrane(
        name=source if facts else name,
        network=network,
        protocol=tuple(_protocol(facts) + written.get("assumptions", [])),
        versions=facts.get("versions", {}),
        waters=tuple(_waters(results)) if results else (),
        hydrated=hydrated,
        compositions={
            layout: in_water.composition(path, layout) for layout in hydrated.layout.unique()
        },
    )


def _protocol(facts: dict) -> list[str]:
    protocol = facts.get("protocol", [])
    lines = [protocol] if isinstance(protocol, str) else list(protocol)
    return lines + [form.format(facts[key]) for key, form in FACTS.items() if key in facts]


def _waters(results: Path):
    """Yield layout, salt and mean number of waters in the membrane of every cell of a campaign."""
    for path in sorted(results.glob("cell/*/*/report.json")):
        after = (records.read_sound(path) or {}).get("equilibration", {})
        if "waters_in_membrane" in after:
            yield path.parent.parent.name, path.parent.name, float(after["waters_in_membrane"])
