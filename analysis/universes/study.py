"""A study describes the trajectories of another program: files, selections, options."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from analysis.options import (
    COLLECTION_OPTIONS,
    AnalysisOptions,
    NotNegative,
    Positive,
    missing_cutoffs,
    spelt_as,
)
from analysis.reading.errors import CollectError
from mdtools.constants import STANDARD_ATOMIC_WEIGHTS, WATERS_PER_NM3
from mdtools.errors import MisplacedError
from mdtools.roles import charge


class Strict(BaseModel):
    """A model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _known_element(symbol: str) -> str:
    if symbol not in STANDARD_ATOMIC_WEIGHTS:
        raise ValueError(
            f"no element that is known here, allowed are {', '.join(STANDARD_ATOMIC_WEIGHTS)}"
        )
    return symbol


Finite = Annotated[float, Field(allow_inf_nan=False)]
Element = Annotated[str, AfterValidator(_known_element)]


class Selections(Strict):
    """Selections in the language of MDAnalysis; those of ions and groups by species."""

    membrane: str
    water_oxygen: str | None = None
    feed_ions: dict[str, str] = {}
    counter_ions: dict[str, str] = {}
    charged_groups: dict[Literal["NH2+", "COO-"], str] = {}
    pistons: tuple[str, str] | None = None


class Study(Strict):
    """A study is a topology, the trajectories of its trials, and the selections in them.

    ``trials`` are the files of each trial in order; in a YAML file * stands for any characters, and
    what it finds is taken in order of the names, numbers in them as numbers. What a topology lacks
    can be said by selection: ``charges_e``, ``elements`` by symbol, and ``lennard_jones`` as well
    depth (kcal/mol) and half of the distance of the minimum (angstrom). Later entries win.
    ``format``, ``topology_format``, ``atom_style`` and ``lammps_units`` say how files are read
    whose names do not tell; ``axis`` is the membrane's normal in them, and ``periodic_z`` whether
    the box is periodic along it. ``waters_per_nm3`` is what reservoirs must hold within 20 %, by
    which a wrong selection of water is told; None takes whatever there is.
    """

    topology: Path
    topology_format: str | None = None
    format: str | None = None
    atom_style: str | None = None
    lammps_units: Literal["real", "metal", "si", "cgs", "electron", "micro", "nano"] = "real"
    axis: Literal["x", "y", "z"] = "z"
    periodic_z: bool = False
    trials: Annotated[dict[int, tuple[Path, ...]], Field(min_length=1)]
    selections: Selections
    box_angstrom: tuple[Positive, Positive, Positive] | None = None
    interval_ps: Positive | None = None
    from_ps: Annotated[float, Field(ge=0)] = 0.0
    wrapped: bool = True
    waters_per_nm3: Positive | None = WATERS_PER_NM3
    target_ns: Positive | None = None
    charges_e: dict[str, Finite] = {}
    elements: dict[str, Element] = {}
    lennard_jones: dict[str, tuple[NotNegative, Positive]] = {}
    layout: Annotated[str, Field(pattern=r"^[\w.-]+$")] = "membrane"
    salt: Annotated[str, Field(pattern=r"^[\w.-]+$")] = "salt"
    analysis: AnalysisOptions = AnalysisOptions()

    @model_validator(mode="after")
    def _ions_have_cutoffs(self):
        """Refuse ions without charges or cutoffs before hours of reading."""
        places = {}
        for key in ("feed_ions", "counter_ions"):
            for name in getattr(self.selections, key):
                places.setdefault(name, ("selections", key, name))
                try:
                    charge(name)
                except ValueError as error:
                    raise MisplacedError(places[name], str(error)) from None
        options = spelt_as(self.analysis, places)
        if missing := missing_cutoffs(options, places):
            name = unknown_ion(missing, list(places))
            raise MisplacedError(places[name], distances_wanted(name, missing))
        return self.model_copy(update={"analysis": options})

    @classmethod
    def read(cls, path: Path | str) -> "Study":
        """Read a study from a YAML file; relative paths in it are relative to it.

        Raises
        ------
        CollectError
            A file that is not there or wrong, naming the key, the value and what is allowed.
        """
        path = Path(path)
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise CollectError(f"{path} holds no study: allowed is a mapping, see the docs")
            study = cls.model_validate(in_lists(data))
        except (OSError, yaml.YAMLError) as error:
            raise CollectError(f"{path}: {error}") from error
        except ValidationError as error:
            raise CollectError(
                "\n".join(error_line(path, cls, e) for e in error.errors())
            ) from error
        return study.resolved(path.parent)

    def resolved(self, root: Path) -> "Study":
        """Return the study with the files that its paths and patterns name below a directory.

        Raises CollectError for a pattern that finds no file.
        """
        return self.model_copy(
            update={
                "topology": root / self.topology,
                "trials": {
                    trial: tuple(path for file in files for path in matching_files(root, file))
                    for trial, files in self.trials.items()
                },
            }
        )


def unknown_ion(missing: list[tuple[str, str]], species: list[str]) -> str:
    """Return the ion whose distances are missing: one without a shell, or the last of a pair."""
    shells = [key for option, key in missing if option == "hydration_cutoff_angstrom"]
    pair = missing[0][1].split("/")
    return shells[0] if shells else max(pair, key=species.index)


def distances_wanted(name: str, missing: list[tuple[str, str]]) -> str:
    """Return what is said of an ion without distances, and how they are given."""
    keys: dict[str, list[str]] = {}
    for option, key in missing:
        if name in key.split("/"):
            keys.setdefault(option, []).append(key)
    unknown = []
    if "hydration_cutoff_angstrom" in keys:
        unknown.append(f"where the first shell of water around {name} ends")
    if pairs := keys.get("pair_cutoff_angstrom"):
        unknown.append(f"up to where {', '.join(pairs)} are in contact")
    blocks = ", ".join(
        f"{option}: {{{', '.join(f'{key}: ...' for key in own)}}}" for option, own in keys.items()
    )
    return (
        f"it is not known {' and '.join(unknown)}: give it in angstrom, as analysis: {{{blocks}}}"
    )


def in_lists(data: Any) -> Any:
    """Return what a study's file holds with the files of each trial in a list, also a lone one."""
    trials = data.get("trials") if isinstance(data, dict) else None
    if not isinstance(trials, dict):
        return data
    return data | {"trials": {k: v if isinstance(v, list) else [v] for k, v in trials.items()}}


def error_line(path: Path, model: type[BaseModel], error: Mapping[str, Any]) -> str:
    """Return one line for an error of pydantic: file, key, value and what is allowed."""
    place = [str(part) for part in error["loc"]]
    if error["type"] == "extra_forbidden":
        for part in place[:-1]:
            inner = model.model_fields[part].annotation if part in model.model_fields else None
            model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
        return (
            f"{path}: {'.'.join(place)}: no such key, allowed are {', '.join(model.model_fields)}"
        )
    message = error["msg"].removeprefix("Value error, ")
    if not place:
        return f"{path}: {message}"
    value = "" if error["type"] == "missing" else f" value {error['input']!r}:"
    return f"{path}: {'.'.join(place)}:{value} {message}"


def matching_files(root: Path, file: Path) -> list[Path]:
    """Return a file below a directory, or those that match a pattern with * in natural order.

    Raises CollectError for a pattern that finds none.
    """
    if "*" not in str(file):
        return [root / file]
    base, pattern = (Path("/"), str(file)[1:]) if file.is_absolute() else (root, str(file))
    if not (found := sorted(base.glob(pattern), key=natural_order)):
        raise CollectError(f"{root / file} finds no file")
    return found


def natural_order(path: Path) -> list:
    """Return a key that sorts run_2 before run_10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(path))]


def collection_settings(study: Study) -> dict:
    """Return the settings of a study that a store depends on."""
    keys = {"selections", "box_angstrom", "interval_ps", "from_ps", "wrapped", "target_ns"}
    keys |= {"topology_format", "format", "atom_style", "lammps_units", "axis", "periodic_z"}
    chosen = study.model_dump(mode="json", include=keys | {"charges_e", "lennard_jones"})
    if study.elements:
        chosen["elements"] = dict(study.elements)
    options = {name: getattr(study.analysis, name) for name in COLLECTION_OPTIONS}
    return chosen | {"options": options}
