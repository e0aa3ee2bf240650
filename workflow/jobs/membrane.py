"""Jobs that build, relax or import one membrane outside of a campaign."""

import time
from collections.abc import Callable
from pathlib import Path

from mdtools import provenance, records, seeds
from mdtools.atomic import sha256
from mdtools.errors import SettingsError
from mdtools.options import NonbondedOptions, PlatformOptions
from membranes import library
from membranes.building.builder import UNFINISHED, relax_further
from membranes.building.options import RelaxationOptions
from membranes.building.relaxation import minimised
from membranes.networks import storage
from membranes.networks.network import Network
from membranes.networks.soundness import check_structure
from membranes.other_programs import rms_displacement, with_coordinates
from membranes.recipes.make import make
from membranes.recipes.membrane import Membrane
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
    """Build a network as a campaign's own job does, or continue a build that was stopped.

    Parameters
    ----------
    directory : Path
        Gets the network, its event log and ``report.json``.
    seed, protocol, relaxation_ps, platform, cpu_threads : optional
        In place of what the campaign says; the same seed gives the same network as in a campaign.

    Raises
    ------
    RecipeError, PackingError, ConversionError, PhysicsError, NetworkError, TryAgain
        As ``membranes.recipes.make`` does.
    SettingsError
        If the directory holds a finished network, or a recipe is asked for another protocol or
        relaxation.
    """
    options = with_changes(campaign.membrane, protocol, relaxation_ps)
    requested = {"name": platform, "cpu_threads": cpu_threads}
    given = {key: value for key, value in requested.items() if value is not None}
    chosen = PlatformOptions(**campaign.platform.model_dump() | given)
    seed = campaign.seed if seed is None else seed
    log = timed_log()
    refuse_finished(directory)
    facts = {
        "options": options.model_dump(mode="json"),
        "campaign_seed": seed,
        "provenance": provenance.record(platform=chosen.model_dump()),
    }
    network = make(
        options,
        seed=seeds.integer(seed, "network"),
        directory=directory,
        nonbonded=campaign.nonbonded,
        platform=chosen,
        facts=facts,
        log=log,
    )
    log(f"wrote {directory}")
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
    log = timed_log()
    network = relax_further(
        library.find(source, library_directory),
        options,
        seed=seeds.integer(seed, "relaxed further"),
        directory=directory,
        platform=platform,
        facts=facts,
        log=log,
    )
    log(f"wrote {directory}")
    return network


def import_membrane(
    network: Network,
    source: str,
    coordinates: Path,
    directory: Path,
    *,
    platform: PlatformOptions,
) -> Network:
    """Import a dry network with the coordinates that another program has given it.

    Parameters
    ----------
    network : Network
    source, coordinates : str, Path
        Its name, directory or file, and the file of its present coordinates.
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
    log = timed_log()
    moved = with_coordinates(network, coordinates)
    rms_nm = rms_displacement(network, moved)
    log(f"atoms have moved by {rms_nm:.3f} nm (root mean square); minimising")
    imported = minimised(moved, NonbondedOptions(), platform)
    check_structure(imported, f"what moved the atoms of {coordinates} tore or threaded the network")
    imported.save(directory)
    facts = {
        "imported": {
            "source": source,
            "coordinates": coordinates.name,
            "sha256": sha256(coordinates),
            "rms_displacement_nm": rms_nm,
        },
        "provenance": provenance.record(platform=platform.model_dump()),
    }
    records.write(directory / "report.json", imported.report() | facts)
    log(f"wrote {directory}")
    return imported


def refuse_finished(directory: Path) -> None:
    """Raise SettingsError for a directory that holds a finished network."""
    if (directory / storage.META).exists():
        raise SettingsError(f"{directory} holds a finished network; name another directory")


def timed_log() -> Callable[[str], None]:
    """Return a function that prints a line after the seconds since this call."""
    started = time.monotonic()

    def log(line: str) -> None:
        print(f"{time.monotonic() - started:9.1f} s  {line}", flush=True)

    return log


def with_changes(options: Membrane, protocol: str | None, relaxation_ps: float | None) -> Membrane:
    """Return options with another protocol, which has its own defaults, or relaxation time."""
    if options.recipe is not None and (protocol is not None or relaxation_ps is not None):
        given = "protocol" if protocol is not None else "relaxation time"
        raise SettingsError(f"the membrane's recipe says its {given}: change the campaign file")
    data = options.model_dump(exclude_unset=True)
    if protocol is not None:
        data["reaction"] = data.get("reaction", {}) | {"protocol": protocol}
    if relaxation_ps is not None:
        data["relaxation"] = data["relaxation"] | {"duration_ps": relaxation_ps}
    return Membrane(**data)
