"""Starts of trials of a campaign: small boxes of water in place of cells."""

import shutil
from pathlib import Path

import pytest

from tests.mdtools.running import bundle, options, whole_run  # noqa: F401

RUNS = {
    "layouts": ["pH2"],
    "trials": 2,
    "transport.duration_ns": 0.00008,
    "transport.segment_ps": 0.04,
    "transport.fast_every_ps": 0.004,
    "transport.full_every_ps": 0.02,
    "analysis.snapshots_ns": [0.00008],
    "analysis.mean_z_every_ns": 0.00004,
}
"""Changes of the tiny campaign: two runs, each two segments of 20 steps."""


@pytest.fixture
def started(tmp_path, bundle):  # noqa: F811
    """Function that puts a box of water where each trial starts; returns the results."""

    def put(trials: int, others: dict[int, Path] | None = None) -> Path:
        results = tmp_path / "results" / "tiny"
        for trial in range(1, trials + 1):
            source = (others or {}).get(trial, bundle.directory)
            shutil.copytree(source, results / "start" / "pH2" / "NaCl" / f"trial{trial}")
        return results

    return put
