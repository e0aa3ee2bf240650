import os
import sys
import time
from dataclasses import replace

import pytest

from workflow.jobs.members import Process, run_members

PYTHON = sys.executable
STOPPABLE = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def member(tmp_path):
    """Function that makes a member of a few lines of Python."""

    def make(name: str, code: str) -> Process:
        return Process(name, [PYTHON, "-c", code], tmp_path / "logs" / f"{name}.log")

    return make


def run(members, slots=4, **options):
    said = []
    codes = run_members(members, slots, environment=os.environ, log=said.append, **options)
    return codes, said


def test_each_has_its_own_end_and_its_own_log(member):
    codes, said = run(
        [
            member("sound", "print('fine')"),
            member("blown up", "import sys; print('NaN'); sys.exit(65)"),
            member("killed", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
            member("last", "import time; time.sleep(0.5); print('late')"),
        ]
    )
    assert codes == {"sound": 0, "blown up": 65, "killed": -9, "last": 0}
    assert any("killed: killed by SIGKILL" in line for line in said)


def test_logs_are_appended(member):
    one = member("one", "print('fine')")
    run([one])
    run([one])
    assert one.log.read_text() == "fine\nfine\n"


def test_no_more_at_once_than_there_are_slots(member, tmp_path):
    counting = f"""
import os, pathlib, time
mine = pathlib.Path({str(tmp_path)!r}) / f"at_work_{{os.getpid()}}"
mine.touch()
time.sleep(0.3)
print(len(list(mine.parent.glob("at_work_*"))))
mine.unlink()
"""
    members = [member(str(number), counting) for number in range(5)]
    codes, _ = run(members, slots=2)
    assert set(codes.values()) == {0}
    assert max(int(one.log.read_text()) for one in members) == 2


def test_all_are_asked_to_stop_and_none_is_begun_any_more(member):
    first, second = member("first", STOPPABLE), member("second", STOPPABLE)

    def stop() -> bool:
        return first.log.exists() and "ready" in first.log.read_text()

    began = time.monotonic()
    codes, _ = run([first, second], slots=1, stop=stop)
    assert codes == {"first": 75, "second": 75} and not second.log.exists()
    assert time.monotonic() - began < 30


def test_a_member_that_does_not_stop_is_killed_after_a_while(member):
    deaf = STOPPABLE.replace("sys.exit(75)", "None")
    one = member("one", f"{deaf}\ntime.sleep(60)")

    def stop() -> bool:
        return one.log.exists() and "ready" in one.log.read_text()

    began = time.monotonic()
    codes, _ = run([one], stop=stop, grace_s=0.5)
    assert codes == {"one": -9} and time.monotonic() - began < 30


def test_a_lost_service_costs_no_member_and_they_go_on_one_at_a_time(member, tmp_path):
    """Each member fails once unless it is alone, as after a daemon that died."""
    flag = tmp_path / "service"
    flag.touch()
    code = f"""
import os, pathlib, sys, time
here = pathlib.Path({str(tmp_path)!r})
if "ALONE" not in os.environ:
    (here / "service").unlink(missing_ok=True)
    sys.exit(1)
print(len(list(here.glob("alone_*"))))
mine = here / f"alone_{{os.getpid()}}"
mine.touch()
time.sleep(0.3)
mine.unlink()
"""
    members = [member(str(number), code) for number in range(3)]
    codes, said = run(members, shared=flag.exists, alone=os.environ | {"ALONE": "1"}, slots=3)
    assert codes == {"0": 0, "1": 0, "2": 0}
    assert any("gone" in line for line in said)
    assert {one.log.read_text() for one in members} == {"0\n"}


def test_a_member_that_fails_for_good_is_not_begun_again_when_the_service_is_lost(member):
    one = member("one", "import sys; print('blown up'); sys.exit(65)")
    codes, _ = run([one], shared=lambda: False)
    assert codes == {"one": 65} and one.log.read_text() == "blown up\n"


def test_members_that_a_fault_dragged_down_are_begun_again_by_themselves(member, tmp_path):
    """One process faults, and with it all on the card; alone, only that one does."""
    code = f"""
import os, pathlib, sys, time
name, here = sys.argv[1], pathlib.Path({str(tmp_path)!r})
others = list(here.glob("at_work_*"))
mine = here / f"at_work_{{name}}"
mine.touch()
time.sleep(0.5)
mine.unlink()
print("alone" if not others else "together")
sys.exit(74 if name == "faulty" or "ALONE" not in os.environ else 0)
"""
    members = [
        replace(one, command=[*one.command, one.name])
        for one in (member(name, code) for name in ("good", "faulty", "better"))
    ]
    codes, said = run(members, slots=3, lonely=(74,), alone=os.environ | {"ALONE": "1"})
    assert codes == {"good": 0, "faulty": 74, "better": 0}
    assert [line for line in said if "by themselves" in line]
    assert all(one.log.read_text().splitlines()[-1] == "alone" for one in members)


def test_an_interrupted_caller_leaves_no_process_behind(member):
    one = member("one", STOPPABLE)

    def interrupted() -> bool:
        if one.log.exists() and "ready" in one.log.read_text():
            raise KeyboardInterrupt
        return False

    said = []
    with pytest.raises(KeyboardInterrupt):
        run_members([one], 1, environment=os.environ, stop=interrupted, log=said.append)
    pid = int(said[0].split("process ")[1].split(",")[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
