"""The jobs of umbrella windows: where they begin, and one window from its start to its end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from mdtools import Run, records, seeds
from mdtools.atomic import write_text
from mdtools.bundle import Bundle
from mdtools.bundle_files import MANIFEST
from mdtools.constants import ANGSTROM_PER_NM, PS_PER_NS
from mdtools.errors import SettingsError, TryAgain
from mdtools.lease import Lease
from mdtools.runs.stopping import slurm_seconds_left
from mdtools.trajectory import Trajectory
from mdtools.umbrella.path import Path as IonPath
from mdtools.umbrella.starts import Starts
from mdtools.umbrella.window import FACTS, facts_of, restraint_of, start_window
from workflow.campaign import windows
from workflow.campaign.model import Campaign
from workflow.campaign.stages import DIRECTORIES, STARTS, STATE, WINDOW, WINDOW_START
from workflow.jobs.cells import save_beside
from workflow.jobs.hydration import LEASE, LEASE_WAIT_S

KEPT = "starts"
"""Directory of the starts of all windows, beside their table."""


def pull(
    campaign: Campaign,
    names: tuple[str, ...],
    cell: Path,
    runs: Path,
    directory: Path,
    begun: Path,
    *,
    seed: int,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
) -> None:
    """Choose or pull where every window of one ion begins.

    Parameters
    ----------
    names : (layout, salt, ion)
    cell : Path
        Directory of the cell, a bundle.
    runs : Path
        Directory of the transport runs of this layout and salt.
    directory : Path
        Gets the starts and their table.
    begun : Path
        Directory of the ion's windows, as far as they have begun.

    Raises
    ------
    SettingsError, PhysicsError, TryAgain
        As `mdtools.umbrella.starts.Starts.make`; SettingsError, too, while there are windows at
        other places or on other springs, and TryAgain when another process is at work here.
    """
    _refuse_moved(campaign, begun)
    with Lease(directory / LEASE, wait_s=LEASE_WAIT_S, while_waiting=log):
        trials = range(1, campaign.trials + 1)
        opened = [(f"trial {k}", Trajectory.open(runs / f"trial{k}")) for k in trials]
        starts = _starts(campaign, Bundle.load(cell), names[-1], directory, seed, stop, log)
        table = starts.make(opened)
        write_text(directory / STARTS, table.to_csv(index=False, float_format="%.6g"))


def sample(
    campaign: Campaign,
    names: tuple[str, ...],
    cell: Path,
    pulled: Path,
    directory: Path,
    *,
    seed: int,
    publish: bool = True,
    stop: Callable[[], bool] | None = None,
    seconds_left: Callable[[], float | None] = slurm_seconds_left,
    replicas: int = 1,
    log: Callable[[str], None] = print,
) -> None:
    """Bring one window to equilibrium and sample it, from wherever it is.

    Parameters
    ----------
    names : (layout, salt, ion, window)
    cell : Path
        Directory of the cell, a bundle.
    pulled : Path
        Directory of the starts.
    directory : Path
        Of the window.
    publish : bool
        False leaves out the record of a finished run.

    Raises
    ------
    SettingsError, PhysicsError, TryAgain, InputsChanged
        As `mdtools.umbrella.window.start_window` and `mdtools.Run.advance`.
    """
    layout, salt, ion, number = names
    home, bundle, window = directory / WINDOW_START, Bundle.load(cell), int(number)
    home.mkdir(parents=True, exist_ok=True)
    pull_seed = seeds.integer(campaign.seed, "pulled", layout, salt, ion)
    starts = _starts(campaign, bundle, ion, pulled, pull_seed, stop, log)
    start = starts.read(window)
    if start is None:
        raise TryAgain(
            f"{pulled} has no start of window {window} under these options: pull it first"
        )
    centre = float(starts.centres[window])
    inputs = (bundle, starts.path, start, centre, campaign.umbrella, campaign.cell)
    with Lease(home / LEASE, wait_s=LEASE_WAIT_S, while_waiting=log) as lease:
        if (home / MANIFEST).exists():
            _refuse_other_window(home, facts_of(*inputs))
        else:
            ready = start_window(
                *inputs, campaign.platform, seed, state=home / STATE, stop=stop, log=log
            )
            lease.confirm()
            save_beside(ready, home)
    options = campaign.umbrella.run_options(campaign.transport)
    run = Run(
        directory,
        home,
        options,
        seed=campaign.seed,
        key=("umbrella", layout, salt, ion, window),
        platform=campaign.platform,
        replicas=replicas,
    )
    until_ps = PS_PER_NS * options.duration_ns
    run.advance(until_ps, stop, seconds_left)
    if publish:
        records.write(directory / WINDOW, run.receipt(until_ps))


def _refuse_moved(campaign: Campaign, begun: Path) -> None:
    """Windows have numbers, not places: of those that are moved, runs would not go on."""
    spring = campaign.umbrella.stiffness_kJ_mol_nm2
    for window, z_nm in enumerate(windows.centres(campaign)):
        found = restraint_of(begun / DIRECTORIES["window"].format(window) / WINDOW_START)
        if found is not None and not np.allclose(found, (z_nm, spring), rtol=1e-6, atol=1e-6):
            was, now = (
                f"{ANGSTROM_PER_NM * z:.2f} angstrom, {k:.0f} kJ/mol/nm2"
                for z, k in (found, (z_nm, spring))
            )
            raise SettingsError(
                f"{begun} has windows that were begun elsewhere, the first is window {window} at "
                f"{was}, now {now}: delete that directory to begin all of them anew, or put back "
                "z_angstrom, spacing_angstrom and stiffness_kcal_mol_angstrom2 of umbrella"
            )


def _refuse_other_window(home: Path, facts: dict) -> None:
    """Raise SettingsError where a window that is there came to equilibrium otherwise."""
    kept = Bundle.load(home).provenance.get(FACTS, {})
    unlike = sorted(key for key in facts if kept.get(key) != facts[key])
    if unlike:
        told = ", ".join(
            f"{key} {kept.get(key)}, now {facts[key]}"
            if isinstance(facts[key], int | float | str)
            else key
            for key in unlike
        )
        raise SettingsError(
            f"{home.parent} holds a window of other settings ({told}): put them back, or delete "
            "it to have it made anew"
        )


def _starts(
    campaign: Campaign,
    cell: Bundle,
    ion: str,
    directory: Path,
    seed: int,
    stop: Callable[[], bool] | None,
    log: Callable[[str], None],
) -> Starts:
    return Starts(
        cell,
        ion,
        IonPath.of(cell),
        windows.centres(campaign),
        campaign.umbrella,
        campaign.cell,
        campaign.platform,
        seed,
        directory / KEPT,
        stop,
        log,
    )
