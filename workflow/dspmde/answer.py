"""Answers of ``polyamide dspmde``: tables, plain data and a figure of a solved case."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analysis.continuum import Solution, Transport, performance
from analysis.continuum.units import LMH, PASCAL_PER_BAR
from mdtools.atomic import write_text
from mdtools.errors import SettingsError
from mdtools.filesystem import refusal
from workflow.campaign.faults import choices

if TYPE_CHECKING:
    import pandas as pd

OUTPUT_ENDINGS = {"--plot": (".png", ".pdf", ".svg"), "--csv": (".csv",)}
"""Endings of the files that can be written."""
DIGITS = "%.7g"


def check_output_file(option: str, path: Path | None) -> None:
    """Raise SettingsError if an option's file cannot be written or has another ending."""
    if path is None:
        return
    if path.is_dir():
        raise SettingsError(f"{option} {path} is a directory, allowed is a file")
    if path.suffix.lower() not in OUTPUT_ENDINGS[option]:
        ends = choices(OUTPUT_ENDINGS[option])
        raise SettingsError(f"{option} {path}: allowed are names that end in {ends}")
    if reason := refusal(path.parent):
        raise SettingsError(f"{option} {path}: {reason}")


@dataclass(frozen=True)
class Answer:
    """An answer holds the solved transport of a membrane and a feed at F fluxes or pressures.

    Attributes
    ----------
    membrane, feed : str
        Their names or files, as given.
    solution : Solution
        The feed.
    transport : Transport of shape (F,)
    pressure : (F,) array, Pa
    viscosity_mPa_s : float
        Of the solution.
    notes : tuple of str
        Warnings of the model, each once.
    """

    membrane: str
    feed: str
    solution: Solution
    transport: Transport
    pressure: np.ndarray
    viscosity_mPa_s: float  # noqa: N815
    notes: tuple[str, ...] = ()

    @property
    def assumptions(self) -> dict:
        """Return the model's assumptions as plain data."""
        model = {name: _plain(value) for name, value in self.transport.assumptions.items()}
        return model | {"viscosity_mPa_s": self.viscosity_mPa_s}

    @property
    def assumed(self) -> str:
        """Return the model's assumptions in a line."""
        words = (
            f"{name.replace('_', ' ')} {'none' if value is None else value}"
            for name, value in self.assumptions.items()
        )
        return f"Assumed: {'; '.join(words)}."

    @property
    def failed(self) -> np.ndarray:
        """Return the numbers of the cases that did not converge, counted from 0."""
        return np.flatnonzero(~self.transport.converged)

    def tidy(self) -> "pd.DataFrame":
        """Return a table with a row for each case and ion; NaN where a case did not converge."""
        import pandas as pd

        transport = self.transport
        table = pd.concat(
            pd.DataFrame(
                {
                    "case": np.arange(len(transport.flux)),
                    "flux_lmh": transport.flux / LMH,
                    "flux_m_s": transport.flux,
                    "pressure_bar": self.pressure / PASCAL_PER_BAR,
                    "ion": ion.name,
                    "feed_mol_m3": float(concentration),
                    "wall_mol_m3": transport.wall[ion.name],
                    "permeate_mol_m3": transport.permeate[ion.name],
                    "rejection": transport.rejection[ion.name],
                    "converged": transport.converged,
                }
            )
            for ion, concentration in zip(self.solution.ions, self.solution.values, strict=True)
        )
        return table.sort_values("case", kind="stable").reset_index(drop=True)

    def columns(self) -> dict[str, np.ndarray]:
        """Return of all cases: flux, pressure, rejections, hardness removal if defined."""
        transport = self.transport
        columns = {
            "flux / L/m2/h": transport.flux / LMH,
            "pressure / bar": self.pressure / PASCAL_PER_BAR,
            **{f"R {ion}": rejection for ion, rejection in transport.rejection.items()},
        }
        if any(ion in transport.rejection for ion in performance.HARDNESS):
            columns["hardness removal"] = performance.hardness_removal(transport)
        return columns

    def plain(self) -> dict:
        """Return everything as plain data; None where a case did not converge."""
        rows = self.tidy().astype(object).where(self.tidy().notna(), None)
        cases = []
        for number, own in rows.groupby("case"):
            first = own.iloc[0]
            shared = ("flux_lmh", "flux_m_s", "pressure_bar", "converged")
            case = {name: _plain(first[name]) for name in shared}
            for name in ("feed_mol_m3", "wall_mol_m3", "permeate_mol_m3", "rejection"):
                case[name] = {row.ion: _plain(getattr(row, name)) for row in own.itertuples()}
            for name in ("donnan_feed", "donnan_permeate"):
                case[f"{name}_rt_f"] = _plain(getattr(self.transport, name)[number])
            cases.append(case)
        return {
            "membrane": self.membrane,
            "feed": self.feed,
            "assumptions": self.assumptions,
            "cases": cases,
        }

    def write_csv(self, path: Path) -> None:
        """Write the table of `tidy` as a file, making its directory."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, self.tidy().to_csv(index=False, float_format=DIGITS))

    def draw(self, path: Path, between: "pd.DataFrame") -> None:
        """Draw rejections against flux into a file, its caption into one beside it.

        ``between`` are rows of `tidy` at the fluxes of the curve.
        """
        from analysis.figures.continuum import draw, rejection_curves, save

        about = (
            f"Rejection of the ions of feed {self.feed} by membrane {self.membrane}, as the Donnan "
            "steric pore model with dielectric exclusion has it: at the fluxes asked for (marks) "
            f"and between them (lines). {self.assumed}"
        )
        figure = draw(rejection_curves, self.tidy(), about, between)
        for file in (path, path.with_suffix(".txt")):
            save(figure, file)


def _plain(value):
    """Return a value that JSON can hold: no numpy, None in place of NaN and infinity."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.item() if np.ndim(value) == 0 else value.tolist()
    return None if isinstance(value, float) and not np.isfinite(value) else value
