"""Random seeds of all stages and runs, derived from the one seed of a campaign."""

import hashlib

import numpy as np


def _words(key: str | int) -> list[int]:
    digest = hashlib.sha256(f"{type(key).__name__}:{key}".encode()).digest()
    return list(np.frombuffer(digest[:16], dtype="<u4"))


def sequence(campaign_seed: int, *keys: str | int) -> np.random.SeedSequence:
    """Derive the seed sequence of one stage and run, independent of every other one.

    Parameters
    ----------
    campaign_seed : int
        The seed of the campaign file, zero or positive.
    *keys : str or int
        What the numbers are for, e.g. ``"transport", "pH7", "NaCl", 1, 12``.
    """
    spawn_key = tuple(int(word) for key in keys for word in _words(key))
    return np.random.SeedSequence(campaign_seed, spawn_key=spawn_key)


def generator(campaign_seed: int, *keys: str | int) -> np.random.Generator:
    """Derive the numpy generator of one stage and run."""
    return np.random.default_rng(sequence(campaign_seed, *keys))


def integer(campaign_seed: int, *keys: str | int) -> int:
    """Derive the positive 31-bit seed of one stage and run, as OpenMM and packmol take it.

    >>> integer(1, "transport", 0) == integer(1, "transport", 0)
    True
    >>> integer(1, "transport", 0) == integer(1, "transport", 1)
    False
    """
    return int(sequence(campaign_seed, *keys).generate_state(1)[0] % (2**31 - 2)) + 1
