"""Names of ions in the spellings of tables and other programs: SO4--, SO42-, SO4-2, SO₄²⁻."""

import re
from collections.abc import Mapping

LOOKS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻−–", "01234567890123456789+---", "^{}[] \t_")
"""Characters that stand for others, and those that say nothing."""
BRACKETED = re.compile(r"\((\d?[+-]\d?|[+-]+)\)$")
IN_WORDS = {
    "sodium": "Na+",
    "potassium": "K+",
    "lithium": "Li+",
    "ammonium": "NH4+",
    "calcium": "Ca2+",
    "magnesium": "Mg2+",
    "strontium": "Sr2+",
    "barium": "Ba2+",
    "chloride": "Cl-",
    "bromide": "Br-",
    "fluoride": "F-",
    "iodide": "I-",
    "nitrate": "NO3-",
    "nitrite": "NO2-",
    "bicarbonate": "HCO3-",
    "hydrogencarbonate": "HCO3-",
    "carbonate": "CO3--",
    "sulfate": "SO4--",
    "sulphate": "SO4--",
    "hydroxide": "OH-",
    "perchlorate": "ClO4-",
    "acetate": "CH3COO-",
    "silica": "SiO2",
    "silicicacid": "H4SiO4",
    "si(oh)4": "H4SiO4",
    "h3bo3": "boric acid",
    "b(oh)3": "boric acid",
    "boricacid": "boric acid",
    "carbondioxide": "CO2",
    "ammonia": "NH3",
}
"""Ions and solutes in words, and other formulas of theirs, without spaces."""


def readings(text: str) -> set[tuple[str, int]]:
    """Formulas with charges that a name may stand for; SO42- may be SO4 with -2, or SO42 with -1.

    >>> sorted(readings("SO₄²⁻")), sorted(readings("Mg+2")), readings("Na+")
    ([('SO4', -2), ('SO42', -1)], [('Mg', 2)], {('Na', 1)})
    """
    plain = BRACKETED.sub(r"\1", text.translate(LOOKS))
    found = set()
    if signs := re.search(r"[+-]+$", plain):
        if len(set(signs[0])) == 1:
            sign = 1 if signs[0][0] == "+" else -1
            found.add((plain[: signs.start()], sign * len(signs[0])))
            if len(signs[0]) == 1 and (size := re.search(r"[1-9](?=[+-]$)", plain)):
                found.add((plain[: size.start()], sign * int(size[0])))
    elif last := re.search(r"([+-])([1-9])$", plain):
        found.add((plain[: last.start()], int(last[1] + last[2])))
    return {(formula, charge) for formula, charge in found if formula}


def spelt(text: str, known: Mapping[str, int]) -> str | None:
    """Known name that a text is another spelling of; None where there is none.

    Parameters
    ----------
    known : charges by name, 0 of neutral solutes

    >>> known = {"SO4--": -2, "Mg2+": 2, "NH4+": 1}
    >>> [spelt(text, known) for text in ("SO42-", "Mg++", "NH4+1", "Sulfate", "Xx+")]
    ['SO4--', 'Mg2+', 'NH4+', 'SO4--', None]
    """
    if text in known:
        return text
    word = IN_WORDS.get(text.translate(LOOKS).lower())
    if word in known:
        return word
    meant = readings(text)
    for name, charge in known.items():
        if meant & {reading for reading in readings(name) if reading[1] == charge}:
            return name
    return None
