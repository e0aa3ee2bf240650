"""One window: an ion held near a z, brought to equilibrium, then sampled by a run."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as File

import numpy as np

from mdtools import provenance, seeds
from mdtools.atomic import text_sha256
from mdtools.bundle import Bundle
from mdtools.bundle_files import MANIFEST, PROVENANCE
from mdtools.cells.dynamics import at_temperature, start_state
from mdtools.cells.segments import CellDynamics
from mdtools.errors import BundleError
from mdtools.options import CellOptions, PlatformOptions, UmbrellaOptions
from mdtools.systems.diagnosis import labels
from mdtools.systems.heavy_hydrogens import of_preset
from mdtools.trajectory import Trajectory
from mdtools.umbrella.path import Path
from mdtools.umbrella.starts import OF_DYNAMICS, Start, restrained

FACTS = "umbrella"
"""Key of a window's restraint in the provenance of its bundle."""


def start_window(
    cell: Bundle,
    path: Path,
    start: Start,
    z_nm: float,
    options: UmbrellaOptions,
    dynamics: CellOptions,
    platform: PlatformOptions,
    seed: int,
    *,
    state: File | None = None,
    stop: Callable[[], bool] | None = None,
    log: Callable[[str], None] | None = None,
) -> Bundle:
    """Bring one window to equilibrium; returns the bundle that its run begins from.

    It has the restraint in its System, and no drive: every other ion is free.

    Parameters
    ----------
    cell, path : Bundle, Path
        That the start comes from, and its path.
    z_nm : float
        Centre of the window, from the membrane's centre.
    dynamics : CellOptions
        Thermostat, timestep, masses and steps of minimisation.
    state, stop, log : optional
        As of `mdtools.cells.equilibrate.equilibrate`: it goes on where it was stopped.

    Raises
    ------
    PhysicsError, SettingsError, TryAgain
        As `mdtools.cells.segments.CellDynamics.run`.
    """
    system = restrained(cell, start.atom, path.centre + z_nm, options)
    segment_ps = min(options.segment_ps, options.equilibration_ps)
    run = CellDynamics(
        of_preset(system, cell.topology["element"], dynamics.preset),
        labels(cell),
        dynamics.model_copy(update={"segment_ps": segment_ps}),
        platform,
        seed,
        doing="equilibration of the window",
        measure=lambda positions: {"z_nm": float(positions[start.atom, 2] - path.centre)},
        state=state,
        stop=stop,
        log=log,
    )
    end = run.run(start.positions, options.equilibration_ps)
    box = cell.state.getPeriodicBoxVectors()
    began = start_state(system, end.positions, end.velocities, box)
    if dynamics.heavy:
        kelvin = dynamics.temperature_K
        began = at_temperature(system, began, kelvin, seeds.integer(seed, "true masses"))
    facts = facts_of(cell, path, start, z_nm, options, dynamics)
    record = provenance.record(stage="umbrella", seed=seed, platform=end.platform, **{FACTS: facts})
    return dataclasses.replace(
        cell, system=system, state=began, provenance=record, path=None, hashes=None
    )


def restraint_of(home: File) -> tuple[float, float] | None:
    """Return z (nm from the membrane's centre) and stiffness (kJ/mol/nm2) of a window on disk.

    ``home`` is the directory of the bundle that its run begins from. None if it is not there.
    """
    if not (home / MANIFEST).exists():
        return None
    facts = json.loads((home / PROVENANCE).read_text(encoding="utf-8"))[FACTS]
    return facts["z_nm"], facts["stiffness_kJ_mol_nm2"]


def facts_of(
    cell: Bundle,
    path: Path,
    start: Start,
    z_nm: float,
    options: UmbrellaOptions,
    dynamics: CellOptions,
) -> dict:
    """Return what decides the bundle of a window but its seed, as plain data; as `start_window`."""
    return {
        "atom": start.atom,
        "z_nm": float(z_nm),
        "stiffness_kJ_mol_nm2": options.stiffness_kJ_mol_nm2,
        "equilibration_ps": options.equilibration_ps,
        **dynamics.model_dump(mode="json", include=set(OF_DYNAMICS)),
        "source": start.source,
        "start_sha256": text_sha256(np.asarray(start.positions, dtype=float).tobytes().hex()),
        "path": path.plain(),
        "cell_state_sha256": (cell.hashes or {}).get("state.xml"),
    }


@dataclass(frozen=True)
class Samples:
    """Samples of a window.

    Attributes
    ----------
    z_nm : (T,) array
        Of the ion, from the membrane's centre at the start.
    time_ps : (T,) array
    drift_nm : float
        By which the membrane's centre has moved in the mean over the run.
    facts : dict
        Of the restraint: atom, z_nm, stiffness_kJ_mol_nm2, temperature_K, source, path.
    complete : bool
        Whether the run has reached its target.
    """

    z_nm: np.ndarray
    time_ps: np.ndarray
    drift_nm: float
    facts: dict
    complete: bool

    @classmethod
    def read(cls, directory: File | str) -> "Samples":
        """Read the samples of the run of a window.

        Raises
        ------
        BundleError
            If the run is not one of a window.
        FileNotFoundError, ValueError
            As of `mdtools.trajectory.Trajectory`.
        """
        run = Trajectory.open(directory)
        facts = run.bundle.provenance.get(FACTS)
        if facts is None:
            raise BundleError(f"{directory} is no run of an umbrella window")
        fast = run.fast()
        column = int(np.flatnonzero(fast.atoms == facts["atom"])[0])
        height, centre = float(run.bundle.box_nm[2]), facts["path"]["centre"]
        z = fast.positions_nm[:, column, 2].astype(float)
        return cls(
            z - height * np.round(z / height) - centre,
            fast.time_ps,
            float(np.mean(fast.membrane_z_nm)) - centre,
            facts,
            run.complete,
        )
