"""Errors of runs and bundles that a user can act on, each with its exit code."""


class BundleError(ValueError):
    """A bundle on disk is incomplete or damaged."""

    exit_code = 78


class SettingsError(ValueError):
    """Settings contradict each other, or do not fit the system that they are for."""

    exit_code = 78


class MisplacedError(ValueError):
    """A value that does not belong where it stands; ``place`` leads to it from its block."""

    def __init__(self, place: tuple[str | int, ...], words: str) -> None:
        super().__init__(words)
        self.place = place


class InputsChanged(ValueError):
    """A run cannot go on with other inputs than it was started with."""

    exit_code = 78


class PhysicsError(RuntimeError):
    """A simulation blew up; repeating it from the same state does not help."""

    exit_code = 65


class TryAgain(RuntimeError):
    """A run had to stop early without an error; the same call continues it."""

    exit_code = 75


class CardError(TryAgain):
    """The GPU or its driver failed; perhaps by itself, perhaps by what the simulation did to it."""
