"""Tests keep nothing outside of their own directories."""

import os

import pytest
from fontTools.subset import Options
from hypothesis import settings

from mdtools import cache

# Matrices of the tests are small: threads of BLAS would wait for each other, at full load. Read
# when numpy is loaded, which is later, and by all processes of the tests.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Machines that are shared or slow are no failure.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What a machine is found to do is kept for these tests alone, also by their processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session", autouse=True)
def fonts_of_glyphs_alone():
    """PDF files without the layout of their fonts, which they do not use and which takes long."""
    layout = ["GDEF", "GPOS", "GSUB"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Options, "_drop_tables_default", [*Options._drop_tables_default, *layout])
        yield
