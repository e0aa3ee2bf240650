"""Helper process of the tests: equilibrates a cell and kills that at any moment until it is done.

usage: kills.py PICKLE STATE SEED; the pickle has cell, options and the steps before them.

A fork starts in milliseconds where a fresh interpreter needs seconds to import OpenMM. Nothing
here opens a Context before forking.
"""

import os
import pickle
import random
import signal
import sys
import time
from pathlib import Path

from mdtools.cells import dynamics
from mdtools.cells.equilibrate import equilibrate
from mdtools.options import PlatformOptions

AFTER_A_STATE_S = 0.3
"""A life ends within this of the first state that it writes."""


def kill(cell, options, state: Path, seed: int) -> int:
    """Kill until done; returns how often."""
    times, hits = random.Random(seed), 0
    while True:
        before = written(state)
        pid = os.fork()
        if not pid:
            equilibrate(cell, options, PlatformOptions(name="CPU", cpu_threads=1), 8, state=state)
            os._exit(0)
        while written(state) == before and not ended(pid):
            time.sleep(0.002)
        time.sleep(times.uniform(0, AFTER_A_STATE_S))
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code == 0:
            return hits
        if code != -signal.SIGKILL:
            sys.exit(code)
        hits += 1


def written(state: Path) -> int:
    return state.stat().st_mtime_ns if state.exists() else 0


def ended(pid: int) -> bool:
    """Whether a child has ended; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


if __name__ == "__main__":
    cell, options, dynamics.SETTLING = pickle.loads(Path(sys.argv[1]).read_bytes())
    print(kill(cell, options, Path(sys.argv[2]), int(sys.argv[3])))
