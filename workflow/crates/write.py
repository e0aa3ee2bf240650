"""A campaign's results, with campaign file, workflow, versions and seeds, as one RO-Crate.

By the profile Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/workflow/0.5): the workflow is the
main entity, and an action says that it made these results from this campaign.
"""

import importlib.metadata
import json
import mimetypes
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from mdtools import provenance, records
from mdtools.atomic import sha256
from mdtools.errors import SettingsError
from mdtools.runs.segments import DIRECTORY as SEGMENTS
from mdtools.runs.segments import FAST, FULL, THERMO
from mdtools.runs.status import MEMBRANES

WORKFLOW = Path(__file__).parents[1]
PROFILES = (
    "https://w3id.org/ro/wfrun/process/0.5",
    "https://w3id.org/ro/wfrun/workflow/0.5",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
)
KEPT = (
    "campaign.json",
    "report.html",
    "cells.csv",
    "network/*.json",
    "network/*.csv",
    "charged/*/*.json",
    "charged/*/*.csv",
    "hydrated/*/*.json",
    "hydrated/*/*.csv",
    "hydrated/*/*.npz",
    "hydrated/curves.*",
    "cell/*/*/report.json",
    "start/*/*/*/provenance.json",
    "transport/*/*/*/run.json",
    "transport/*/*/*/run-inputs.json",
    "observables/*/*/*",
    "figures/*",
    "comparison/**/*",
    "umbrella/*",
    "umbrella/*/*/*/*.csv",
    "umbrella/*/*/*/*.json",
)
"""What makes, describes and shows the results; states, leases and logs serve the machine alone."""
TRAJECTORIES = (
    *(f"transport/*/*/*/{SEGMENTS}/seg_*/{name}" for name in (FAST, FULL, THERMO, "manifest.json")),
    f"transport/*/*/*/{SEGMENTS}/segs_*.zip",
    "start/*/*/*/bundle.json",
    "start/*/*/*/topology.psf",
    "start/*/*/*/coordinates.pdb",
    "start/*/*/*/roles.csv",
)
CODE = ("rules/*.smk", "scripts/*.py")
LOCK, ENVIRONMENT = "requirements.lock", "environment.txt"
NOT_STATED = "not stated by its authors"
MEDIA = {".smk": "text/x-python", ".npz": "application/zip"}


class CrateError(ValueError):
    """A crate that does not hold what it says."""

    exit_code = 1


def write(
    results: Path, crate: Path, *, trajectories: bool = False, license: str = NOT_STATED
) -> int:
    """Write a new crate, read it again and hold it against the files; returns their number.

    Parameters
    ----------
    results : Path
        Directory results/<campaign>.
    crate : Path
        A directory, or a file that ends with .zip; it must not be there.
    trajectories : bool
        Also the frames of the runs, and the topologies that they start from.
    license : str
        Of the results, an address such as https://spdx.org/licenses/CC-BY-4.0.

    Raises
    ------
    mdtools.errors.SettingsError
        No campaign there, nothing to show yet, or something where the crate should be.
    mdtools.records.DamagedRecord
        If campaign.json or a report is not what was written.
    """
    if crate.exists():
        raise SettingsError(f"{crate} is there; name another place")
    if not (results / "campaign.json").is_file():
        raise SettingsError(f"{results} holds no campaign (campaign.json is missing)")
    campaign = records.read(results / "campaign.json")
    patterns = (*KEPT, *(TRAJECTORIES if trajectories else ()))
    each = tuple(f"{MEMBRANES}/*/{pattern}" for pattern in patterns)
    files = list(_files(results, patterns + each))
    if not any(path.is_relative_to(results / "observables") for path in files):
        raise SettingsError(f"{results} holds no observables yet: run the campaign first")
    made = ROCrate()
    with tempfile.TemporaryDirectory(prefix="polyamide_crate_") as scratch:
        _describe(made, campaign, results, files, Path(scratch))
        made.license = license
        written = Path(scratch) / "crate"
        made.write(written)
        check(written)
        crate.parent.mkdir(parents=True, exist_ok=True)
        if crate.suffix == ".zip":
            archive = shutil.make_archive(str(Path(scratch) / "packed"), "zip", written)
            shutil.move(archive, crate)
        else:
            shutil.move(written, crate)
    return len(files)


def check(crate: Path) -> None:
    """Read a crate with the library that wrote it, and hold every file against its description.

    Raises
    ------
    CrateError
        Naming what is missing, or not what it says.
    """
    read = ROCrate(crate)
    action = next((one for one in read.get_entities() if one.type == "CreateAction"), None)
    if read.mainEntity is None or action is None or action["instrument"] != read.mainEntity:
        raise CrateError(f"{crate}: no action that its workflow is the instrument of")
    described = [one for one in read.data_entities if "sha256" in one.properties()]
    for entity in described:
        path = crate / unquote(entity.id)
        if not path.is_file() or sha256(path) != entity["sha256"]:
            raise CrateError(f"{crate}: {entity.id} is missing or not what was described")
    loose = [one for one in action["result"] if isinstance(one, str)]
    if loose or not action["object"]:
        raise CrateError(f"{crate}: the action names what is not there: {', '.join(loose)}")


def _describe(
    crate: ROCrate, campaign: dict, results: Path, files: list[Path], scratch: Path
) -> None:
    """Add workflow, campaign, results and the action that joins them."""
    crate.name = f"Results of the campaign {campaign['name']}"
    crate.description = _about(campaign)
    crate.datePublished = datetime.now(UTC)
    workflow = crate.add_workflow(
        WORKFLOW / "Snakefile", "workflow/Snakefile", main=True, lang="snakemake"
    )
    workflow["name"] = "Polyamide Transport"
    workflow["version"] = importlib.metadata.version(provenance.PACKAGE)
    workflow["license"] = "https://spdx.org/licenses/BSD-3-Clause"
    if revision := provenance.revision():
        workflow["identifier"] = revision
    workflow["hasPart"] = [
        _added(crate, path, f"workflow/{path.relative_to(WORKFLOW)}")
        for path in _files(WORKFLOW, CODE)
    ]
    environment = scratch / ENVIRONMENT
    environment.write_text(installed())
    needed = [_added(crate, environment, ENVIRONMENT)]
    if (lock := WORKFLOW.parent / LOCK).is_file():
        needed.append(_added(crate, lock, LOCK))
    workflow["softwareRequirements"] = needed
    entities = {path: _added(crate, path, str(path.relative_to(results))) for path in files}
    settings = entities.pop(results / "campaign.json")
    settings["name"] = "Campaign, every default filled in"
    seed = crate.add(
        ContextEntity(
            crate,
            "#seed",
            {"@type": "PropertyValue", "name": "seed", "value": str(campaign["seed"])},
        )
    )
    action = crate.add(
        ContextEntity(
            crate,
            "#campaign",
            {
                "@type": "CreateAction",
                "name": f"polyamide run: campaign {campaign['name']}",
                "endTime": _time(max(path.stat().st_mtime for path in files)),
                "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
            },
        )
    )
    action["instrument"] = workflow
    action["object"] = [settings, seed]
    action["result"] = list(entities.values())
    crate.root_dataset["mentions"] = [action]
    crate.root_dataset["conformsTo"] = [
        crate.add(ContextEntity(crate, one, {"@type": "CreativeWork", "version": one[-3:]}))
        for one in PROFILES
    ]


def installed() -> str:
    """List the installed packages, name==version, sorted."""
    found = {dist.metadata["Name"]: dist.version for dist in importlib.metadata.distributions()}
    lines = (f"{name}=={found[name]}\n" for name in sorted(found, key=str.lower))
    return "".join(lines)


def _about(campaign: dict) -> str:
    stamp = f" Stamped {campaign['stamp']}." if campaign.get("stamp") else ""
    layouts, salts = ", ".join(campaign["layouts"]), ", ".join(campaign["salts"])
    several = campaign.get("membranes")
    each = f"each of {len(several)} membranes, seed" if several else "each, seed"
    return (
        f"Ions through polyamide membranes by molecular dynamics: charge layouts {layouts}, salts "
        f"{salts}, {campaign['trials']} trials of {campaign['transport']['duration_ns']:g} ns "
        f"{each} {campaign['seed']}.{stamp} Assumptions and intervals: report.html."
    )


def _added(crate: ROCrate, path: Path, name: str) -> Any:
    kind = MEDIA.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    described: dict[str, Any] = {
        "name": name,
        "contentSize": str(path.stat().st_size),
        "sha256": sha256(path),
    }
    if kind:
        described["encodingFormat"] = kind
    if path.suffix == ".json" and path.parent.parent.parent.name == "observables":
        about = json.loads(path.read_text(encoding="utf-8"))
        described["description"] = " ".join(about.get("definitions", {}))
    return crate.add_file(path, name, properties=described)


def _files(root: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that fit, none twice, none hidden."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    yield from sorted(path for path in found if not path.name.startswith("."))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
