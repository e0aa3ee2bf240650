"""The job that swells a charged network in water, or fills the voids of the dry one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mdtools import provenance, records
from mdtools.atomic import write_bytes, write_text
from mdtools.lease import WAIT_S, Lease
from mdtools.options import HydrationOptions, NonbondedOptions, PlatformOptions
from mdtools.swelling.hydrate import hydrate
from mdtools.swelling.outcome import Hydrated
from mdtools.swelling.report import fill_voids, hydration_report, voids_report
from mdtools.swelling.water_file import water_bytes
from membranes import Network
from membranes.building.relaxation import centred
from workflow.campaign.stages import CURVE, GROUPS, REPORT, STATE, WATER

LEASE = "lease"
LEASE_WAIT_S = WAIT_S


def hydrate_network(
    network: Network,
    directory: Path,
    options: HydrationOptions,
    nonbonded: NonbondedOptions,
    platform: PlatformOptions,
    *,
    waters_per_reservoir: int,
    seed: int,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] = print,
    publish: bool = True,
) -> dict:
    """Swell a charged network, or go on with a hydration that was stopped; returns its report.

    A hydration that has ended, published or not, is found by its state and is not run again.

    Parameters
    ----------
    directory : Path
        Gets the network in its swollen shape, the waters that it holds, the curve of every sample,
        and ``report.json``; and the state, from which it goes on to a later cap.
    waters_per_reservoir : int
        Where the options do not say.
    publish : bool
        False writes the state alone.

    Raises
    ------
    PhysicsError, SettingsError, TryAgain
        As `mdtools.swelling.hydrate.hydrate`, and TryAgain when another process is at work here.
    """
    state = directory / STATE
    with Lease(directory / LEASE, wait_s=LEASE_WAIT_S, while_waiting=log) as lease:
        if options.protocol == "voids":
            result = _voids(network)
        else:
            hydrated = _engine(options)(
                network.polymer(),
                options,
                nonbonded,
                platform,
                waters_per_reservoir=options.waters_per_reservoir or waters_per_reservoir,
                seed=seed,
                state=state,
                stop=stop,
                log=log,
            )
            result = _swollen(network, hydrated, options)
        lease.confirm()
        if not publish:
            return result.report
        result.network.save(directory)
        write_bytes(directory / WATER, water_bytes(result.waters))
        write_text(directory / GROUPS, result.network.groups.to_csv(index=False))
        write_text(directory / CURVE, result.curve)
        facts = provenance.record(stage="hydrated", seed=seed, platform=platform.model_dump())
        records.write(directory / REPORT, result.report | {"provenance": facts})
    return result.report


def _engine(options: HydrationOptions) -> Callable[..., Hydrated]:
    if options.engine == "OpenMM":
        return hydrate
    # It reads frames by MDAnalysis, which takes as long to import as all the rest.
    from mdtools.swelling.gromacs.hydrate import hydrate_with_gromacs

    return hydrate_with_gromacs


@dataclass(frozen=True)
class _Result:
    network: Network
    waters: np.ndarray
    curve: str
    report: dict


def _voids(network: Network) -> _Result:
    polymer = network.polymer()
    report = voids_report(polymer, fill_voids(polymer))
    # Cells fill the voids themselves, together with their reservoirs.
    return _Result(network, np.empty((0, 4, 3)), "", report)


def _swollen(network: Network, hydrated: Hydrated, options: HydrationOptions) -> _Result:
    moved = centred(replace(network, positions=hydrated.positions, velocities=None))
    report = hydration_report(hydrated, options, network.formal_charge)
    return _Result(moved, hydrated.waters, hydrated.curve.to_csv(index=False), report)
