"""Inputs of a run, which must not change after its first segment."""

from pathlib import Path

from mdtools import atomic, bundle_files
from mdtools.errors import InputsChanged
from mdtools.options import PlatformOptions
from mdtools.provenance import versions
from mdtools.runs import promises, segments
from mdtools.runs.segment import SegmentPlan
from mdtools.systems.platforms import GPU_PLATFORMS, open_platform

FILE = "run-inputs.json"
BOUND_FILES = (bundle_files.SYSTEM, bundle_files.STATE, bundle_files.ROLE_TABLE)
FREE_OPTIONS = ("duration_ns", "segments_per_chunk")
"""Options that may change in a started run: they say how far it goes, not how."""


def check(directory: Path, plan: SegmentPlan) -> None:
    """Record the inputs of a new run, or compare with those that it was started with.

    A record that is lost or damaged is made again where the run's segments say that they were made
    from the same inputs.

    Raises
    ------
    InputsChanged
        Naming every input that differs; or if the record is lost and the segments are of other
        inputs, or do not say of which.
    """
    now = _inputs(plan)
    path = directory / FILE
    kept = atomic.read_json(path)
    if not isinstance(kept, dict):
        _refuse_other_segments(directory, fingerprint(plan))
        mark = {"fingerprint": fingerprint(plan)}
        atomic.write_json(path, {**mark, **now, "versions": versions()})
        return
    if changes := _differences(_flat({key: kept.get(key) for key in now}), _flat(now)):
        raise InputsChanged(
            f"{directory} was started with other inputs: {'; '.join(changes)}. "
            "Put them back, or use another directory"
        )


def fingerprint(plan: SegmentPlan) -> str:
    """Return the SHA-256 of all inputs that may not change, for the manifest of each segment."""
    return atomic.text_sha256(atomic.json_text(_inputs(plan)))


def _refuse_other_segments(directory: Path, mark: str) -> None:
    for segment in segments.published(directory / segments.DIRECTORY):
        manifest = segments.read_manifest(segment)
        if manifest is not None and manifest.get("inputs") != mark:
            told = "were made from other inputs" if "inputs" in manifest else "do not say either"
            raise InputsChanged(
                f"{directory / FILE} is missing or damaged, so what the run was started with is "
                f"not known, and its segments {told}. Put the file back, or use another directory"
            )


def version_changes(chain: list[dict]) -> list[str]:
    """List the versions that differ from those of the last segment of a chain of manifests.

    A chain made by several versions is one sample in the statistical sense only.
    """
    if not chain:
        return []
    before = {"versions": chain[-1]["versions"]}
    return _differences(_flat(before), _flat({"versions": versions()}))


def reproducibility(platform: PlatformOptions) -> str:
    """Tell what resumed and uninterrupted runs share: "bitwise" or only "statistical" agreement.

    OpenMM sums forces in a fixed order on the Reference platform and on one CPU thread; with more
    threads, and on GPUs of another model, sums differ in the last bit. A GPU with deterministic
    forces is trusted where `mdtools.runs.resume_check` has found it bitwise.
    """
    name = open_platform(platform)[0].getName()
    if name in GPU_PLATFORMS:
        found = promises.kept(name, platform) if platform.deterministic else None
        return found or promises.STATISTICAL
    one_thread = name == "CPU" and platform.cpu_threads == 1 and platform.deterministic
    return "bitwise" if name == "Reference" or one_thread else "statistical"


def _inputs(plan: SegmentPlan) -> dict:
    # A preset of true masses does no more than its timestep says, which stands there as well.
    unsaid = set() if plan.options.heavy else {"preset"}
    options = plan.options.model_dump(mode="json", exclude={*FREE_OPTIONS, *unsaid})
    return {
        "bundle": {name: plan.bundle.sha256(name) for name in BOUND_FILES},
        "options": options,
        "seed": plan.seed,
        "key": list(plan.key),
    }


def _flat(content, prefix: str = "") -> dict:
    if not isinstance(content, dict):
        return {prefix: content}
    flat: dict = {}
    for key, value in content.items():
        flat |= _flat(value, f"{prefix}.{key}" if prefix else key)
    return flat


def _differences(before: dict, now: dict) -> list[str]:
    return [
        f"{key} was {before.get(key)}, is now {now.get(key)}"
        for key in before | now
        if before.get(key) != now.get(key)
    ]
