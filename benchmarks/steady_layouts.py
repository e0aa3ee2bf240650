"""Steady permeation of the study's charge layouts under pressure, and the time of the batch.

python -m benchmarks.steady_layouts [--bar 10] [--seeds 4]

Eight layouts, two salts of 0.1 mol/L, with the profiles of `benchmarks.twins`: mean and range over
seeds of the placement of c_permeate / c_feed, as the charge lies, evenly spread, and mirrored.
NF270 of Labban et al. (2018). Then the nominal charges of the first seed
beside the fitted one.
"""

import argparse
import time

from analysis.comparison.parameters.fitted_charge import nominal_charges
from analysis.comparison.steady import VARIANTS, steady_rejections
from analysis.continuum import Solution
from analysis.continuum.membranes import MEMBRANES
from benchmarks.twins import POROSITY, twin_of
from membranes import library
from membranes.layouts.place import lay_out
from membranes.layouts.plans import LAYOUTS

FEED = 100.0
"""mol/m3, of the experiments of the study."""
SALTS = {"NaCl": {"Na+": FEED, "Cl-": FEED}, "CaCl2": {"Ca2+": FEED, "Cl-": 2 * FEED}}


def main() -> None:
    """Print a line for each salt, charge fraction and layout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--bar", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=4)
    options = parser.parse_args()
    network = library.load("pip-tmc-2020")
    profiles = {
        f"{layout} {seed}": twin_of(
            lay_out(network, layout, seed=seed).groups, "Na+", "poisson"
        ).charge
        for layout in LAYOUTS
        for seed in range(options.seeds)
    }
    for salt, concentrations in SALTS.items():
        started = time.process_time()
        table = steady_rejections(
            profiles,
            Solution(concentrations),
            MEMBRANES["NF270"],
            porosity=POROSITY,
            pressures=1e5 * options.bar,
        )
        seconds = time.process_time() - started
        cation = table[table["ion"] == next(iter(concentrations))]
        print(
            f"{salt}, {options.bar:g} bar: {len(cation)} cases in {seconds:.1f} s of processor, "
            f"{cation['converged'].sum()} converged"
        )
        layout = cation["layout"].str.split(" ").str[0]
        groups = cation.groupby(["charge_fraction", layout, "variant"], sort=False)["permeation"]
        for (share, name), rows in groups.agg(["mean", "min", "max"]).groupby(level=[0, 1], sort=0):
            cells = (rows.loc[(share, name, variant)] for variant in VARIANTS)
            columns = (
                f"{cell['mean']:.3g} ({cell['min']:.3g}-{cell['max']:.3g})" for cell in cells
            )
            print(f"  {share:4g} {name:9s}", *columns)
    first = {name.split()[0]: profile for name, profile in profiles.items() if name.endswith(" 0")}
    table = nominal_charges(first, porosity=POROSITY, fits=["NF270"])
    print(table.drop(columns="source").round(2).to_string(index=False))


if __name__ == "__main__":
    main()
