"""Processes side by side: each has its own log and exit code, and no end disturbs the others."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK_S = 0.2
GRACE_S = 120.0
"""How long a member may take to stop after it was asked to."""
SERVICE_S = 60.0
"""How often a service is asked whether it is there while no member ends."""
CARD_FAILED = os.EX_IOERR
"""Exit code of a member whose GPU failed, for its pack alone; other processes end with 75 then."""
FINAL = (0, os.EX_DATAERR, os.EX_CONFIG)
"""Exit codes after which the same command would end in the same way: done, physics, settings."""


@dataclass(frozen=True)
class Process:
    """A command, what people call it, and where its output goes (appended)."""

    name: str
    command: Sequence[str]
    log: Path


def run_members(
    members: Sequence[Process],
    slots: int,
    *,
    environment: Mapping[str, str],
    stop: Callable[[], bool] | None = None,
    shared: Callable[[], bool] | None = None,
    alone: Mapping[str, str] | None = None,
    grace_s: float = GRACE_S,
    lonely: Sequence[int] = (),
    log: Callable[[str], None] = print,
) -> dict[str, int]:
    """Run commands, so many at a time, until each has ended; returns their exit codes by name.

    Parameters
    ----------
    slots : int
        Members at work at the same time; the others follow in order.
    stop : callable
        If true, all members are asked to stop (SIGTERM), and none is begun any more.
    shared : callable
        Whether the service that they share still answers. Once it does not, a member that ended
        without a final word is begun again, and they go on one at a time, with the environment
        ``alone``.
    grace_s : float
        How long a member may take to stop; then it is killed.
    lonely : sequence of int
        Exit codes of members that others may have dragged down: once all have ended, such members
        are begun again, one at a time.

    Returns
    -------
    dict
        Exit code of each member that was begun, negative for a signal; 75 for one that was not.
    """
    codes: dict[str, int] = {}
    waiting, at_work, again = list(members), dict[str, _AtWork](), set[str]()
    asked, dragged, looked = False, list[Process](), time.monotonic()
    try:
        while waiting or at_work or dragged:
            if not waiting and not at_work:
                log(f"once more by themselves: {', '.join(member.name for member in dragged)}")
                waiting, dragged, lonely = dragged, [], ()
                shared, slots, environment = None, 1, alone or environment
            asked = asked or _ask_to_stop(stop, at_work, log)
            while waiting and len(at_work) < slots and not asked:
                member = waiting.pop(0)
                at_work[member.name] = _AtWork(member, environment, grace_s, log)
            if asked and not at_work:
                break
            time.sleep(LOOK_S)
            ended = [name for name, process in at_work.items() if process.ended]
            lost = False
            if shared is not None and (ended or time.monotonic() - looked > SERVICE_S):
                lost, looked = not shared(), time.monotonic()
            if lost:
                log("the service that shares the GPU is gone; going on one at a time")
                shared, slots, environment = None, 1, alone or environment
                again = {*at_work}
                for name in again.difference(ended):
                    at_work[name].ask_to_stop()
            for name in ended:
                process = at_work.pop(name)
                codes[name] = process.finish()
                if name in again and codes[name] not in FINAL and not asked:
                    waiting.append(process.member)
                    again.discard(name)
                elif codes[name] in lonely and slots > 1 and not asked:
                    dragged.append(process.member)
    finally:
        for process in at_work.values():
            process.kill()
    return {member.name: codes.get(member.name, os.EX_TEMPFAIL) for member in members}


def _ask_to_stop(stop, at_work: Mapping[str, "_AtWork"], log: Callable[[str], None]) -> bool:
    if stop is None or not stop():
        return False
    log(f"asked to stop ({getattr(stop, 'reason', None) or 'by the caller'})")
    for process in at_work.values():
        process.ask_to_stop()
    return True


class _AtWork:
    """A member at work."""

    def __init__(
        self,
        member: Process,
        environment: Mapping[str, str],
        grace_s: float,
        log: Callable[[str], None],
    ):
        self.member, self._grace_s, self._log = member, grace_s, log
        self._began, self._asked = time.monotonic(), float("inf")
        member.log.parent.mkdir(parents=True, exist_ok=True)
        with member.log.open("a", encoding="utf-8") as output:
            self._popen = subprocess.Popen(
                list(member.command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )
        log(f"{member.name}: begun, process {self._popen.pid}, {member.log}")

    @property
    def ended(self) -> bool:
        """Whether it has; one that does not stop when asked to is killed after a while."""
        if time.monotonic() - self._asked > self._grace_s:
            self.kill()
        return self._popen.poll() is not None

    def ask_to_stop(self) -> None:
        self._asked = time.monotonic()
        self._popen.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self._popen.kill()
        self._popen.wait()

    def finish(self) -> int:
        seconds = time.monotonic() - self._began
        self._log(f"{self.member.name}: {ending(self._popen.returncode)} after {seconds:.0f} s")
        return self._popen.returncode


def ending(code: int) -> str:
    """Say in words how a process ended.

    >>> ending(0), ending(65), ending(-9)
    ('done', 'ended with 65 (physics)', 'killed by SIGKILL')
    """
    words = {
        0: "done",
        os.EX_DATAERR: "ended with 65 (physics)",
        os.EX_IOERR: "ended with 74 (the GPU failed)",
        os.EX_TEMPFAIL: "ended with 75 (stopped)",
        os.EX_CONFIG: "ended with 78 (settings)",
    }
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return words.get(code, f"ended with {code} (unforeseen)")
