"""Programs that stand in for those of a GPU's driver, on machines without one."""

from pathlib import Path

SERVICE = """#!/bin/sh
# A multi-process service: it runs while its pipe directory holds the file "daemon".
pipes="${CUDA_MPS_PIPE_DIRECTORY:-/tmp/nowhere}"
if [ "$1" = "-d" ]; then
    @start@
    touch "$pipes/daemon"
    exit 0
fi
read question
[ -e "$pipes/daemon" ] || { echo "Cannot find MPS control daemon process"; exit 1; }
case "$question" in
    quit) rm "$pipes/daemon" ;;
    get_server_list) echo 4242 ;;
esac
"""
SMI = """#!/bin/sh
case "$*" in
    -L) @gpus@ ;;
    *memory.free*) echo @memory@ ;;
    *name*) echo "NVIDIA Stand-in" ;;
esac
"""


def service(directory: Path, start: str = ":") -> str:
    """Write a stand-in for nvidia-cuda-mps-control; ``start`` is what it does when it starts."""
    return _program(directory / "nvidia-cuda-mps-control", SERVICE.replace("@start@", start))


def smi(directory: Path, count: int, memory_MB: int = 80_000) -> str:
    """Write a stand-in for nvidia-smi, which knows so many GPUs."""
    lines = "; ".join(
        f'echo "GPU {number}: NVIDIA Stand-in (UUID: GPU-{number:04d}-aa)"'
        for number in range(count)
    )
    text = SMI.replace("@gpus@", lines or ":").replace("@memory@", str(memory_MB))
    return _program(directory / "nvidia-smi", text)


def _program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)
