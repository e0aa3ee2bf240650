"""Helper process of the tests: the command line in forks of one interpreter, one after another.

A fork starts in milliseconds where a fresh interpreter needs seconds to import OpenMM. Each line of
the input is a JSON list: directory to start in, file for what is said, words of the command. Each
line of the output is an exit code.
"""

import json
import os
import sys

import workflow.jobs.stages
import workflow.jobs.transport  # noqa: F401
from workflow.cli.main import app


def command(directory: str, log: str, words: list[str]) -> int:
    """Run `polyamide` with these words in a fork; its exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        os.chdir(directory)
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for number in (1, 2):
            os.dup2(file, number)
        app(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    for line in sys.stdin:
        print(command(*json.loads(line)), flush=True)
