"""A process that measures the speed of runs: ``python -m workflow.burst.loop SPEC.json``."""

import json
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from mdtools.bundle import Bundle
from mdtools.constants import PS_PER_NS, SECONDS_PER_DAY
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs import promises, resume_check
from mdtools.runs.speed import bare_loop, plan_of, recorded_loop
from mdtools.systems.platforms import open_platform

RESUME = "resume"
READY, GO = "ready", "go"
NO_TIME = "no time left"
TOO_SHORT = "a longer segment took no longer: too short to tell on a busy machine"
BARRIER_S = 120.0
"""How long a process waits for the others of its pack."""


def measure(spec: dict) -> None:
    """Print a line of JSON for every measurement of a specification.

    Parameters
    ----------
    spec : dict
        ``bundle``: directory; ``measurements``: each with ``name``, ``kind`` (bare, recorded or
        resume), ``options``, ``platform``, and ``seconds``, or ``short_ps`` and ``long_ps``;
        ``barrier``, if any: a directory in which processes of a pack wait for each other;
        ``until``: time of the clock after which no measurement is begun; ``ns_per_day``: speed by
        which one of a given length is known not to end until then, None if not known.
    """
    began = time.perf_counter()
    bundle = Bundle.load(spec["bundle"])
    load_s = time.perf_counter() - began
    for entry in spec["measurements"]:
        if time.time() + _expected_s(spec, entry) >= spec.get("until", float("inf")):
            print(json.dumps({"name": entry["name"], "skipped": NO_TIME}), flush=True)
            continue
        platform = PlatformOptions(**entry["platform"])
        options = TransportOptions(**entry["options"])
        if entry["kind"] == RESUME:
            print(json.dumps({"name": entry["name"]} | _resume(bundle, platform)), flush=True)
            continue
        if entry["kind"] == "recorded":
            speed = recorded_loop(bundle, options, platform, entry["short_ps"], entry["long_ps"])
        else:
            plan = plan_of(bundle, options, platform)
            if "barrier" in spec:
                _meet(Path(spec["barrier"]), spec["number"])
            speed = bare_loop(plan, entry["seconds"])
        if speed.seconds <= 0:
            print(json.dumps({"name": entry["name"], "skipped": TOO_SHORT}), flush=True)
            continue
        facts = {
            "name": entry["name"],
            "platform": open_platform(platform)[0].getName(),
            "load_s": load_s,
            "ns_per_day": speed.ns_per_day,
        }
        print(json.dumps(facts | asdict(speed)), flush=True)


def _expected_s(spec: dict, entry: dict) -> float:
    """Return the least wall time of a measurement of a given length; 0 if it is not known."""
    if entry["kind"] != "recorded" or not spec.get("ns_per_day"):
        return 0.0
    ns = (entry["short_ps"] + entry["long_ps"]) / PS_PER_NS
    return ns / spec["ns_per_day"] * SECONDS_PER_DAY


def _resume(bundle: Bundle, platform: PlatformOptions) -> dict:
    """Check whether a resumed run equals one that was not stopped, and keep what was found."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        found = resume_check.check(bundle, platform, Path(scratch))
    promises.keep(found.platform, platform, found.promise)
    return {
        "platform": found.platform,
        "particles": found.particles,
        "promise": found.promise,
        "seconds": time.perf_counter() - began,
    }


def _meet(barrier: Path, number: int) -> None:
    (barrier / f"{READY}{number}").touch()
    deadline = time.monotonic() + BARRIER_S
    while not (barrier / GO).exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the other processes of the pack were not ready in {BARRIER_S:g} s")
        time.sleep(0.05)


if __name__ == "__main__":
    measure(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
