"""One membrane built, relaxed further, or taken up again, outside a campaign."""

import time
from collections.abc import Callable
from pathlib import Path

from mdtools import provenance, seeds
from mdtools.atomic import sha256, write_json
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes import library
from membranes.building.builder import UNFINISHED, build, relax_further
from membranes.building.options import MembraneOptions, RelaxationOptions
from membranes.building.relaxation import minimised
from membranes.networks import storage
from membranes.networks.network import Network
from membranes.networks.soundness import check_structure
from membranes.other_programs import rms_displacement, with_coordinates
from workflow.campaign.model import Campaign


def build_membrane(
    campaign: Campaign,
    directory: Path,
    *,
    seed: int | None = None,
    protocol: str | None = None,
    relaxation_ps: float | None = None,
    platform: str | None = None,
    cpu_threads: int | None = None,
) -> Network:
    """Build a network as a campaign's own job does, or go on with one that was stopped.

    Parameters
    ----------
    directory : Path
        Gets the network, its event log and ``report.json``.
    seed, protocol, relaxation_ps, platform, cpu_threads : optional
        In place of what the campaign says; the same seed gives the same network as in a campaign.

    Raises
    ------
    PackingError, ConversionError, PhysicsError, NetworkError, TryAgain
        As ``membranes.build`` does.
    SettingsError
        If the directory holds a finished network.
    """
    options = changed(campaign.membrane, protocol, relaxation_ps)
    asked = {"name": platform, "cpu_threads": cpu_threads}
    given = {key: value for key, value in asked.items() if value is not None}
    chosen = PlatformOptions(**campaign.platform.model_dump() | given)
    seed = campaign.seed if seed is None else seed
    say = clock()
    refuse_finished(directory)
    facts = {
        "options": options.model_dump(mode="json"),
        "campaign_seed": seed,
        "provenance": provenance.record(platform=chosen.model_dump()),
    }
    network = build(
        options,
        seed=seeds.integer(seed, "network"),
        directory=directory,
        nonbonded=campaign.nonbonded,
        platform=chosen,
        facts=facts,
        log=say,
    )
    say(f"wrote {directory}")
    return network


def relax_membrane(
    source: str,
    directory: Path,
    options: RelaxationOptions,
    *,
    seed: int,
    platform: PlatformOptions,
    library_directory: Path,
) -> Network:
    """Relax a ready membrane, or the network of a directory or packed file, for another while.

    Raises
    ------
    LibraryError, PhysicsError, NetworkError, TryAgain
        As ``membranes.library.find`` and ``membranes.building.builder.relax_further`` do.
    SettingsError
        If the directory holds a finished network.
    """
    refuse_finished(directory)
    facts = {
        "relaxed_further": {"source": source} | options.model_dump(mode="json"),
        "provenance": provenance.record(platform=platform.model_dump()),
    }
    say = clock()
    network = relax_further(
        library.find(source, library_directory),
        options,
        seed=seeds.integer(seed, "relaxed further"),
        directory=directory,
        platform=platform,
        facts=facts,
        log=say,
    )
    say(f"wrote {directory}")
    return network


def import_membrane(
    network: Network,
    source: str,
    coordinates: Path,
    directory: Path,
    *,
    platform: PlatformOptions,
) -> Network:
    """Take up a dry network with the coordinates that another program has given it.

    Parameters
    ----------
    network : Network
    source, coordinates : str, Path
        What it is, and the file that holds where its atoms are now.
    directory : Path
        Gets the network, minimised, and ``report.json``.
    platform : PlatformOptions
        Of the minimisation.

    Raises
    ------
    SettingsError
        If the file does not fit the network, or the directory holds a network, finished or not.
    PhysicsError
        For a network with a pierced ring or a torn amide.
    """
    refuse_finished(directory)
    if (directory / UNFINISHED).exists():
        raise SettingsError(f"{directory} holds an unfinished build; name another directory")
    say = clock()
    found = with_coordinates(network, coordinates)
    rms_nm = rms_displacement(network, found)
    say(f"atoms have moved by {rms_nm:.3f} nm (root mean square); minimising")
    found = minimised(found, NonbondedOptions(), platform)
    check_structure(found, f"what moved the atoms of {coordinates} tore or threaded the network")
    found.save(directory)
    facts = {
        "imported": {
            "source": source,
            "coordinates": coordinates.name,
            "sha256": sha256(coordinates),
            "rms_displacement_nm": rms_nm,
        },
        "provenance": provenance.record(platform=platform.model_dump()),
    }
    write_json(directory / "report.json", found.report() | facts)
    say(f"wrote {directory}")
    return found


def refuse_finished(directory: Path) -> None:
    """Raise SettingsError for a directory that holds a finished network."""
    if (directory / storage.META).exists():
        raise SettingsError(f"{directory} holds a finished network; name another directory")


def clock() -> Callable[[str], None]:
    """A way to say things with the seconds since now."""
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:9.1f} s  {line}", flush=True)

    return say


def changed(
    options: MembraneOptions, protocol: str | None, relaxation_ps: float | None
) -> MembraneOptions:
    """Options with another protocol, which brings its own defaults, or another relaxation."""
    data = options.model_dump(exclude_unset=True)
    if protocol is not None:
        data["reaction"] = data.get("reaction", {}) | {"protocol": protocol}
    if relaxation_ps is not None:
        data["relaxation"] = data["relaxation"] | {"duration_ps": relaxation_ps}
    return MembraneOptions(**data)
