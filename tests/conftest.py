"""Tests keep nothing outside of their own directories."""

import pytest
from hypothesis import settings

from mdtools import cache

# Machines that are shared or slow are no failure.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What a machine is found to do is kept for these tests alone, also by their processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield
