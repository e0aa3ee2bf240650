"""Errors about networks, each with its exit code."""


class NetworkError(ValueError):
    """A network on disk or in memory that contradicts itself."""

    exit_code = 78


class PackedError(NetworkError):
    """A packed network that is missing, damaged or of another schema."""

    exit_code = 78
