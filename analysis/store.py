"""The compact store of one trial: arrays and a manifest in one .npz file."""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.writing import replacing

SCHEMA = 3
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
    "void_share": "share of each bin of face_edges_nm that is not filled by the membrane",
    "full_time_ps": "ps, of the full frames",
    "water_counts": "water molecules within the membrane's reach in every full frame",
    "water_molecule": "which molecule each row of water_nm is, frame after frame",
    "water_nm": "nm, oxygens within reach x 3: x, y as the run wrote them, z as in edges_nm",
}
"""Every array of a store, with its unit and meaning."""


class StoreError(Exception):
    """A store that cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True)
class Store:
    """One trial as collected: `arrays` by the names of `ARRAYS`, `manifest` as from JSON."""

    arrays: dict[str, np.ndarray]
    manifest: dict
    sha256: str = ""

    @cached_property
    def atoms(self) -> pd.DataFrame:
        """Stored atoms, one row per column of positions_nm: atom, role, species, group, side."""
        return pd.DataFrame(self.manifest["atoms"])

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
    def pistons_angstrom(self) -> np.ndarray:
        """z of the feed and permeate piston relative to the membrane, shape (T, 2)."""
        return 10 * (self.arrays["piston_z_nm"] - self.arrays["membrane_z_nm"][:, None])

    def columns(self, role: str, species: str) -> np.ndarray:
        """Columns of positions_nm that hold one role and species."""
        return np.flatnonzero((self.atoms.role == role) & (self.atoms.species == species))

    def species(self, role: str) -> list[str]:
        """Species with that role, in stored order."""
        return list(dict.fromkeys(self.atoms.species[self.atoms.role == role]))

    def write(self, path: Path) -> None:
        """Write to path, whole or not at all; the same store gives the same bytes."""
        if set(self.arrays) != set(ARRAYS):
            difference = ", ".join(sorted(set(self.arrays) ^ set(ARRAYS)))
            raise ValueError(f"a store holds the arrays of ARRAYS, these differ: {difference}")
        manifest = {"schema": SCHEMA, "units": ARRAYS, **self.manifest}
        text = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False)
        with replacing(path) as temporary:
            with open(temporary, "wb") as file:
                np.savez(file, **{name: self.arrays[name] for name in sorted(self.arrays)})
            with zipfile.ZipFile(temporary, "a") as archive:
                archive.writestr(zipfile.ZipInfo(MANIFEST), text)

    @classmethod
    def read(cls, path: Path) -> "Store":
        """Read what `write` wrote.

        Raises
        ------
        StoreError
            No such file, not a store, or a store of another schema version.
        """
        remedy = "collect the run again (delete this file and rerun the workflow)"
        try:
            data = path.read_bytes()
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                manifest = json.loads(archive[MANIFEST])
                found = manifest.get("schema")
                if found != SCHEMA:
                    raise StoreError(
                        f"{path} has schema {found}, this version reads {SCHEMA}: {remedy}"
                    )
                arrays = {name: archive[name] for name in ARRAYS}
        except FileNotFoundError:
            raise StoreError(f"{path} does not exist: collect the run first") from None
        except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
            raise StoreError(f"{path} is not a whole store ({error}): {remedy}") from error
        return cls(arrays, manifest, hashlib.sha256(data).hexdigest())
