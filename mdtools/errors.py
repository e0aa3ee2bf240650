"""Errors that a user of runs and bundles meets, each with its exit code."""


class BundleError(ValueError):
    """A bundle on disk is incomplete or damaged."""

    exit_code = 78


class SettingsError(ValueError):
    """Settings that cannot be: what was asked for does not fit what it is asked of."""

    exit_code = 78


class InputsChanged(ValueError):
    """A run is asked to go on under other inputs than it was started with."""

    exit_code = 78


class PhysicsError(RuntimeError):
    """A run blew up twice from the same state; repeating it is no use."""

    exit_code = 65


class TryAgain(RuntimeError):
    """Nothing is wrong with the run, it had to stop; the same call will take it further."""

    exit_code = 75
