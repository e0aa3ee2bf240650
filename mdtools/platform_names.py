"""Names of OpenMM's platforms and precisions, for whoever must not wait for OpenMM or pydantic."""

from typing import Literal, get_args

PlatformName = Literal["auto", "CUDA", "OpenCL", "HIP", "CPU", "Reference"]
Precision = Literal["mixed", "single", "double"]

PLATFORMS: tuple[str, ...] = get_args(PlatformName)
PRECISIONS: tuple[str, ...] = get_args(Precision)
