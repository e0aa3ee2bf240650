"""Tests keep nothing outside of their own directories."""

import pytest

from mdtools import cache


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What a machine is found to do is kept for these tests alone, also by their processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield
