"""Limits of the analysis that the check of a campaign file knows, too: quick to load."""

AREA_MAY_CHANGE = 0.02
"""Largest change of a lateral length, as a share of it: all profiles are per one area."""

FEWEST_LAGS = 3
"""Of a fit: below it a power law has no residual that could speak against it."""
MOST_WATER_FRAMES = 2500
"""Largest number of frames in which water is stored: more of them would fill the memory."""
AREA_MAY_CHANGE = 0.02
"""Largest change of a lateral length, as a share of it: all profiles are per one area."""


def water_stride(frames: int) -> int:
    """Return the stride of frames in which water is stored, a power of two in every trial.

    >>> water_stride(100), water_stride(MOST_WATER_FRAMES + 1), water_stride(50_000)
    (1, 2, 32)
    """
    every = 1
    while frames > every * MOST_WATER_FRAMES:
        every *= 2
    return every
