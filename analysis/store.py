"""The compact store of one trial: arrays and a manifest in one .npz file."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from mdtools.atomic import replacing
from mdtools.roles import IONS

SCHEMA = 6
MANIFEST = "manifest.json"
ARRAYS = {
    "time_ps": "ps, of the fast frames; the first is the start of the run, t = 0",
    "positions_nm": "nm, fast frames x stored atoms x 3, as the run wrote them",
    "membrane_z_nm": "nm, centre of mass of the membrane in every fast frame",
    "piston_z_nm": "nm, feed and permeate piston in every fast frame",
    "edges_nm": "nm, bin edges of the profiles, z relative to the membrane's centre of mass",
    "block_frames": "full frames in each block of time",
    "membrane_g_cm3": "g/cm3, blocks x bins",
    "membrane_charge_e_nm3": "e/nm3 of all membrane atoms, blocks x bins",
    "elements_per_nm3": "1/nm3, blocks x elements (manifest: elements) x bins",
    "water_g_cm3": "g/cm3, blocks x bins",
    "face_edges_nm": "nm, bin edges of face_g_cm3, z relative to the membrane's centre of mass",
    "face_g_cm3": "g/cm3 of the membrane over all full frames, in bins that no option changes",
    "map_x_edges_nm": "nm, bin edges of map_g_cm3 across the box, x wrapped into [-L/2, L/2)",
    "map_z_edges_nm": "nm, bin edges of map_g_cm3, z relative to the membrane's centre of mass",
    "map_g_cm3": "g/cm3 of the membrane over all y and all full frames, x bins x z bins",
    "void_share": "share of each bin of face_edges_nm that is not filled by the membrane",
    "pore_time_ps": "ps, of the full frames in which pores were measured",
    "pore_slab_nm": "nm, limits of z between which they were, as in face_edges_nm",
    "pore_diameter_angstrom": "angstrom, middles of bins of diameter that start at 0",
    "pore_density_per_angstrom": "1/angstrom, pore-size distribution, frames x bins",
    "pore_numbers": "angstrom, but for shares of volume, frames x numbers (manifest: pore_numbers)",
    "water_time_ps": "ps, of the full frames in which water was followed, evenly chosen",
    "water_counts": "water molecules within the membrane's reach in each of these frames",
    "water_molecule": "which molecule each row of water_nm is, frame after frame",
    "water_nm": "nm, oxygens within reach x 3: x, y as the run wrote them, z as in edges_nm",
    "full_time_ps": "ps, of the full frames",
    "shell_counts": "neighbours of every ion, full frames x ions x partners (manifest: partners)",
    "shell_1e_4_nm": "1e-4 nm, their distances, frame by frame, ion by ion, partner by partner",
    "radial_frames": "full frames in which pairs were counted",
    "radial_edges_nm": "nm, bin edges of distances",
    "radial_z_edges_nm": "nm, bin edges of the ion's z relative to the membrane's centre of mass",
    "radial_pairs": "pairs, ion species x z bins x partners x bins of distance",
    "radial_references": "ions, ion species x z bins",
    "energy_time_ps": "ps, of the full frames in which energies were taken",
    "energy_kcal_mol": "kcal/mol, frames x ions x presets x scopes x terms (manifest: energy_axes)",
    "group_charge_e": "e, sum of the charges of the atoms that count as charged groups",
}
"""Every array of a store, with its unit and meaning."""
OF_CELLS = {
    "cell_nm": "nm, fast frames x stored atoms x 3, images of which nearest ones can be taken",
    "cell_box_nm": "nm, lengths of the box in every fast frame, 0 where it is not periodic",
    "z_rounds": "how often each stored atom has come round the end of the box along z, up to a "
    "fast frame; downwards is negative",
}
"""Arrays that a store has besides where the box changes or is periodic along z."""
OF_ANCHORS = {
    "anchors_time_ps": "ps, of the full frames up to which the force on the anchors was averaged",
    "anchors_force_kJ_mol_nm": "kJ/mol/nm along z, of all forces on the membrane's anchors, means "
    "over the fast frames between two full ones",
}
"""Arrays that a store has besides where the run recorded what its anchors carry."""


class StoreError(Exception):
    """A store that cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True)
class Store:
    """One trial as collected: `arrays` by the names of `ARRAYS`, `manifest` as from JSON."""

    arrays: dict[str, np.ndarray]
    manifest: dict
    sha256: str = ""
    kept: dict = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: tuple, make: Callable[[], object]):
        """Return the result of `make`, cached for all tables under one key."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    @cached_property
    def atoms(self) -> pd.DataFrame:
        """Stored atoms, one row per column of positions_nm: atom, role, species, group, side."""
        columns = ["atom", "role", "species", "group", "side"]
        return pd.DataFrame(self.manifest["atoms"], columns=columns)

    @property
    def trial(self) -> int:
        """Number of the trial."""
        return self.manifest["trial"]

    @property
    def box_nm(self) -> np.ndarray:
        """Box lengths, shape (3,), nm; z is not periodic for the physics."""
        return np.asarray(self.manifest["box_nm"], dtype=float)

    @property
    def analysed_ns(self) -> float:
        """Time of the last stored frame."""
        return float(self.arrays["time_ps"][-1]) / 1000

    @cached_property
    def z_angstrom(self) -> np.ndarray:
        """z of the stored atoms relative to the membrane's centre of mass, shape (T, n)."""
        center = self.arrays["membrane_z_nm"][:, None]
        return 10 * (self.arrays["positions_nm"][:, :, 2].astype(float) - center)

    @cached_property
    def z_path_angstrom(self) -> np.ndarray:
        """z as `z_angstrom`, but continuous through the ends of a box that is periodic along z."""
        if "z_rounds" not in self.arrays:
            return self.z_angstrom
        rounds, lengths = self.z_rounds, 10 * self.arrays["cell_box_nm"][:, 2:]
        steps = np.diff(self.z_angstrom, axis=0) + np.diff(rounds, axis=0) * lengths[1:]
        path: np.ndarray = self.z_angstrom.copy()
        path[1:] = path[0] + np.cumsum(steps, axis=0)
        return path

    @property
    def z_rounds(self) -> np.ndarray:
        """How often each stored atom came round the end of the box along z, shape (T, n)."""
        if "z_rounds" in self.arrays:
            return self.arrays["z_rounds"].astype(int)
        return np.zeros(self.arrays["positions_nm"].shape[:2], dtype=int)

    @property
    def period_z_angstrom(self) -> float:
        """Mean length of the box along z where it is periodic, else 0."""
        if "z_rounds" not in self.arrays:
            return 0.0
        return float(10 * self.arrays["cell_box_nm"][:, 2].mean())

    def middle_angstrom(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Return the middle between two z of `z_angstrom` that are near, also through the end."""
        length = self.period_z_angstrom
        if not length:
            return (first + second) / 2
        middle = first + (second - first - length * np.rint((second - first) / length)) / 2
        return middle - length * np.rint(middle / length)

    @property
    def images_nm(self) -> np.ndarray:
        """Positions (T, n, 3) of which nearest images in `periods_nm` can be taken."""
        return self.arrays.get("cell_nm", self.arrays["positions_nm"])

    @property
    def periods_nm(self) -> np.ndarray:
        """Lengths of the box, (3,), or (T, 3) where it changes; 0 where it is not periodic."""
        return self.arrays.get("cell_box_nm", self.box_nm * [1, 1, 0])

    @cached_property
    def pistons_angstrom(self) -> np.ndarray:
        """z of the feed and permeate piston relative to the membrane, shape (T, 2)."""
        return 10 * (self.arrays["piston_z_nm"] - self.arrays["membrane_z_nm"][:, None])

    @cached_property
    def ion_columns(self) -> np.ndarray:
        """Columns of positions_nm that hold ions: the order of ions in all other arrays."""
        return np.flatnonzero(self.atoms.role.isin(IONS))

    @cached_property
    def full_frames(self) -> np.ndarray:
        """Number of the fast frame that each full frame is, shape (F,)."""
        return self.frames_at(self.arrays["full_time_ps"])

    def frames_at(self, time_ps) -> np.ndarray:
        """Return the numbers of the fast frames nearest to times."""
        times = self.arrays["time_ps"]
        middles = (times[1:] + times[:-1]) / 2
        return np.searchsorted(middles, np.asarray(time_ps))

    def columns(self, role: str, species: str) -> np.ndarray:
        """Return the columns of positions_nm that hold one role and species."""
        return self._columns.get((role, species), np.empty(0, dtype=int))

    def species(self, role: str) -> list[str]:
        """Return the species with that role, in stored order."""
        return [species for own, species in self._columns if own == role]

    @cached_property
    def _columns(self) -> dict[tuple[str, str], np.ndarray]:
        """Columns of positions_nm by role and species, in stored order."""
        found: dict[tuple[str, str], list[int]] = {}
        kinds = zip(self.atoms.role, self.atoms.species, strict=True)
        for column, kind in enumerate(kinds):
            found.setdefault(kind, []).append(column)
        return {kind: np.array(columns) for kind, columns in found.items()}

    def write(self, path: Path) -> None:
        """Write to path, whole or not at all; the same store gives the same bytes."""
        units = ARRAYS | self.manifest.get("extra", {})
        if set(self.arrays) != set(units):
            difference = ", ".join(sorted(set(self.arrays) ^ set(units)))
            raise ValueError(
                "a store holds the arrays of ARRAYS and those whose observer states their unit, "
                f"these differ: {difference}"
            )
        manifest = {"schema": SCHEMA, "units": units, **self.manifest}
        text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            with open(temporary, "wb") as file:
                np.savez(file, **{name: self.arrays[name] for name in sorted(self.arrays)})
            with zipfile.ZipFile(temporary, "a") as archive:
                archive.writestr(zipfile.ZipInfo(MANIFEST), text)

    @classmethod
    def read(cls, path: Path | str) -> "Store":
        """Read what `write` wrote.

        Raises
        ------
        StoreError
            No such file, not a store, or a store of another schema version.
        """
        remedy = "collect the run again (delete this file and rerun the workflow)"
        path = Path(path)
        try:
            data = path.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                manifest = json.loads(archive[MANIFEST])
                schema = manifest.get("schema")
                if schema != SCHEMA:
                    raise StoreError(
                        f"{path} has schema {schema}, this version reads {SCHEMA}: {remedy}"
                    )
                arrays = {name: archive[name] for name in manifest["units"]}
        except FileNotFoundError:
            raise StoreError(f"{path} does not exist: collect the run first") from None
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise StoreError(f"{path} is not a whole store ({error}): {remedy}") from error
        return cls(arrays, manifest, hashlib.sha256(data).hexdigest())
