"""Synthetic stores, campaigns and runs whose numbers are known, as fixtures."""

import pytest

from tests.analysis.stores import synthetic_store, write_campaign
from tests.analysis.synthetic_run import SyntheticTrajectory


@pytest.fixture
def make_store():
    return synthetic_store


@pytest.fixture(scope="session")
def campaign(tmp_path_factory) -> dict:
    return write_campaign(tmp_path_factory.mktemp("campaign"))


@pytest.fixture
def make_campaign(tmp_path):
    return lambda name="campaign", **changes: write_campaign(tmp_path / name, **changes)


@pytest.fixture
def make_trajectory():
    return SyntheticTrajectory
