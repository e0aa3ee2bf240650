"""A file that describes trajectories of another program, with a line for each fault of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from workflow.cli.terminal import refuse

if TYPE_CHECKING:
    from analysis.universes.study import Study


def read_study(command: str, path: Path) -> "Study":
    """Read a study; a wrong one ends the command with a line for each fault and code 78."""
    from analysis.universes.study import Study, in_lists
    from mdtools.errors import SettingsError
    from workflow.campaign.faults import YamlSource, as_json, errors, from_pydantic

    try:
        source = YamlSource.open(path, "study")
    except SettingsError as error:
        raise refuse(f"{command}: {error}") from None
    data = in_lists(source.data)
    faults = source.repeated_keys() + [from_pydantic(Study, error) for error in errors(Study, data)]
    if not faults:
        study = Study.model_validate_json(as_json(data), strict=True)
        faults = _missing(study, path.parent)
    if faults:
        raise refuse("\n".join(source.messages(faults)))
    return study.resolved(path.parent)


def _missing(study: "Study", root: Path) -> list:
    """Return a fault for each file that a study names and that is not there."""
    from analysis.reading.errors import CollectError
    from analysis.universes.study import matching_files
    from workflow.campaign.faults import Fault

    faults = []
    if not (root / study.topology).is_file():
        faults.append(Fault(("topology",), _is_not_there(root / study.topology)))
    for trial, files in study.trials.items():
        for index, file in enumerate(files):
            place = ("trials", trial, index)
            try:
                lost = [path for path in matching_files(root, file) if not path.is_file()]
            except CollectError as error:
                faults.append(Fault(place, str(error)))
                continue
            faults += [Fault(place, _is_not_there(path)) for path in lost]
    return faults


def _is_not_there(path: Path) -> str:
    return f"{path} is a directory, not a file" if path.is_dir() else f"{path} does not exist"
