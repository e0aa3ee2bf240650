"""Record of a pack: how each of its members has ended."""

import os
from pathlib import Path

from mdtools import records
from workflow.jobs.members import CARD_FAILED, FINAL, ending


def write(record: Path, stage: str, codes: dict[str, int]) -> None:
    """Write the exit code of every member."""
    record.parent.mkdir(parents=True, exist_ok=True)
    records.write(record, {"stage": stage, "members": codes})


def again(code: int) -> bool:
    """Whether a member that ended so may end otherwise if it is started again."""
    return code < 0 or code in (os.EX_TEMPFAIL, CARD_FAILED)


def refuse_unfinished(record: Path, member: str) -> None:
    """Raise what a member of a pack ended with, if that was not success.

    Raises
    ------
    MemberFailed
        With the exit code of the member.
    """
    content = records.read_sound(record) or {}
    code = content.get("members", {}).get(member)
    if code != 0:
        raise MemberFailed(record, member, os.EX_TEMPFAIL if code is None else code)


class MemberFailed(Exception):
    """A member of a pack has failed; the pack's record says with which exit code."""

    def __init__(self, record: Path, member: str, code: int):
        super().__init__(
            f"{member} {ending(code)} in its pack; its log is {log_of(record, member)}. To let it "
            f"try again, delete {record}, and FAILED.json in its directory if there is one"
        )
        self.exit_code = code if code in (*FINAL, os.EX_TEMPFAIL) else 1


def log_of(record: Path, member: str) -> Path:
    """Return the file that the output of a member goes to."""
    return record.with_suffix("") / f"{member.replace('/', '_')}.log"
