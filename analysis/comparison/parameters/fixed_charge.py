"""Fixed charge of a simulated membrane: nominal, in its layers, and less associated ions."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis.comparison.parameters.campaign import Campaign
from analysis.comparison.parameters.found import (
    HYDRATED,
    LAYOUT,
    RUNS,
    Estimate,
    Found,
    Missing,
    Value,
    over,
)
from analysis.continuum.constants import AVOGADRO
from mdtools.roles import GROUP_CHARGE_E, charge

MOL_M3_PER_NM3 = 1e27 / AVOGADRO
"""mol/m3 of one per nm3."""
AT_GROUPS, MOVED = "time at groups", "time at groups, groups moved"
NUMBER_WORDS = (
    "Mean number of these ions, feed ions and counter-ions, at a charged group of the other sign: "
    "share of time from coming within group_cutoff_angstrom to leaving by group_leave_angstrom, "
    "times the number of ions"
)


@dataclass(frozen=True)
class Volume:
    """Of a membrane, nm3, with what it is the volume of."""

    estimate: Estimate
    words: str
    basis: str
    source: str

    def density(self, charges: float, level: float) -> Estimate:
        """Charges per volume, mol/m3, with the interval that the volume's brings."""
        if self.estimate.each.size:
            return over(MOL_M3_PER_NM3 * charges / self.estimate.each, level)
        return self.estimate.mapped(lambda volume: MOL_M3_PER_NM3 * charges / volume)


def volumes(of: Campaign) -> list[Callable[[], Volume]]:
    """Ways to the membrane's volume, the best first; each may raise Missing."""

    def runs() -> Volume:
        rows = of.trials_of("structure", ("value",), quantity="volume_nm3", place="membrane")
        estimate = over(rows["value"].where(rows["value"] > 0), of.level)
        words = "between the membrane's faces in the runs"
        return Volume(estimate, words, RUNS, of.path_of("structure"))

    def hydrated() -> Volume:
        estimate = hydrated_number(of, "thickness_nm").mapped(lambda nm: nm * of.area_nm2)
        words = "between the faces of the hydrated membrane"
        return Volume(estimate, words, HYDRATED, f"hydrated/{of.layout}/report.json")

    def network() -> Volume:
        estimate = Estimate(positive(of, "network/report.json", "dense_volume_nm3"))
        words = "of the dense region of the dry network"
        return Volume(estimate, words, LAYOUT, "network/report.json")

    return [runs, hydrated, network]


def positive(of: Campaign, name: str, key: str) -> float:
    """A number of a JSON file that must be positive; Missing otherwise."""
    value = of.number(name, key)
    if value <= 0:
        raise Missing(f"{key} of {name} is {value:g}")
    return value


def hydrated_number(of: Campaign, key: str) -> Estimate:
    """A number of the hydration's report with the interval that it gives."""
    name = f"hydrated/{of.layout}/report.json"
    value = positive(of, name, key)
    try:
        low, high = (of.number(name, f"{key}_{edge}") for edge in ("low", "high"))
    except Missing:
        return Estimate(value)
    return Estimate(value, low, high, "of the last block of hydration, as its report gives it")


def hydration_note(of: Campaign) -> str:
    """A word of warning where hydration ended at its cap."""
    met = of.json(f"hydrated/{of.layout}/report.json").get("criterion_met")
    return "hydration had not met its criterion" if met is False else ""


def charge_parameters(of: Campaign, found: Found) -> None:
    """Find net charge, nominal and effective densities, and ions associated with groups."""
    groups_file = f"charged/{of.layout}/groups.csv"

    def net() -> Value:
        total = float(of.groups()["charge"].sum())
        words = "+1 of each NH2+, -1 of each COO-, summed over the layout's groups"
        return Value(Estimate(total), "e", words, LAYOUT, groups_file)

    def nominal(volume: Callable[[], Volume]) -> Value:
        return _density(of, volume(), float(of.groups()["charge"].sum()), "Net charge", 1.0)

    found.first("net_charge_e", [net])
    ways = volumes(of)
    found.first("charge_density_mol_m3", [partial(nominal, way) for way in ways])
    for side in ("feed", "permeate"):
        found.first(
            f"{side}_layer_charge_density_mol_m3",
            [partial(_layer, of, way, side) for way in ways],
        )
    _association(of, found)


def _density(of: Campaign, volume: Volume, charges: float, of_what: str, share: float) -> Value:
    part = "" if share == 1 else f" a share of {share:.3g} of"
    return Value(
        volume.density(charges / share, of.level),
        "mol_m3",
        f"{of_what} per{part} the volume {volume.words}, polymer included, "
        "every group counted whole",
        volume.basis,
        f"charged/{of.layout}/groups.csv, {volume.source}",
        hydration_note(of) if volume.basis == HYDRATED else "",
    )


def _layer(of: Campaign, way: Callable[[], Volume], side: str) -> Value:
    volume = way()
    layer = positive(of, f"charged/{of.layout}/report.json", "layer_nm")
    low, high = of.lengths("network/report.json", "dense_region_nm", 2)
    if not 0 < layer <= high - low:
        raise Missing(f"a layer of {layer:g} nm does not fit a dense region of {high - low:g} nm")
    groups = of.groups()
    inside = groups["z_nm"] < low + layer if side == "feed" else groups["z_nm"] >= high - layer
    words = (
        f"Charge of the groups that the layout put into the {side} layer of {layer:.3g} nm of the "
        "dry network's dense region or beyond it; the layer is taken to swell as all of it does;"
    )
    value = float(groups["charge"][inside].sum())
    return _density(of, volume, value, words, layer / (high - low))


def _association(of: Campaign, found: Found) -> None:
    def numbers(definition: str, ion: str) -> "dict[str, float]":
        """Ions of a species at groups of the other sign, by trial."""
        rows = of.trials_of("group_share", ("at_share", "n"), definition=definition, species=ion)
        sign = np.sign(valence(ion))
        other = [kind for kind, e in GROUP_CHARGE_E.items() if e * sign < 0]
        rows = rows[rows["site"].isin(other)] if "site" in rows else rows[:0]
        # A layout without groups of the other sign has no rows of them, and no ion is at one.
        held = rows["at_share"] * rows["n"]
        sums = held.groupby(rows["trial"]).agg(lambda part: part.sum(skipna=False))
        every = of.trials_of("group_share", (), definition=definition)["trial"].unique()
        return {str(trial): float(sums.get(trial, 0.0)) for trial in every}

    def number(definition: str, ion: str, words: str) -> Value:
        estimate = over(list(numbers(definition, ion).values()), of.level)
        estimate = replace(estimate, low=float(np.maximum(estimate.low, 0.0)))
        return Value(estimate, "1", words, RUNS, of.path_of("group_share"))

    ions = of.ions()
    for ion in ions:
        ways = [partial(number, AT_GROUPS, ion, NUMBER_WORDS)]
        found.first("associated_ions", ways, ion)
        ways = [partial(number, MOVED, ion, f"{NUMBER_WORDS}; groups moved half a box: by chance")]
        found.first("ions_at_groups_by_chance", ways, ion)

    def effective() -> Value:
        if not ions:
            raise Missing("no table tells of ions at groups")
        fixed = float(of.groups()["charge"].sum())
        by_ion = [(valence(ion), numbers(AT_GROUPS, ion)) for ion in ions]
        rows = of.trials_of("structure", ("value",), quantity="volume_nm3", place="membrane")
        volume = dict(zip(rows["trial"], rows["value"].where(rows["value"] > 0), strict=True))
        each = [
            MOL_M3_PER_NM3
            * (fixed + sum(z * held[trial] for z, held in by_ion))
            / volume.get(trial, np.nan)
            for trial in by_ion[0][1]
        ]
        words = (
            "Net charge of the groups and of the ions associated with groups of the other sign, "
            "per volume between the membrane's faces in the runs, polymer included"
        )
        source = f"charged/{of.layout}/groups.csv, {of.path_of('group_share')}"
        return Value(over(each, of.level), "mol_m3", words, RUNS, source)

    def ratio() -> Value:
        nominal = found.values.get(("charge_density_mol_m3", ""))
        less = found.values.get(("effective_charge_density_mol_m3", ""))
        if nominal is None or less is None:
            raise Missing("nominal or effective charge density is missing")
        top, bottom = nominal.estimate.value, less.estimate
        if top == 0:
            raise Missing("the nominal charge density is 0")
        if top * bottom.value <= 0:
            raise Missing(
                f"nominal and effective charge density, {top:.3g} and {bottom.value:.3g} mol/m3, "
                "have not the same sign"
            )
        if bottom.low * bottom.high <= 0:
            bottom = Estimate(bottom.value, interval="none: that of the effective one holds 0")
        words = "Nominal charge density over the effective one"
        estimate = bottom.mapped(lambda value: top / value)
        return Value(estimate, "1", words, RUNS, less.source)

    found.first("effective_charge_density_mol_m3", [effective])
    found.first("nominal_over_effective", [ratio])


def valence(ion: str) -> int:
    """Charge of an ion by its name; Missing if that does not tell it."""
    try:
        return charge(ion)
    except ValueError as error:
        raise Missing(str(error)) from None
