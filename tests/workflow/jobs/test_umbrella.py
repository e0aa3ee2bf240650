"""Windows of a campaign from their starts to their samples, a box of salt water as the cell."""

import shutil

import numpy as np
import pandas as pd
import pytest

from mdtools import records
from mdtools.errors import SettingsError
from mdtools.umbrella.path import Path as IonPath
from mdtools.umbrella.path import ions_of
from mdtools.umbrella.window import Samples
from tests.workflow.jobs.conftest import RUNS
from workflow.campaign.model import Campaign
from workflow.campaign.stages import WINDOW, members
from workflow.jobs.stages import Member, advance

CHANGES = RUNS | {
    "trials": 1,
    "cell.minimisation_steps": 20,
    "umbrella.ions": ["Na+"],
    "umbrella.spacing_angstrom": 0.5,
    "umbrella.pull_ps": 0.05,
    "umbrella.equilibration_ps": 0.08,
    "umbrella.duration_ns": 0.0002,
    "umbrella.sample_ps": 0.02,
    "umbrella.segment_ps": 0.1,
}
ION = ("pH2", "NaCl", "Na+")


@pytest.fixture
def end(bundle, monkeypatch):
    """Angstrom, where a sodium ion is; the box has neither membrane nor sheets."""
    water = IonPath(centre=0.0, faces=(-0.2, 0.2), sheets=(-1.5, 1.5))
    monkeypatch.setattr(IonPath, "of", lambda cell: water)
    z = bundle.positions[ions_of(bundle, "Na+"), 2]
    z = z - bundle.box_nm[2] * np.round(z / bundle.box_nm[2])
    return round(10 * float(z[np.abs(z).argmin()]), 2)


def test_windows_are_pulled_sampled_lengthened_and_not_moved(
    campaign_file, bundle, whole_run, end, tmp_path
):
    results = tmp_path / "results"
    shutil.copytree(bundle.directory, results / "cell/pH2/NaCl")
    (results / "transport/pH2/NaCl").mkdir(parents=True)
    (results / "transport/pH2/NaCl/trial1").symlink_to(whole_run.directory)

    def campaign(low: float, high: float, duration_ns: float = 0.0002) -> Campaign:
        ends = {"umbrella.z_angstrom": [low, high], "umbrella.duration_ns": duration_ns}
        return Campaign.read(campaign_file(CHANGES | ends))

    def brought(asked: Campaign, stage: str, *names: str) -> Member:
        member = Member(asked, results, stage, names)
        advance(member, log=lambda line: None)
        return member

    two = campaign(end - 0.5, end)
    pulled = brought(two, "pulled", *ION)
    assert pulled.made
    starts = pd.read_csv(pulled.directory / "starts.csv")
    assert starts.z_nm.to_numpy() == pytest.approx([(end - 0.5) / 10, end / 10])
    assert members(two, "umbrella") == [(*ION, "0"), (*ION, "1")]
    for names in members(two, "umbrella"):
        window = brought(two, "umbrella", *names)
        samples = Samples.read(window.directory)
        assert samples.complete and len(samples.z_nm) == 10 and window.kept
        assert np.abs(samples.z_nm - starts.z_nm[int(names[-1])]).max() < 0.25
        assert records.read(window.directory / WINDOW)["until_ps"] == pytest.approx(0.2)

    # One that is longer goes on from where it was.
    longer = brought(campaign(end - 0.5, end, 0.0003), "umbrella", *names)
    grown = Samples.read(longer.directory).z_nm
    assert len(grown) == 15 and np.array_equal(grown[:10], samples.z_nm)

    # A window more toward the permeate leaves the others; toward the feed it shifts their numbers.
    brought(campaign(end - 0.5, end + 0.5), "pulled", *ION)
    kept = {file.name: file.read_bytes() for file in (pulled.directory / "starts").iterdir()}
    assert len(kept) == 3
    with pytest.raises(SettingsError, match=r"Na\+ has windows .*, the first is window 0 at .*now"):
        brought(campaign(end - 1.0, end), "pulled", *ION)
    assert kept == {f.name: f.read_bytes() for f in (pulled.directory / "starts").iterdir()}
    shutil.rmtree(results / "umbrella")
    brought(campaign(end - 1.0, end), "pulled", *ION)
