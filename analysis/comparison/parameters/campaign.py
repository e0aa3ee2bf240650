"""Files of a campaign's results for one layout and salt; what is not there is named, not raised."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.comparison.parameters.found import Missing
from analysis.comparison.twins.ions import KCAL_MOL_ANGSTROM
from mdtools import records
from mdtools.ions import CHARGE_SCALES
from mdtools.options import DRIVE_KINDS
from mdtools.roles import GROUP_CHARGE_E

if TYPE_CHECKING:
    import pandas as pd

    from analysis.trials import Trials

OBSERVABLES = ("observables", "burst/observables")
"""Folders of tables in the results, the first that has a layout and salt counts."""
ALL = "all"
"""What the column trial says of numbers over all trials."""


def salt_of(results: Path, layout: str) -> str | None:
    """Name of the only salt that has tables of a layout; None without any.

    Raises
    ------
    ValueError
        There are several.
    """
    folders = [results / folder / layout for folder in OBSERVABLES]
    found = sorted({path.parent.name for one in folders for path in one.glob("*/*.csv")})
    if len(found) > 1:
        raise ValueError(f"tables of {layout} are of several salts, give one of {', '.join(found)}")
    return found[0] if found else None


NM = 1e-9
NO_CONVECTION = (
    "the runs have a difference of pressures, the twin has none: its water stands still and drags "
    "no ions along"
)
SCALED = (
    "ions of the runs have {scale:g} of their formal charge, and feel as much of the field; the "
    "twin's ions have all of their charge, and its field is as much less"
)
NO_RAMP = "the drive of the runs rises from nothing, that of the twin is there from the start"


@dataclass(frozen=True)
class TwinDrive:
    """What drives the ions of runs, as a twin has it.

    Attributes
    ----------
    body_force : float, N
        On feed ions, per elementary charge, whatever its sign.
    field : float, V/m
        On every ion by its formal charge; of ions whose charges are scaled, as much less.
    notes : tuple of str
        What a twin leaves out.
    """

    body_force: float
    field: float
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Campaign:
    """Results of one layout and salt; nothing is read before it is asked for."""

    results: Path
    layout: str
    salt: str | None
    level: float
    settings: Mapping[str, Any] | None = None
    """The campaign file with every default, in place of ``campaign.json`` of the results."""

    def json(self, name: str) -> dict[str, Any]:
        """A file of JSON by its path in the results.

        Raises Missing if it is not there, or damaged.
        """
        if name == "campaign.json" and self.settings is not None:
            return dict(self.settings)
        if not (self.results / name).is_file():
            raise Missing(f"no {name}")
        try:
            return records.read(self.results / name)
        except records.DamagedRecord:
            raise Missing(f"{name} is damaged") from None

    def number(self, name: str, key: str) -> float:
        """A number of such a file; Missing if there is none, or it is not finite."""
        value = self.json(name).get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
            raise Missing(f"{name} has no {key}")
        return float(value)

    def lengths(self, name: str, key: str, count: int) -> list[float]:
        """Numbers of such a file; Missing if they are not there or not as many."""
        given = self.json(name).get(key)
        try:
            values = np.asarray(given, dtype=float)
        except (TypeError, ValueError):
            values = np.empty(0)
        if values.shape != (count,) or not np.isfinite(values).all():
            raise Missing(f"{name} has no {key}")
        return [float(value) for value in values]

    def csv(self, name: str, columns: tuple[str, ...]) -> "pd.DataFrame":
        """A table by its path in the results; Missing if it or one of the columns is not there."""
        import pandas as pd

        from analysis.results import read_table

        path = self.results / name
        try:
            table = read_table(path)
        except OSError:
            raise Missing(f"no {name}") from None
        except (ValueError, pd.errors.ParserError):
            raise Missing(f"{name} is damaged") from None
        lacking = [column for column in columns if column not in table]
        if lacking:
            raise Missing(f"{name} has no column {', '.join(lacking)}")
        return table

    @property
    def drive(self) -> TwinDrive:
        """What drives ions in the runs, as far as twins have it; Missing if it is not said."""
        said = self._transport("drive", "the drive", dict)
        given = said.get("kind")
        if not given:
            raise Missing("campaign.json does not say the drive")
        kinds = {given} if isinstance(given, str) else set(given)
        if not kinds <= set(DRIVE_KINDS):
            raise Missing(f"the drive is {given!r}, which twins do not know")

        def number(kind: str, key: str) -> float:
            value = said.get(key) if kind in kinds else 0.0
            if not isinstance(value, int | float) or not np.isfinite(value):
                raise Missing("campaign.json does not say the drive")
            return float(value)

        if "field" in kinds and said.get("acts_on") != "ions":
            raise Missing(
                "the drive is a field on all charges, which water screens: twins have the field "
                "that ions feel"
            )
        field, scale = number("field", "field_V_nm") / NM, self.charge_scale
        return TwinDrive(
            number("body force", "force_kcal_mol_angstrom") * KCAL_MOL_ANGSTROM,
            scale * field,
            tuple(
                note
                for note, told in (
                    (NO_CONVECTION, number("pressure", "pressure_difference_MPa")),
                    (NO_RAMP, said.get("ramp_ps")),
                    (SCALED.format(scale=scale), field and scale != 1),
                )
                if told
            ),
        )

    @property
    def charge_scale(self) -> float:
        """Charge of the ions of the runs over their formal one."""
        block = self.json("campaign.json").get("nonbonded")
        return CHARGE_SCALES.get(str(block.get("ion_set")), 1.0) if isinstance(block, dict) else 1.0

    @property
    def friction(self) -> float:
        """Friction of the thermostat of the runs, 1/s; Missing if it is not said."""
        return 1e12 * float(self._transport("friction_per_ps", "friction", (int, float)))

    @property
    def temperature(self) -> float:
        """Temperature of the runs, K; Missing if it is not said."""
        value = float(self._transport("temperature_K", "temperature", (int, float)))
        if not 0 < value < np.inf:
            raise Missing(f"temperature_K of campaign.json is {value:g}")
        return value

    def _transport(self, key: str, what: str, kind: type | tuple[type, ...]) -> Any:
        block = self.json("campaign.json").get("transport")
        value = block.get(key) if isinstance(block, dict) else None
        if not isinstance(value, kind):
            raise Missing(f"campaign.json does not say {what}")
        return value

    @cached_property
    def home(self) -> str:
        """Folder of the tables of this layout and salt in the results."""
        folders = [f"{folder}/{self.layout}/{self.salt}" for folder in OBSERVABLES]
        there = [one for one in folders if any((self.results / one).glob("*.csv"))]
        return (there or folders)[0]

    def path_of(self, table: str) -> str:
        """Path of a table of observables in the results."""
        return f"{self.home}/{table}.csv"

    def trials_of(self, table: str, columns: tuple[str, ...], **chosen: str) -> "pd.DataFrame":
        """Rows of single trials of a table of observables, with chosen values of columns.

        Raises Missing if there are no runs, no table or no such row.
        """
        if self.salt is None:
            raise Missing("no observables: no run is analysed")
        name = self.path_of(table)
        read = self.csv(name, ("trial", *columns, *chosen))
        rows = read[read["trial"].notna() & (read["trial"] != ALL)]
        for column, value in chosen.items():
            rows = rows[rows[column] == value]
        if not len(rows):
            words = ", ".join(chosen.values())
            raise Missing(f"{name} has no row of a trial" + (f" with {words}" if words else ""))
        return rows

    @cached_property
    def trials(self) -> "Trials":
        """Stores of the trials; Missing if there are none, or one cannot be used."""
        from analysis.store import StoreError
        from analysis.trials import Trials

        folder = self.results / self.home
        paths = sorted(folder.glob("trial*.store.npz"))
        if self.salt is None or not paths:
            raise Missing("no stores of trials")
        try:
            return Trials.read(paths)
        except StoreError as error:
            raise Missing(str(error).replace(f"{folder}/", "")) from None

    @property
    def stores(self) -> str:
        """Where the stores of the trials are in the results."""
        return f"{self.home}/trial*.store.npz"

    @cached_property
    def area_nm2(self) -> float:
        """Cross-section of the box, nm2; Missing if no file says."""
        for name in (f"hydrated/{self.layout}/network.json", f"charged/{self.layout}/network.json"):
            try:
                x, y, _ = self.lengths(name, "box_nm", 3)
            except Missing:
                continue
            return x * y
        try:
            x, y, _ = self.lengths("network/report.json", "box_nm", 3)
        except Missing as reason:
            try:
                x, y, _ = (float(length) for length in self.trials.first.box_nm)
            except Missing:
                raise reason from None
        return x * y

    def groups(self) -> "pd.DataFrame":
        """Charged groups where the layout put them, with their charge; Missing if it cannot say."""
        name = f"charged/{self.layout}/groups.csv"
        table = self.csv(name, ("kind", "z_nm"))
        unknown = set(table["kind"].dropna()) - set(GROUP_CHARGE_E)
        if unknown or table["kind"].isna().any():
            words = ", ".join(sorted(map(str, unknown))) or "none"
            raise Missing(f"{name} has groups of kind {words}, whose charge is not known")
        return table.assign(charge=table["kind"].map(GROUP_CHARGE_E).astype(float))

    def placed_groups(self) -> tuple[np.ndarray, np.ndarray]:
        """Places (nm) and charges of the groups: of the hydrated membrane, else of the dry one.

        Raises Missing if the layout cannot say, or the two differ in their groups.
        """
        groups = self.groups()
        z, charges = (groups[name].to_numpy(dtype=float) for name in ("z_nm", "charge"))
        name = f"hydrated/{self.layout}/groups.csv"
        try:
            wet = self.csv(name, ("z_nm",))["z_nm"].to_numpy(dtype=float)
        except Missing:
            return z, charges
        if len(wet) != len(z):
            raise Missing(f"{name} has {len(wet)} groups, the layout {len(z)}")
        return wet, charges

    def ions(self) -> list[str]:
        """Names of ions, as far as a table or the campaign file tells them."""
        for table in ("ion_diffusion", "group_share"):
            try:
                return sorted(set(self.trials_of(table, ("species",))["species"].dropna()))
            except Missing:
                continue
        try:
            salts = self.json("campaign.json").get("salts") or {}
            return sorted(salts[self.salt]["ions"]) if self.salt in salts else []
        except (Missing, KeyError, TypeError):
            return []
