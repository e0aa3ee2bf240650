"""Results of a campaign written by hand, whose continuum parameters are known."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

AREA_NM2 = 20.0


def write(path: Path, rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)


def dump(path: Path, what) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(what))


def network(root: Path, groups=(("COO-", -0.9), ("COO-", -0.8), ("COO-", 0.1), ("NH2+", 0.7))):
    """A layout of three acids and an amine in a dense region of 2 nm with layers of 0.5 nm."""
    dump(
        root / "network/report.json",
        {"box_nm": [4, 5, 3], "dense_region_nm": [-1.0, 1.0], "dense_volume_nm3": 40.0},
    )
    write(
        root / "charged/pH7/groups.csv",
        {"kind": [kind for kind, _ in groups], "z_nm": [z for _, z in groups]},
    )
    dump(root / "charged/pH7/report.json", {"layer_nm": 0.5})
    return root


def hydrated(root: Path):
    dump(root / "hydrated/pH7/network.json", {"box_nm": [4, 5, 3]})
    dump(
        root / "hydrated/pH7/report.json",
        {
            "thickness_nm": 2.5,
            "thickness_nm_low": 2.0,
            "thickness_nm_high": 4.0,
            "waters": 0.5 * 33.4 * 2.5 * AREA_NM2,
            "criterion_met": False,
        },
    )
    return root


def tables(root: Path, volumes=(50.0, 40.0), at=(0.25, 0.5), alpha=(1.0, 1.02), share=0.5):
    """Tables of two trials, with 4 Na+ as feed ions and 2 as counter-ions."""
    home = root / "observables/pH7/NaCl"
    trials = [str(k + 1) for k in range(len(volumes))]
    structure = [
        {"definition": "x", "place": place, "trial": trial, "quantity": quantity, "value": value}
        for k, trial in enumerate(trials)
        for place, quantity, value in (
            ("membrane", "volume_nm3", volumes[k]),
            ("membrane", "thickness_nm", volumes[k] / AREA_NM2),
            ("membrane", "water_volume_percent", 40.0),
            ("dense region", "volume_nm3", 1.0),
            ("dense region", "mean_pore_diameter_angstrom", 8.0 + k),
            ("dense region", "mode_pore_diameter_angstrom", 6.0),
            ("dense region", "limiting_z_angstrom", 4.0),
        )
    ]
    write(home / "structure.csv", structure)
    shares = [
        {"definition": d, "role": role, "species": "Na+", "site": site, "trial": trial}
        | {"at_share": a * (d == "time at groups") * (site == "COO-"), "n": n}
        for d in ("time at groups", "time at groups, groups moved")
        for trial, a in zip(trials, at, strict=True)
        for role, n in (("feed ion", 4), ("counter-ion", 2))
        for site in ("NH2+", "COO-", "any")
    ]
    write(home / "group_share.csv", shares)
    z = np.arange(-19.5, 20)
    void = np.where(z < 0, share, share / 2)
    write(
        home / "porosity.csv",
        [
            {"definition": "porosity", "trial": t, "z_angstrom": a, "void_share": b}
            for t in trials
            for a, b in zip(z, void, strict=True)
        ],
    )
    write(
        home / "extent.csv",
        [
            {"definition": "5 % density", "place": place, "trial": t, "z_angstrom": edge}
            for t in trials
            for place, edge in (("feed face", -10.0), ("permeate face", 10.0))
        ],
    )
    motion = [
        {"definition": "ion MSD, inside all along", "role": role, "species": "Na+"}
        | {"of": "displacement", "direction": "lateral", "trial": t, "alpha": a}
        | {"diffusivity_nm2_ns": d, "pairs": pairs, "from_ps": 1.0, "to_ps": 10.0}
        for t, a in zip(trials, alpha, strict=True)
        for role, d, pairs in (("feed ion", 0.1, 300), ("counter-ion", 0.5, 100))
    ]
    write(home / "ion_diffusion.csv", motion)
    return root
