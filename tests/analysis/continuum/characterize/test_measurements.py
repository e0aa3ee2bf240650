"""Tables of measurements are read in any of their units, and refused in one clear line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.continuum import Ion
from analysis.continuum.characterize import Measurements, MeasurementsError
from analysis.continuum.species import IONS

HEAD = "membrane,feed,flux_um_s,temperature_C,ion,rejection,sd,feed_Na+_mol_m3,feed_Cl-_mol_m3"
GOOD = "M,salt,5,25,Na+,0.4,0.02,10,10"


def read(tmp_path, *lines, columns=None, **others):
    path = tmp_path / "nf.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Measurements.read(path, columns, **others)


def test_several_feeds_temperatures_and_drives_share_a_file(tmp_path):
    data = read(
        tmp_path,
        "membrane,feed,series,flux_lmh,pressure_bar,temperature_C,ion,rejection_percent,"
        "feed_Na+_mg_L,feed_Mg2+_mg_L,neutralise_by,note",
        "M,a,pH 7,18,4,20,Na+,40,230,,Cl-,first",
        "M,b,pH 3,,8,35,Mg2+,70,,243.05,Cl-,second",
        "M,,,36,5,25,,,,,,pure water",
    )
    assert data.flux == pytest.approx([5e-6, np.nan, 1e-5], nan_ok=True)
    assert data.pressure == pytest.approx([4e5, 8e5, 5e5])
    assert data.rejection == pytest.approx([0.4, 0.7, np.nan], nan_ok=True)
    assert [point.temperature for point in data.points] == pytest.approx([293.15, 308.15, 298.15])
    assert (data.series, data.ions) == (("pH 7", "pH 3", ""), ("Na+", "Mg2+"))
    assert dict(data.points[1].composition)[IONS["Cl-"]] == pytest.approx(20.0)
    assert dict(data.points[0].composition)[IONS["Na+"]] == pytest.approx(10.0, rel=1e-3)
    assert data.points[2].ion is None
    assert data.table()["line"].tolist() == [2, 3, 4]


def test_a_wide_table_with_headings_of_its_own_is_mapped_by_a_yaml_file(tmp_path):
    columns = tmp_path / "columns.yaml"
    columns.write_text(
        "membrane: {value: NF270}\n"
        "pressure: {column: P, unit: bar}\n"
        "flux: {column: Jw, unit: um/s}\n"
        "temperature: {value: 293.15, unit: K}\n"
        "rejection:\n"
        "  lithium: {column: R_Li, unit: percent}\n"
        "  Mg2+: {column: R_Mg, unit: fraction}\n"
        "sd: {value: 2, unit: percent}\n"
        "feed: {value: salt-lake}\n"
        "feeds: {salt-lake: {lithium: 49.0, Mg2+: 84.3, neutralise_by: Cl-}}\n"
        "ions: {lithium: Li+}\n"
    )
    data = read(tmp_path, "P,Jw,R_Li,R_Mg,remark", "6,8.05,-20.7,0.521,x", columns=columns)
    assert data.rejection == pytest.approx([-0.207, 0.521])
    assert data.sd == pytest.approx([0.02, 0.02])
    assert data.ions == ("Li+", "Mg2+")
    assert dict(data.points[0].composition)[IONS["Cl-"]] == pytest.approx(217.6)
    assert (data.flux[0], data.pressure[0]) == pytest.approx((8.05e-6, 6e5))


def test_a_permeate_concentration_stands_for_a_rejection(tmp_path):
    data = read(
        tmp_path,
        "membrane,flux_m_s,ion,permeate_mg_L,sd_mg_L,feed_Na+_mg_L,feed_Cl-_mol_m3,neutralise_by",
        "M,5e-6,Na+,58,4.6,230,,Cl-",
    )
    assert data.rejection[0] == pytest.approx(1 - 58 / 230)
    assert data.sd[0] == pytest.approx(0.02)


def test_an_ion_of_ones_own(tmp_path):
    silver = Ion("Ag+", 1, 1.648e-9, 0.149e-9)
    head = HEAD.replace("Na+", "Ag+")
    with pytest.raises(MeasurementsError, match=r"line 2, column 'ion': 'Ag\+'"):
        read(tmp_path, head, GOOD.replace("Na+", "Ag+"))
    data = read(tmp_path, head, GOOD.replace("Na+", "Ag+"), ions=[silver])
    assert data.points[0].ion == silver


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((HEAD.replace("um_s", "lhm"), GOOD), "line 1, column 'flux_lhm': unknown heading"),
        ((HEAD, GOOD.replace("0.4", "1.4")), r"line 2, column 'rejection': 1.4, .* percent"),
        ((HEAD, GOOD.replace("0.4", "high")), "line 2, column 'rejection': 'high', .* a number"),
        ((HEAD, GOOD.replace("0.02", "0")), "line 2, column 'sd': 0, allowed is positive"),
        ((HEAD, GOOD.replace("Na+", "Na")), r"column 'ion': 'Na', .* did you mean 'Na\+'"),
        ((HEAD, GOOD.replace("Na+", "Mg2+")), r"rejection of Mg2\+, allowed is an ion of the feed"),
        ((HEAD, GOOD.replace("Na+", "")), "column 'ion': empty, allowed is the ion whose"),
        ((HEAD, GOOD, GOOD), r"line 3: rejection of Na\+ again, .* line 2"),
        ((HEAD, GOOD[:-1] + "2"), "line 2, .*: feed is not neutral, its charges sum to -2"),
        ((HEAD, GOOD.replace("M,salt,5", "M,salt,-5")), "column 'flux_um_s': -5, .* positive"),
        ((HEAD, GOOD.replace("M,salt,5", "M,salt,")), "line 2: no flux and no pressure"),
        ((HEAD, GOOD.replace(",25,", ",300,")), "column 'temperature_C': 300, allowed is 0 to 100"),
        ((HEAD, GOOD, "M,salt,6,25,Na+,0.5,,10,10"), "line 3, column 'sd': empty, while line 2"),
        ((HEAD, GOOD + ",7"), "line 2: 1 cells too many"),
        (("# from a paper", HEAD, "", "# at 5 um/s", GOOD + ",7"), "line 5: 1 cells too many"),
        ((HEAD,), "no measurement"),
        (("membrane,ion,flux_um_s,rejection", "M,Na+,5,0.4"), "line 2: no composition of the feed"),
        ((HEAD, GOOD.replace(",10,10", ",-10,10")), r"column 'feed_Na\+_mol_m3': -10"),
        ((HEAD, GOOD.replace("0.02", "2")), "line 2, column 'sd': 2, .* up to 1, or the unit perc"),
        ((HEAD.replace("um_s", "m_s"), GOOD), "'flux_m_s': 5 m/s, .* is the unit right"),
        ((HEAD.replace("flux_um_s", "pressure_Pa"), GOOD), "'pressure_Pa': 5 pa, allowed is 0.001"),
        ((HEAD.replace(",", ";"), GOOD.replace(",", ";")), "line 1: cells are parted by ';'"),
        (
            (HEAD.replace("rejection,sd", "rejection_percent,sd_percent"),)
            + tuple(GOOD.replace("M,salt,5", f"M,salt,{flux}") for flux in (5, 6, 7, 8)),
            "column 'rejection_percent': no rejection is beyond 1%, allowed is the unit fraction",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_that_says_where(tmp_path, lines, message):
    with pytest.raises(MeasurementsError, match=message) as caught:
        read(tmp_path, *lines)
    assert "nf.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"flux": {"column": "J", "unit": "lhm"}}, "flux: unit 'lhm', allowed is one of m/s"),
        ({"pressure": {"column": "J", "unit": "mPa"}}, "pressure: unit 'mPa'"),
        ({"flux": {"column": "Jv", "unit": "lmh"}}, "flux: no column 'Jv', .* did you mean 'J'"),
        ({"Flux": "J"}, "Flux: unknown, .* did you mean 'flux'"),
        ({"flux": {"unit": "lmh"}}, "allowed is {column: heading} or {value: }"),
        ({"feeds": {"brine": 49.0}}, "feed brine: 49.0, allowed is a block of ions"),
    ],
)
def test_a_wrong_column_map_is_refused(tmp_path, columns, message):
    with pytest.raises(MeasurementsError, match=message):
        read(tmp_path, "J,R", "1,0.5", columns=columns)


UNITS_OF = {
    "flux": {"lmh": 3.6e6, "um_s": 1e6, "m_s": 1.0},
    "pressure": {"bar": 1e-5, "kPa": 1e-3, "MPa": 1e-6, "Pa": 1.0},
}


@given(
    flux=st.floats(1e-8, 1e-4),
    pressure=st.floats(1e3, 1e8),
    share=st.floats(-5.0, 1.0),
    celsius=st.floats(0.0, 99.9),
    salt=st.floats(0.1, 5000.0),
    units=st.tuples(*(st.sampled_from(sorted(choice)) for choice in UNITS_OF.values())),
)
def test_values_survive_any_choice_of_units(flux, pressure, share, celsius, salt, units):
    mass = 1e3 * IONS["Na+"].molar_mass * salt
    row = {
        "membrane": "M",
        "ion": "Na+",
        f"flux_{units[0]}": flux * UNITS_OF["flux"][units[0]],
        f"pressure_{units[1]}": pressure * UNITS_OF["pressure"][units[1]],
        "temperature_C": celsius,
        "rejection_percent": 100 * share,
        "feed_Na+_mg_L": mass,
        "neutralise_by": "Cl-",
    }
    data = Measurements.from_rows([row])
    assert data.flux[0] == pytest.approx(flux, rel=1e-9)
    assert data.pressure[0] == pytest.approx(pressure, rel=1e-9)
    assert data.rejection[0] == pytest.approx(share, abs=1e-9)
    assert data.points[0].temperature == pytest.approx(celsius + 273.15)
    assert dict(data.points[0].composition)[IONS["Cl-"]] == pytest.approx(salt, rel=1e-9)


def test_one_membrane_of_several_is_picked_by_name(tmp_path):
    data = read(tmp_path, HEAD, GOOD, GOOD.replace("M,", "N,"))
    assert data.of("N").membranes == ("N",)
    with pytest.raises(MeasurementsError, match="nothing of membrane 'O', there are 'M', 'N'"):
        data.of("O")
