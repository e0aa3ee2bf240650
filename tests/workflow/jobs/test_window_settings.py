"""The job of a window goes on with one of its own settings, and refuses one of others."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from mdtools.errors import SettingsError
from mdtools.options import CellOptions, PlatformOptions, TransportOptions, UmbrellaOptions
from mdtools.umbrella.path import Path, ions_of
from mdtools.umbrella.starts import Starts
from mdtools.umbrella.window import FACTS, facts_of
from workflow.campaign.stages import WINDOW, WINDOW_START
from workflow.jobs import umbrella

PATH = Path(centre=0.0, faces=(-0.2, 0.2), sheets=(-0.9, 0.9))
OPTIONS = UmbrellaOptions(
    ions=("Na+",), equilibration_ps=0.08, duration_ns=0.0001, sample_ps=0.02, segment_ps=0.1
)
DYNAMICS = CellOptions(waters_per_reservoir=10, equilibration_ps=1, timestep_fs=2)
CPU = PlatformOptions(name="CPU", cpu_threads=1)
NAMES = ("pH7", "NaCl", "Na+", "0")


@pytest.fixture
def job(bundle, tmp_path, monkeypatch):
    """What carries out the job of one window, which has come to equilibrium before."""
    cell = bundle.save(tmp_path / "cell")
    z = cell.positions[ions_of(cell, "Na+"), 2]
    z = z - cell.box_nm[2] * np.round(z / cell.box_nm[2])
    centres = z[[np.abs(z).argmin()]]
    monkeypatch.setattr(umbrella.IonPath, "of", lambda cell: PATH)
    monkeypatch.setattr(umbrella.windows, "centres", lambda campaign: centres)
    seed = umbrella.seeds.integer(1, "pulled", *NAMES[:3])
    kept = tmp_path / "pulled" / umbrella.KEPT
    starts = Starts(cell, "Na+", PATH, centres, OPTIONS, DYNAMICS, CPU, seed, kept)
    starts.make([])
    facts = facts_of(cell, PATH, starts.read(0), centres[0], OPTIONS, DYNAMICS)
    ready = dataclasses.replace(cell, provenance={FACTS: facts}, path=None, hashes=None)
    ready.save(tmp_path / "window0" / WINDOW_START)

    def sample(options=OPTIONS, dynamics=DYNAMICS):
        campaign = SimpleNamespace(
            umbrella=options,
            cell=dynamics,
            transport=TransportOptions(duration_ns=1, segment_ps=100, timestep_fs=2),
            platform=CPU,
            seed=1,
        )
        folders = (tmp_path / name for name in ("cell", "pulled", "window0"))
        umbrella.sample(campaign, NAMES, *folders, seed=2)

    return sample


def test_a_window_of_other_settings_is_refused_with_what_to_delete(job, tmp_path):
    longer = OPTIONS.model_copy(update={"equilibration_ps": 0.2})
    thicker = DYNAMICS.model_copy(update={"friction_per_ps": 5.0})
    for changes, told in (
        ({"options": longer}, "equilibration_ps 0.08, now 0.2"),
        ({"dynamics": thicker}, "friction_per_ps 2.0, now 5.0"),
    ):
        with pytest.raises(SettingsError) as caught:
            job(**changes)
        assert str(caught.value) == (
            f"{tmp_path / 'window0'} holds a window of other settings ({told}): put them back, or "
            "delete it to have it made anew"
        )
    assert not (tmp_path / "window0" / WINDOW).exists()


def test_a_window_of_its_own_settings_is_sampled_without_another_equilibration(job, tmp_path):
    job()
    assert (tmp_path / "window0" / WINDOW).exists()
    assert not (tmp_path / "window0" / WINDOW_START / umbrella.STATE).exists()
