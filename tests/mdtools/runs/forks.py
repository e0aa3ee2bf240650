"""Helper process of the tests: forks a run and does to it what a cluster does.

A fork starts in milliseconds where a fresh interpreter needs seconds to import OpenMM. Nothing
here opens a Context before forking. Each line of the input is a JSON list: file for what is said,
one of kill, signal, twice, suspend and limit, path of the bundle, of the run, its options as JSON,
and a number. Each line of the output is an exit code.
"""

import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

from mdtools import Run
from mdtools.errors import TryAgain
from mdtools.options import PlatformOptions, TransportOptions
from mdtools.runs.stopping import stop_on_signals

ANY_MOMENT_S = 0.3
"""A share of the lives ends at any moment of this first stretch, start-up included."""
AFTER_PUBLISHING_S = 0.03
"""The other lives end within this of the first segment that they publish."""
HEARTBEAT_S = 0.5
"""Of runs that are stopped for longer than a lease holds."""
KEY = ("transport", "pH7", "NaCl", 1)


def advance(bundle: str, directory: str, options: str) -> int:
    """Run to the end; the exit code."""
    chosen = TransportOptions(**json.loads(options))
    platform = PlatformOptions(name="CPU", cpu_threads=1)
    run = Run(
        directory, bundle, chosen, seed=7, key=KEY, platform=platform, heartbeat_s=HEARTBEAT_S
    )
    try:
        with stop_on_signals() as stop:
            run.advance(chosen.duration_ns * 1000, stop)
    except TryAgain as reason:
        print(reason, flush=True)
        return reason.exit_code
    return 0


def forked(arguments: list[str], prepare=None) -> int:
    pid = os.fork()
    if pid:
        return pid
    if prepare is not None:
        prepare()
    try:
        os._exit(advance(*arguments))
    except KeyboardInterrupt:
        os._exit(128 + signal.SIGINT)


def kill(arguments: list[str], seed: int) -> int:
    """SIGKILL the run at random times until it is complete; prints how often it was hit.

    Most kills wait for progress, so that their number depends little on the machine's speed.
    """
    times, hits = random.Random(seed), 0
    while True:
        before = published(arguments)
        pid = forked(arguments)
        if times.random() < 0.25:
            time.sleep(times.uniform(0, ANY_MOMENT_S))
        else:
            while published(arguments) == before and not ended(pid):
                time.sleep(0.002)
            time.sleep(times.uniform(0, AFTER_PUBLISHING_S))
        os.kill(pid, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if code == 0:
            print(hits)
            return 0
        if code != -signal.SIGKILL:
            return code
        hits += 1


def published(arguments: list[str]) -> int:
    """Number of segments that are on disk."""
    return len(list((Path(arguments[1]) / "segments").glob("seg_*")))


def ended(pid: int) -> bool:
    """Whether a child has ended; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def send(arguments: list[str], number: int) -> int:
    """Send a signal once the first segment is published; the exit code of the run."""
    pid = begun(arguments)
    os.kill(pid, number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def twice(arguments: list[str], number: int) -> int:
    """Send a signal and at once another one, as who loses patience; the exit code of the run."""
    pid = begun(arguments)
    os.kill(pid, number)
    time.sleep(0.001)
    os.kill(pid, number)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def suspend(arguments: list[str], seconds: int) -> int:
    """Stop the run for so long, while a twin takes over; the exit code of the first one."""
    first = begun(arguments)
    os.kill(first, signal.SIGSTOP)
    time.sleep(seconds)
    code = os.waitstatus_to_exitcode(os.waitpid(forked(arguments), 0)[1])
    os.kill(first, signal.SIGCONT)
    ended = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    return code or ended


def begun(arguments: list[str]) -> int:
    """Number of a process that has published its first segment and is at work on the next."""
    pid = forked(arguments)
    while not published(arguments):
        time.sleep(0.002)
    return pid


def limit(arguments: list[str], size: int) -> int:
    """Let no file grow beyond a size; the exit code of the run."""

    def prepare():
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))

    pid = forked(arguments, prepare)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


MODES = {"kill": kill, "signal": send, "twice": twice, "suspend": suspend, "limit": limit}


def done(log: str, mode: str, *words) -> int:
    """Do that in a fork; the exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT)
        for stream in (1, 2):
            os.dup2(file, stream)
        *run, number = words
        code = MODES[mode](run, number)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        print(done(*json.loads(line)), flush=True)
