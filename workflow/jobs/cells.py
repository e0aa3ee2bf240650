"""The jobs that bring a cell to equilibrium and give each trial its start, resumable both."""

import os
from collections.abc import Callable
from pathlib import Path

from mdtools import records
from mdtools.atomic import sync
from mdtools.bundle import Bundle
from mdtools.bundle_files import FILES, MANIFEST
from mdtools.cells.assemble import assemble
from mdtools.cells.equilibrate import equilibrate
from mdtools.cells.trial_start import start_trial
from mdtools.lease import Lease
from mdtools.options import CellOptions, NonbondedOptions, PlatformOptions, SaltOptions
from mdtools.swelling.water_file import read_waters
from membranes import Network
from workflow.campaign.stages import REPORT, STATE, WATER
from workflow.jobs.hydration import LEASE, LEASE_WAIT_S


def make_cell(
    membrane: Path,
    directory: Path,
    salt: SaltOptions,
    options: CellOptions,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    seed: int,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
    publish: bool = True,
) -> Bundle:
    """Assemble a cell and bring it to equilibrium, or go on with one that was stopped.

    One that has ended, published or not, is found by its state and is not run again.

    Parameters
    ----------
    membrane : Path
        Directory of the hydrated network and its waters.
    directory : Path
        Gets the bundle and ``report.json``; and the state, from which a longer equilibration
        goes on.
    publish : bool
        False writes the state alone.

    Raises
    ------
    PhysicsError, SettingsError, ValueError, TryAgain
        As `mdtools.cells.assemble.assemble` and `mdtools.cells.equilibrate.equilibrate`, and
        TryAgain when another process is at work here.
    """
    with _lease(directory, log) as lease:
        waters = read_waters(membrane / WATER)
        cell = assemble(
            Network.load(membrane).polymer(),
            salt,
            options,
            nonbonded,
            seed=seed,
            inside=waters if len(waters) else None,
        )
        bundle = equilibrate(
            cell,
            options,
            platform,
            seed,
            state=directory / STATE,
            stop=stop,
            log=log,
            finished=not publish and (directory / MANIFEST).exists(),
        )
        lease.confirm()
        if publish:
            save_beside(bundle, directory)
            records.write(directory / REPORT, bundle.provenance["report"])
    return bundle


def make_start(
    cell: Path,
    directory: Path,
    options: CellOptions,
    platform: PlatformOptions,
    *,
    seed: int,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
    publish: bool = True,
) -> Bundle:
    """Give one trial its own places of the feed ions, or go on with one that was stopped.

    One that has ended, published or not, is found by its state and is not run again: on a GPU
    another one would differ, and runs that began from it would not go on.

    Parameters
    ----------
    cell : Path
        Directory of the cell, a bundle.
    directory : Path
        Gets the bundle and the state, from which it can be written once more.
    publish : bool
        False writes the state alone.

    Raises
    ------
    BundleError
        If the cell is damaged.
    PhysicsError, SettingsError, TryAgain
        As `mdtools.cells.trial_start.start_trial`, and TryAgain when another process is at work
        here.
    """
    with _lease(directory, log) as lease:
        bundle = start_trial(
            Bundle.load(cell),
            options,
            platform,
            seed,
            state=directory / STATE,
            stop=stop,
            log=log,
            finished=not publish and (directory / MANIFEST).exists(),
        )
        lease.confirm()
        if publish:
            save_beside(bundle, directory)
    return bundle


def _lease(directory: Path, log: Callable[[str], None]) -> Lease:
    return Lease(directory / LEASE, wait_s=LEASE_WAIT_S, while_waiting=log)


def save_beside(bundle: Bundle, directory: Path) -> None:
    """Move a bundle's files into a directory that holds other things, too; its manifest last."""
    staged = directory / STATE.parent / "bundle"
    bundle.save(staged)
    for name in (*FILES, MANIFEST):
        os.replace(staged / name, directory / name)
    staged.rmdir()
    sync(directory)
