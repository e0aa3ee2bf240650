"""CUDA's multi-process service: several processes at work on one GPU at the same time."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from mdtools.systems.gpus import VISIBLE

CONTROL = "nvidia-cuda-mps-control"
PIPES, LOGS = "CUDA_MPS_PIPE_DIRECTORY", "CUDA_MPS_LOG_DIRECTORY"
ANSWER_S = 30.0
PROBE_S = 120.0
"""How long the service may take to answer, and a first process to reach the GPU through it."""
PROBE = """
import openmm
system = openmm.System()
system.addParticle(1.0)
openmm.Context(system, openmm.VerletIntegrator(0.001), openmm.Platform.getPlatform("CUDA"))
"""
GUARD = """
import shutil, subprocess, sys
control, directory = sys.argv[1:]
if not sys.stdin.read():
    subprocess.run([control], input="quit\\n", text=True)
    shutil.rmtree(directory, ignore_errors=True)
"""
"""Ends the service when its standard input does, as that of a process that was killed; a word on it
first says that the service was ended."""


class ServiceRefused(Exception):
    """The service cannot be had; the message says why."""


class GpuSharing:
    """A context manager: a private multi-process service for the children of this process.

    It listens in a directory of its own, so that nothing else on the machine comes to use it, and
    it ends with the block; also if this process is killed in it, once no child uses it. A service
    that the environment offers (`CUDA_MPS_PIPE_DIRECTORY`, as on some clusters) is used instead,
    and left alone.

    `environment` is what children have to be started with.

    Parameters
    ----------
    control : str
        The program that starts and ends it.
    probe : sequence of str
        A command that opens the GPU through the service, and fails if it cannot. The service may
        answer while no process can reach it.

    Raises
    ------
    ServiceRefused
        On entry: no such program, not permitted, or no answer.
    """

    def __init__(
        self, control: str = CONTROL, probe: tuple[str, ...] = (sys.executable, "-c", PROBE)
    ):
        self.control, self.probe = control, probe
        self._directory: tempfile.TemporaryDirectory[str] | None = None
        self._guard: subprocess.Popen[str] | None = None
        self.environment: dict[str, str] = dict(os.environ)

    def __enter__(self) -> "GpuSharing":
        if shutil.which(self.control) is None:
            raise ServiceRefused(f"{self.control} is not installed on this machine")
        if not (os.environ.get(PIPES) and self.alive()):
            self._start()
        try:
            self._reach()
        except ServiceRefused:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._directory is None:
            return
        with suppress(ServiceRefused):
            self._ask("quit")
        if self._guard is not None:
            self._guard.communicate("ended")
            self._guard = None
        self._directory.cleanup()
        self._directory = None

    def alive(self) -> bool:
        """Whether the service answers."""
        try:
            self._ask("get_server_list")
        except ServiceRefused:
            return False
        return True

    def _start(self) -> None:
        # A socket's path has at most 107 characters, so not in the job's own directory.
        self._directory = tempfile.TemporaryDirectory(
            prefix="mps-", dir="/tmp", ignore_cleanup_errors=True
        )
        pipes, logs = Path(self._directory.name) / "pipe", Path(self._directory.name) / "log"
        for directory in (pipes, logs):
            directory.mkdir(mode=0o700)
        self.environment = dict(os.environ) | {PIPES: str(pipes), LOGS: str(logs)}
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-c", GUARD, self.control, self._directory.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                text=True,
                env=self.environment,
                start_new_session=True,
            )
            self._run([self.control, "-d"], None, ANSWER_S)
            # The service numbers the GPUs that it was left from 0 on, whatever numbers they had
            # before; UUIDs mean the same on both sides.
            if self.environment.get(VISIBLE, "GPU-").replace(",", "").isdigit():
                del self.environment[VISIBLE]
            self._ask("get_server_list")
        except ServiceRefused:
            self.__exit__()
            raise

    def _reach(self) -> None:
        try:
            self._run(list(self.probe), None, PROBE_S)
        except ServiceRefused as error:
            raise ServiceRefused(f"no process reaches the GPU through it: {error}") from error

    def _ask(self, question: str) -> str:
        return self._run([self.control], question + "\n", ANSWER_S)

    def _run(self, command: list[str], text: str | None, seconds: float) -> str:
        name = Path(command[0]).name
        # The daemon keeps what it inherits, so its output goes to a file: a pipe would not end.
        with tempfile.TemporaryFile("w+") as output:
            try:
                done = subprocess.run(
                    command,
                    input=text,
                    stdin=subprocess.DEVNULL if text is None else None,
                    stdout=output,
                    stderr=output,
                    text=True,
                    env=self.environment,
                    timeout=seconds,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise ServiceRefused(f"{name} gave no answer in {seconds:g} s") from None
            except OSError as error:
                raise ServiceRefused(f"{name}: {error.strerror or error}") from error
            output.seek(0)
            said = output.read().strip()
        if done.returncode:
            last = said.splitlines()[-1] if said else f"exit code {done.returncode}"
            raise ServiceRefused(f"{name}: {last}")
        return said
