"""States of the residues' arms, and the names of the templates that they select."""

from __future__ import annotations

from collections.abc import Sequence

AMINE_STATES = ("NH", "NH2+", "amide")
ACYL_STATES = ("COCl", "amide", "COOH", "COO-")
DIACYLS: dict[str, int] = {"OC": 0, "MC": 1, "SC": 2, "GC": 3}
"""CH2 groups between the acyl carbons of oxalyl, malonyl, succinyl and glutaryl chloride."""

AMINES = ("PIP", "MPD")
"""Residue kinds with amine arms: piperazine and m-phenylenediamine."""

ARMS: dict[str, int] = {"PIP": 2, "TMC": 3, **dict.fromkeys(DIACYLS, 2), "MPD": 2}
"""Number of arms of each residue kind."""

STATES: dict[str, tuple[str, ...]] = {
    kind: AMINE_STATES if kind in AMINES else ACYL_STATES for kind in ARMS
}
"""States an arm may take, per residue kind, in the canonical order of template names.

A state of an amine names the hydrogens that can leave: NH has one, NH2+ a proton besides. The
nitrogens of MPD, a primary amine, carry one more hydrogen in every state: there NH is -NH2, NH2+ is
-NH3+, and amide is -NH-C(=O)-, which does not react again.
"""

TRANSFER_CHARGE = 0.052
"""Charge d (e) that an amide bond leaves on its acyl side and takes from its amine side.

One value for all templates: midpoint of the mean AM1-BCC surplus per amide arm of PIP and of TMC.
The diacyl residues and MPD take it over.
"""


def canonical(kind: str, states: Sequence[str]) -> tuple[str, ...]:
    """Sort arm states into template order.

    Raises ValueError for an unknown residue kind, an unknown state or a wrong number of arms.

    >>> canonical("PIP", ["amide", "NH"])
    ('NH', 'amide')
    """
    if kind not in STATES:
        raise ValueError(f"residue kind {kind!r} is unknown; allowed: {', '.join(STATES)}")
    for state in states:
        if state not in STATES[kind]:
            allowed = ", ".join(STATES[kind])
            raise ValueError(f"arm state {state!r} is not a state of {kind}; allowed: {allowed}")
    if len(states) != ARMS[kind]:
        raise ValueError(f"{kind} has {ARMS[kind]} arms, got {len(states)}: {list(states)}")
    return tuple(sorted(states, key=STATES[kind].index))


def template_name(kind: str, states: Sequence[str]) -> str:
    """Name the template for arm states given in any order; raises as `canonical` does.

    >>> template_name("TMC", ["COO-", "COCl", "amide"])
    'TMC(COCl,amide,COO-)'
    """
    return f"{kind}({','.join(canonical(kind, states))})"
