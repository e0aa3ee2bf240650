"""Parameters of a membrane as figures show them: unit, axis, scale."""

from dataclasses import dataclass

import pandas as pd

NAMES = {
    "pore_radius": ("pore radius", "nm", 1e-9),
    "effective_thickness": ("effective thickness", "µm", 1e-6),
    "pore_permittivity": ("permittivity in the pore", "", 1.0),
    "charge_density": ("charge density", "mol m⁻³", 1.0),
    "mean": ("mean pore radius", "nm", 1e-9),
    "sd": ("sd of pore radii", "nm", 1e-9),
}
"""Name, unit and size of the unit in SI."""
LOGARITHMIC_FROM = 20.0
"""Ratio of the ends of an axis of thicknesses from which on it is logarithmic."""


@dataclass(frozen=True)
class Shown:
    """How a parameter is shown.

    Attributes
    ----------
    label : of the parameter, with the group that has it: "charge_density of pH 7"
    """

    label: str

    @property
    def _entry(self) -> tuple[str, str, float]:
        return NAMES[self.label.split(" of ")[0]]

    @property
    def group(self) -> str:
        """Feed or series whose charge density it is; empty where all share it."""
        return self.label.partition(" of ")[2]

    @property
    def name(self) -> str:
        """Words for it."""
        return self._entry[0] + (f", {self.group}" if self.group else "")

    @property
    def unit(self) -> str:
        """As printed."""
        return self._entry[1]

    @property
    def axis(self) -> str:
        """Label of its axis."""
        return f"{self.name} ({self.unit})" if self.unit else f"{self.name} (relative)"

    def value(self, si: "pd.Series | float") -> "pd.Series | float":
        """SI values in the unit shown."""
        return si / self._entry[2]

    def scale(self, low: float, high: float) -> str:
        """Scale of an axis between two positive ends, or one that is not."""
        wide = self.label == "effective_thickness" and low > 0 and high / low > LOGARITHMIC_FROM
        return "log" if wide else "linear"


def shown_table(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """A table with a column ``parameter``, its SI columns in shown units, and their unit."""
    table = table.copy()
    for label in table.parameter.unique():
        rows = table.parameter == label
        quantity = Shown(label)
        for column in columns:
            table.loc[rows, column] = quantity.value(table.loc[rows, column].astype(float))
        table.loc[rows, "unit"] = quantity.unit
    return table
