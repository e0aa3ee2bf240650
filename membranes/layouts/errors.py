"""Errors about charge layouts and titrations, each with its exit code."""


class LayoutError(ValueError):
    """A layout that does not exist or that the network cannot hold."""

    exit_code = 78


class TitrationError(ValueError):
    """A titration that cannot be, or that a network has too few sites for."""

    exit_code = 78
