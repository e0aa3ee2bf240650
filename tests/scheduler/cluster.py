"""A Slurm of one machine with pretended GPUs, for tests: started, broken and ended.

Needs root and Debian's packages slurmctld, slurmd, slurm-client and munge. Its configuration has to
lie in /etc/slurm, where srun looks for it inside of a job; one that is there already is another
cluster's, and is left alone. GPUs are character devices that behave as /dev/null does: Slurm counts
them, and gives each job its CUDA_VISIBLE_DEVICES.
"""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

CONFIGURATION = Path("/etc/slurm")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel")
SBIN = "/usr/sbin:/sbin"
CPUS, GPUS, MEMORY_MB = 4, 2, 100_000
PORTS = {"SlurmctldPort": 26817, "SlurmdPort": 26818}
KILL_WAIT_S = 5
"""Between the SIGTERM and the SIGKILL of a job whose time is up."""
OURS = "# of the tests of process "
NULL_DEVICE = os.makedev(1, 3)


def missing() -> str | None:
    """What a cluster cannot be started for; None if it can."""
    if os.geteuid() != 0:
        return "only root can start Slurm's daemons"
    path = os.environ["PATH"] + ":" + SBIN
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (apt-get install slurmctld slurmd munge)"
    if not _may_make_devices():
        return "no device files can be made here"
    _clear_what_a_killed_test_left()
    if (CONFIGURATION / "slurm.conf").exists():
        return f"{CONFIGURATION}/slurm.conf is there: this machine belongs to a cluster"
    return None


def _may_make_devices() -> bool:
    with tempfile.TemporaryDirectory() as place:
        try:
            os.mknod(Path(place) / "gpu", stat.S_IFCHR | 0o666, NULL_DEVICE)
        except PermissionError:
            return False
    return True


def _clear_what_a_killed_test_left() -> None:
    """End daemons whose test process is gone, and take their configuration away."""
    file = CONFIGURATION / "slurm.conf"
    first = file.read_text().partition("\n")[0] if file.exists() else ""
    if not first.startswith(OURS) or Path(f"/proc/{first.removeprefix(OURS)}").exists():
        return
    for daemon in ("slurmctld", "slurmd", "munged"):
        subprocess.run(["pkill", "-KILL", "-x", daemon], check=False)
    for name in ("slurm.conf", "gres.conf"):
        (CONFIGURATION / name).unlink(missing_ok=True)


class Cluster:
    """Daemons of a cluster with one node, and what happens to clusters.

    Parameters
    ----------
    directory : Path
        Of state, spool and logs.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.node = socket.gethostname().split(".")[0]
        self.log = directory / "daemons.log"
        self._daemons: dict[str, subprocess.Popen] = {}

    def __enter__(self) -> "Cluster":
        self._configure()
        try:
            self._start_munge()
            self.start_controller()
            self._start_node()
            self._wait_for("idle")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        if self._daemons.get("slurmctld"):
            subprocess.run(["scancel", "--user", "root", "--signal=KILL"], check=False)
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        for name in ("slurm.conf", "gres.conf"):
            (CONFIGURATION / name).unlink(missing_ok=True)

    def start_controller(self) -> None:
        """Start slurmctld, from its saved state if it has one."""
        self._daemons["slurmctld"] = self._spawn("slurmctld", "-D")

    def kill_controller(self) -> None:
        """End slurmctld as a power cut does; jobs go on."""
        self._daemons["slurmctld"].send_signal(signal.SIGKILL)
        self._daemons["slurmctld"].wait()

    def lose_node(self) -> None:
        """Declare the node down: its jobs are ended, and Slurm does not start them again."""
        self.control("update", f"NodeName={self.node}", "State=DOWN", "Reason=lost")

    def regain_node(self) -> None:
        """Put the node to work again, unless its daemon has already reported it fit."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.control("update", f"NodeName={self.node}", "State=RESUME")
        self._wait_for("idle", "mixed", "allocated")

    def limit(self, job: str, minutes: int) -> None:
        """Set the walltime of a job, once the controller answers."""
        self._wait_for("idle", "mixed", "allocated")
        self.control("update", f"JobId={job}", f"TimeLimit={minutes}")

    def control(self, *words: str) -> str:
        """What scontrol says."""
        return _said("scontrol", *words)

    def cancel(self, job: str) -> None:
        """End a job as its owner can."""
        _said("scancel", job)

    def jobs(self) -> dict[str, str]:
        """State of every job that the controller remembers, by its number."""
        lines = _said("squeue", "--noheader", "--states=all", "--format=%i %T").splitlines()
        return dict(line.split() for line in lines)

    def _configure(self) -> None:
        for name in ("state", "spool", "munge"):
            (self.directory / name).mkdir(parents=True)
        devices = [self.directory / f"gpu{k}" for k in range(GPUS)]
        for device in devices:
            os.mknod(device, stat.S_IFCHR | 0o666, NULL_DEVICE)
        CONFIGURATION.mkdir(exist_ok=True)
        settings = PORTS | {
            "ClusterName": "pretended",
            "SlurmctldHost": f"{self.node}(127.0.0.1)",
            "SlurmUser": "root",
            "AuthType": "auth/munge",
            "AuthInfo": f"socket={self._munge_socket}",
            "CredType": "cred/munge",
            "StateSaveLocation": self.directory / "state",
            "SlurmdSpoolDir": self.directory / "spool",
            "SlurmctldPidFile": self.directory / "slurmctld.pid",
            "SlurmdPidFile": self.directory / "slurmd.pid",
            "ProctrackType": "proctrack/linuxproc",
            "TaskPlugin": "task/none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_CPU",
            "AccountingStorageType": "accounting_storage/none",
            "JobAcctGatherType": "jobacct_gather/none",
            "GresTypes": "gpu",
            "SlurmdParameters": "config_overrides",
            "ReturnToService": 2,
            "KillWait": KILL_WAIT_S,
            # Slurm would put off jobs of a lost node by two minutes; so Snakemake sends new ones.
            "JobRequeue": 0,
            "SchedulerParameters": "batch_sched_delay=0",
            "MinJobAge": 300,
            "MpiDefault": "none",
            "PartitionName": f"gpu Nodes={self.node} Default=YES MaxTime=INFINITE State=UP",
            "NodeName": f"{self.node} NodeAddr=127.0.0.1 CPUs={CPUS}"
            f" RealMemory={MEMORY_MB} Gres=gpu:{GPUS}",
        }
        lines = [f"{OURS}{os.getpid()}"]
        lines += [f"{key}={value}" for key, value in settings.items()]
        (CONFIGURATION / "slurm.conf").write_text("\n".join(lines) + "\n")
        files = f"{self.directory}/gpu[0-{GPUS - 1}]"
        (CONFIGURATION / "gres.conf").write_text(f"NodeName={self.node} Name=gpu File={files}\n")

    @property
    def _munge_socket(self) -> Path:
        return self.directory / "munge" / "socket"

    def _start_munge(self) -> None:
        """A munged of its own, with its own key: one of the machine is left as it is."""
        place = self.directory / "munge"
        key = place / "key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        paths = {"key-file": key, "pid-file": place / "pid", "log-file": place / "log"}
        options = [f"--{name}={path}" for name, path in paths.items()]
        self._daemons["munged"] = self._spawn(
            "munged", "--foreground", "--force", f"--socket={self._munge_socket}", *options
        )
        _until(self._munge_socket.exists, "munged opens its socket", 10)

    def _start_node(self) -> None:
        self._daemons["slurmd"] = self._spawn("slurmd", "-D", "-N", self.node)

    def _spawn(self, program: str, *options: str) -> subprocess.Popen:
        found = shutil.which(program, path=os.environ["PATH"] + ":" + SBIN)
        assert found is not None, program
        with self.log.open("ab") as log:
            return subprocess.Popen([found, *options], stdout=log, stderr=log)

    def _wait_for(self, *states: str) -> None:
        def ready() -> bool:
            try:
                said = _said("sinfo", "--noheader", "--format=%T").strip().rstrip("*~#")
            except subprocess.SubprocessError:
                return False
            return said in states

        try:
            _until(ready, f"the node is {' or '.join(states)}", 60)
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.log.read_text()[-3000:]}") from error


def _said(*command: str) -> str:
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return found.stdout


def _until(true, what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.2)
