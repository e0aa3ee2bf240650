import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from analysis.figures.layouts import charge_layouts
from analysis.figures.membrane import density_profile, pore_sizes
from analysis.figures.style import MPLSTYLE, color
from analysis.figures.titration import titration

STUDY_AMINES_PER_NM2, STUDY_AMINES = 4.3, 14
"""What the charge study reads off its titration figure, and places into 67 nm3 over 20 nm."""


@pytest.fixture(autouse=True)
def style():
    with plt.style.context(MPLSTYLE):
        yield


def titration_tables(volume=67.0, thickness=20.0):
    pH = np.linspace(2, 12, 21)
    curve = pd.concat(
        pd.DataFrame({"kind": kind, "pH": pH, "density_per_nm2": density})
        for kind, density in (("COO-", pH / 3), ("NH2+", STUDY_AMINES_PER_NM2 + 0 * pH))
    )
    measured = {"kind": ["NH2+", "NH2+", "COO-"], "pH": [5.18, 6.6, 7.0]}
    measured |= {"density_per_nm2": [3.881, 4.712, 2.03], "sd_per_nm2": [0.571, 0.523, 0.125]}
    used = {"kind": ["NH2+", "COO-"], "layout": "pH7", "pH": 7.0, "count": [STUDY_AMINES, 28]}
    return {
        "curves": curve.assign(thickness_nm=thickness, volume_nm3=volume),
        "measured": pd.DataFrame(measured),
        "used": pd.DataFrame(used),
    }


def quantities(name, values, **others):
    rows = [(f"net{k}", name, v) for k, v in enumerate(values)]
    rows += [(f"net{k}", key, v) for key, v in others.items() for k in range(3)]
    return pd.DataFrame(rows, columns=["network", "quantity", "value"])


def curves(x, y, column_x, column_y, networks=3):
    return pd.concat(
        pd.DataFrame({"network": f"net{k}", column_x: x, column_y: y * (1 + 0.1 * k)})
        for k in range(networks)
    )


def density_figure(networks=3):
    z = np.arange(-29.5, 30)
    density = curves(z, 0.8 * (np.abs(z) < 25), "z_angstrom", "density_g_cm3", networks)
    dense = {"dense_low_nm": -2.5, "dense_high_nm": 2.4}
    table = quantities("dense_density_g_cm3", [0.7, 0.8, 0.9][:networks], **dense)
    return density_profile(density, table)


def layout_tables():
    rng = np.random.default_rng(0)
    plan = {"pH2": {"NH2+": 14}, "pH7": {"NH2+": 14, "COO-": 28}, "pH10": {"COO-": 30}}
    net = {"pH2": 14, "pH7": -14, "pH10": -30}
    groups = pd.concat(
        pd.DataFrame(
            {
                "layout": name,
                "kind": kind,
                "x_angstrom": rng.uniform(0, 52, count),
                "z_angstrom": rng.uniform(-25, 25, count),
            }
        )
        for name, kinds in plan.items()
        for kind, count in kinds.items()
    )
    layouts = pd.DataFrame(
        {
            "network": "net0",
            "layout": name,
            "kind": kind,
            "count": count,
            "net_charge_e": net[name],
            "dense_low_angstrom": -24.0,
            "dense_high_angstrom": 25.0,
        }
        for name, kinds in plan.items()
        for kind, count in kinds.items()
    )
    z = np.arange(-29.5, 30)
    density = pd.DataFrame({"z_angstrom": z, "density_g_cm3": 0.8 * (np.abs(z) < 25)})
    return {"groups": groups, "density": density, "layouts": layouts}


def words(figure):
    return " ".join(text.get_text() for text in figure.findobj(plt.Text))


def test_right_axis_of_titration_gives_the_study_its_fourteen_amines():
    axes = titration(**titration_tables()).get_axes()[0]
    (beside,) = axes.child_axes
    axes.figure.draw_without_rendering()
    low, high = beside.get_ylim()
    scale = (high - low) / np.ptp(axes.get_ylim())
    assert round(scale * STUDY_AMINES_PER_NM2) == STUDY_AMINES
    squares = next(line for line in axes.get_lines() if line.get_marker() == "s")
    assert squares.get_ydata() * scale == pytest.approx([STUDY_AMINES])


def test_titration_shows_every_measured_point_with_its_error_and_counts_them():
    figure = titration(**titration_tables())
    amines = figure.get_axes()[0]
    (bars,) = amines.containers
    points, _, (stems,) = bars
    assert points.get_xdata() == pytest.approx([5.18, 6.6])
    lengths = [np.ptp(segment[:, 1]) / 2 for segment in stems.get_segments()]
    assert lengths == pytest.approx([0.571, 0.523])
    assert "NH₂⁺ n = 2, COO⁻ n = 1" in figure.caption
    assert "fit" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_titration_refuses_two_volumes_for_one_axis():
    tables = titration_tables()
    tables["curves"] = tables["curves"].assign(volume_nm3=np.r_[67.0, np.full(41, 60.0)])
    with pytest.raises(ValueError, match="volume_nm3 has the values .*60.*67.*allowed is one"):
        titration(**tables)


def test_layout_histograms_hold_all_groups_and_titles_their_charge():
    figure = charge_layouts(**layout_tables())
    panels = {axes.get_title(loc="left"): axes for axes in figure.get_axes() if axes.get_visible()}
    assert {"pH2 (+14 e)", "pH7 (−14 e)", "pH10 (−30 e)"} <= set(panels)
    steps = panels["pH7 (−14 e)"].patches
    outlines = {to_rgb(p.get_edgecolor()): p for p in steps if not p.get_fill()}
    for kind, count in (("NH2+", 14), ("COO-", 28)):
        assert outlines[to_rgb(color(kind))].get_data().values.sum() == count


def test_groups_are_seen_from_the_side_at_their_own_places():
    tables = layout_tables()
    below = [axes for axes in charge_layouts(**tables).get_axes() if axes.get_visible()][3:]
    own = tables["groups"].query("layout == 'pH10'")
    drawn = next(line for line in below[-1].get_lines() if line.get_color() == color("COO-"))
    assert drawn.get_xdata() == pytest.approx(own.z_angstrom.to_numpy())
    assert drawn.get_ydata() == pytest.approx(own.x_angstrom.to_numpy())


def test_dry_densities_have_mean_sd_and_n_and_no_number_in_water_beside_them():
    figure = density_figure()
    axes = figure.get_axes()[0]
    mean = next(c for c in axes.collections if len(c.get_paths()) == 1 and c.get_linestyle()[0][1])
    ((left, height), (right, _)) = mean.get_segments()[0]
    assert (left, right, height) == pytest.approx((-25, 24, 0.8))
    assert "n = 3 networks" in figure.caption
    assert "0.800 ± 0.100 g cm⁻³, dry" in figure.caption and "study" not in words(figure)


def test_several_networks_have_a_mean_and_one_has_none():
    def thick(figure):
        return [line for line in figure.get_axes()[0].get_lines() if line.get_linewidth() > 1.3]

    several, one = density_figure(), density_figure(networks=1)
    (mean,) = thick(several)
    assert mean.get_ydata().max() == pytest.approx(0.8 * 1.1)
    assert len(thick(one)) == 1 and "mean of networks" not in words(one)
    assert "n = 1 network." in one.caption and "0.700 g cm⁻³" in one.caption


def test_pore_sizes_mark_the_mean_and_leave_out_the_empty_tail():
    d = np.linspace(0.1, 30, 300)
    pores = curves(d, np.exp(-((d - 4) ** 2)), "diameter_angstrom", "density_per_angstrom")
    pores = pores.assign(probe_angstrom=3.314)
    figure = pore_sizes(pores, quantities("mean_pore_diameter_angstrom", [3, 4, 5]))
    axes = figure.get_axes()[0]
    assert axes.get_lines()[-1].get_xdata() == pytest.approx([4, 4])
    assert "4.00 ± 1.00 Å, dry" in figure.caption and "study" not in words(figure)
    assert 5 < axes.get_xlim()[1] < 10


def test_a_missing_quantity_is_named():
    table = quantities("dense_density_g_cm3", [0.8])
    pores = curves(np.arange(3.0), np.ones(3), "diameter_angstrom", "density_per_angstrom")
    pores = pores.assign(probe_angstrom=3.314)
    with pytest.raises(KeyError, match="no quantity 'mean_pore_diameter_angstrom', there are: den"):
        pore_sizes(pores, table)
