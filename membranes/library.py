"""Ready networks: packed files that come with the package, and the index of their facts.

>>> names() == sorted(entries())
True
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from mdtools.atomic import read_json, sha256, write_bytes, write_json
from mdtools.options import LONGEST_TIMESTEP_FS
from membranes.networks import storage
from membranes.networks.errors import PackedError

if TYPE_CHECKING:
    from membranes.networks.network import Network

DATA = Path(__file__).parent / "library_data"
INDEX = "library.json"
INDEX_SCHEMA = 1
ENDING = ".npz"
LARGEST_BYTES = 1_500_000
"""Of one member, so that an installed package stays small."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
NUMBER = (int, float)
GIVEN = {
    "protocol": ((str, list), "a text or a list of texts"),
    "reaction_ps": (NUMBER, "a number"),
    "relaxation_ps": (NUMBER, "a number"),
    "timestep_fs": (NUMBER, "a number"),
    "platform": (str, "a text"),
    "versions": (dict, "a table of versions"),
}
"""Facts that only the maker of a network knows: their types in JSON, and those in words."""
MEASURED = (
    "seed",
    "monomers",
    "atoms",
    "box_nm",
    "nh_conversion",
    "acyl_conversion",
    "amide_bonds",
    "o_over_n",
    "density_g_cm3",
    "dense_density_g_cm3",
    "dense_volume_nm3",
    "formal_charge_e",
    "sol_fraction",
)
"""Facts taken from the network's own report."""


class LibraryError(ValueError):
    """A membrane that is not in the library, or cannot be put there."""

    exit_code = 78


def names(directory: Path = DATA) -> list[str]:
    """Return the names of the ready networks, sorted; empty if there is none."""
    return sorted(entries(directory))


def entries(directory: Path = DATA) -> dict[str, dict]:
    """Read the index by name: ``file``, ``sha256``, ``bytes`` and the facts of each network.

    Raises LibraryError if the index is damaged or of another schema.
    """
    path = directory / INDEX
    if not path.exists():
        return {}
    index = read_json(path)
    if index is None or "members" not in index:
        raise LibraryError(f"{path} is not readable as an index: install the package again")
    if index.get("schema") != INDEX_SCHEMA:
        raise LibraryError(
            f"{path} has schema {index.get('schema')}, this version reads {INDEX_SCHEMA}"
        )
    return index["members"]


def facts_of(name: str, directory: Path = DATA) -> dict:
    """Return a network's entry of the index; LibraryError for a name that is not there."""
    members = entries(directory)
    if name not in members:
        raise LibraryError(f"membrane {name!r} is not in the library; {_offer(name, members)}")
    return members[name]


def membrane_block(name: str) -> dict:
    """Return the block ``membrane`` of a campaign file, as plain data, for a ready network."""
    facts = facts_of(name)
    timestep_fs = facts["timestep_fs"]
    hydrogens = next(kind for kind, most in LONGEST_TIMESTEP_FS.items() if timestep_fs <= most)
    return {
        "ready": name,
        "monomers": facts["monomers"],
        "box_nm": facts["box_nm"],
        "relaxation": {
            "duration_ps": facts["relaxation_ps"],
            "hydrogens": hydrogens,
            "timestep_fs": timestep_fs,
        },
    }


def load(name: str, directory: Path = DATA) -> Network:
    """Load a ready network, checked against its SHA-256 in the index.

    Raises
    ------
    LibraryError
        For a name that is not in the library.
    PackedError
        For a file that is missing or damaged.
    """
    # The index alone is read before every command: what networks need takes a second to load.
    from membranes.networks import compressed

    known = facts_of(name, directory)
    path = directory / known["file"]
    if path.is_file() and sha256(path) != known["sha256"]:
        raise PackedError(
            f"{path} is not the file that {INDEX} lists (SHA-256 differs): {compressed.REMEDY}"
        )
    return compressed.read(path).network


def find(source: str | Path, directory: Path = DATA) -> Network:
    """Load a network by library name, from a directory such as ``charged/pH7``, or a packed file.

    Raises
    ------
    LibraryError, NetworkError
        Saying what was looked for.
    """
    from membranes.networks import compressed
    from membranes.networks.network import Network

    path = Path(source)
    if str(source) in (members := entries(directory)):
        return load(str(source), directory)
    if path.is_file():
        return compressed.read(path).network
    if (path / storage.META).is_file():
        return Network.load(path)
    if (path / "bundle.json").is_file():
        raise LibraryError(
            f"{path} holds a cell with water and ions; name the directory of its network, such as "
            "results/demo/charged/pH7"
        )
    if path.is_dir():
        raise LibraryError(
            f"{path} holds no network (network.json is missing); name a directory such as "
            "results/demo/network or results/demo/charged/pH7"
        )
    raise LibraryError(
        f"{source}: neither a directory, nor a packed file, nor in the library; "
        f"{_offer(str(source), members)}"
    )


def complete_facts(network: Network, facts: dict) -> dict:
    """Return the facts of a network's making together with those measured on the network.

    Parameters
    ----------
    network : Network
    facts : dict
        At least ``protocol``, ``reaction_ps``, ``relaxation_ps``, ``timestep_fs``, ``platform``
        and ``versions``. Seed, size, conversion and density are measured here.

    Raises
    ------
    LibraryError
        For facts that are missing or of the wrong type.
    """
    if missing := [key for key in GIVEN if key not in facts]:
        raise LibraryError(f"facts lack {', '.join(missing)}; needed are {', '.join(GIVEN)}")
    for key, (kinds, words) in GIVEN.items():
        if not isinstance(facts[key], kinds) or isinstance(facts[key], bool):
            raise LibraryError(f"fact {key} is {facts[key]!r}, allowed is {words}")
    report = network.report()
    return facts | {key: report[key] for key in MEASURED}


def add(name: str, network: Network, facts: dict, directory: Path = DATA) -> Path:
    """Pack a network into a library under a name, replacing an older one; returns its file.

    Raises
    ------
    LibraryError
        For an impossible name, bad facts, or a file above `LARGEST_BYTES`.
    PhysicsError
        For a network that a build would refuse.
    """
    from membranes.networks import compressed
    from membranes.networks.soundness import check_structure

    if not NAME.fullmatch(name):
        raise LibraryError(f"name {name!r}: allowed are letters, digits, '-' and '_'")
    check_structure(network)
    members = entries(directory)
    written = complete_facts(network, facts)
    content = compressed.packed_bytes(network, written)
    if len(content) > LARGEST_BYTES:
        raise LibraryError(
            f"{name} packs to {len(content)} bytes, allowed are at most {LARGEST_BYTES}"
        )
    path = directory / f"{name}{ENDING}"
    directory.mkdir(parents=True, exist_ok=True)
    write_bytes(path, content)
    entry = {"file": path.name, "sha256": sha256(path), "bytes": len(content)} | written
    index = dict(sorted((members | {name: entry}).items()))
    write_json(directory / INDEX, {"schema": INDEX_SCHEMA, "members": index})
    return path


def _offer(name: str, members: dict) -> str:
    if not members:
        return "the library is empty"
    near = get_close_matches(name, members, n=1)
    meant = f" (did you mean {near[0]}?)" if near else ""
    return f"there are {', '.join(sorted(members))}{meant}"
