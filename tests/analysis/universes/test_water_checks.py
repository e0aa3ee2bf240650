"""A selection of water that is not its oxygens is told by elements and by density."""

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from analysis.reading.observer import CollectError
from analysis.universes.water_checks import check_density
from mdtools.roles import MEMBRANE, WATER_OXYGEN
from tests.analysis.universes.trajectories import SELECTIONS, refused, study_of, write_pair
from workflow.cli.main import app

BOX = np.array([3.0, 2.0, 10.0])
HALF_NM, END_NM = 1.0, 4.5
SPC_E = 33.3
"""Waters per nm3: 0.998 g/cm3 (Berendsen et al., J. Phys. Chem. 91, 6269 (1987))."""
STUDY = study_of("a.psf", "a.dcd", waters_per_nm3=33.4)


def cell(per_nm3: float, ends_nm: float = END_NM) -> tuple[np.ndarray, pd.DataFrame]:
    """A membrane about z = 0 with water on both sides, of one density wherever it is."""
    rng = np.random.default_rng(1)
    volume = 2 * (ends_nm - HALF_NM) * BOX[0] * BOX[1]
    waters = round(per_nm3 * volume)
    z = HALF_NM + (ends_nm - HALF_NM) * (np.arange(waters) + 0.5) / waters
    z *= np.where(np.arange(waters) % 2, 1, -1)
    z = np.concatenate([[-HALF_NM, HALF_NM], z])
    places = rng.uniform(0, 1, (len(z), 3)) * BOX
    places[:, 2] = z
    roles = [MEMBRANE] * 2 + [WATER_OXYGEN] * waters
    return places, pd.DataFrame({"atom": range(len(z)), "role": roles})


@pytest.mark.parametrize("factor", [0.82, 1.0, 1.18])
def test_water_of_about_the_bulk_density_is_taken(factor):
    check_density(*cell(factor * SPC_E), BOX, STUDY)


@pytest.mark.parametrize(
    ("factor", "told"), [(0.5, "16.6"), (0.25, "8.3"), (2.0, "66.6"), (3.0, "99.9")]
)
def test_a_share_of_the_waters_or_several_atoms_of_each_are_refused(factor, told):
    with pytest.raises(CollectError, match=r"water_oxygen: 'name OH2' is (\S+) atoms") as caught:
        check_density(*cell(factor * SPC_E), BOX, STUDY)
    found = float(str(caught.value).split(" is ")[1].split()[0])
    assert found == pytest.approx(float(told), rel=0.02)


def test_another_density_can_be_said_and_none_at_all():
    beads = cell(SPC_E / 4)
    check_density(*beads, BOX, STUDY.model_copy(update={"waters_per_nm3": 8.35}))
    check_density(*beads, BOX, STUDY.model_copy(update={"waters_per_nm3": None}))


@pytest.mark.parametrize("ends_nm", [HALF_NM + 1.2, HALF_NM + 0.01])
def test_without_a_reservoir_nothing_is_judged(ends_nm):
    check_density(*cell(3 * SPC_E, ends_nm), BOX, STUDY)


def test_vapour_beyond_the_surface_does_not_count():
    places, roles = cell(SPC_E)
    far = np.repeat(places[-1:], 20, axis=0)
    far[:, 2] = np.linspace(END_NM, 40, 20)
    more = pd.DataFrame({"atom": len(places) + np.arange(20), "role": WATER_OXYGEN})
    check_density(np.concatenate([places, far]), pd.concat([roles, more]), BOX, STUDY)


def test_a_known_element_that_is_not_oxygen_is_refused(tmp_path, paths):
    selections = SELECTIONS | {"water_oxygen": "name OH2 SOD", "feed_ions": {"Cl-": "name CLA"}}
    message = "'name OH2 SOD' selects 204 atoms, of which 4 Na: allowed is oxygen"
    refused(tmp_path, paths, message, selections=selections)


def test_analyse_ends_with_a_line_and_78(tmp_path, paths):
    topology, trajectory = write_pair(tmp_path, "dcd", paths)
    study = study_of(topology, trajectory).model_dump(mode="json", exclude_unset=True)
    del study["waters_per_nm3"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study))
    words = ["analyse", str(tmp_path / "study.yaml"), "--out", str(tmp_path / "out")]
    answer = CliRunner().invoke(app, words)
    assert (answer.exit_code, answer.stderr.count("\n")) == (78, 1), answer.stderr
    assert "allowed is the oxygen of every water, 33.4 per nm3" in answer.stderr
