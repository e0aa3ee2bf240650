"""Names of membranes as the fabrication study writes them, turned into steps.

8Px-cMCt: 0.8 wt% piperazine at pH x (11.6 if none is named), then malonyl chloride MC, or another
reagent, of c wt% in n-hexane for t seconds; 8Px-Ht: n-hexane alone for t seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from membranes.recipes.errors import RecipeError
from membranes.recipes.options import REAGENTS

PLAIN_PH = 11.6
"""Of the study's 0.8 wt% piperazine in water."""
STUDY_PH = {"8": PLAIN_PH, "10": 10.3, "9": 9.3}
"""What the study measured where its names say the pH in whole numbers."""
PATTERN = re.compile(
    r"8P(?P<pH>\d+(?:\.\d+)?)?"
    r"(?:-(?:H(?P<hexane>\d+)|(?P<percent>\d+(?:\.\d+)?)(?P<reagent>[A-Z]+)(?P<seconds>\d+)))?"
)


@dataclass(frozen=True)
class Name:
    """What a name says.

    Attributes
    ----------
    pH : float
        Of the piperazine solution.
    seconds : float or None
        In n-hexane, None without a second step.
    reagent : str or None
    weight_percent : float or None
        Of the reagent in n-hexane.
    """

    pH: float
    seconds: float | None = None
    reagent: str | None = None
    weight_percent: float | None = None


def parse(name: str) -> Name:
    """Read a membrane's name.

    Raises RecipeError for a name of another form, or a reagent that has no templates.

    >>> parse("8P10-0.5MC30")
    Name(pH=10.3, seconds=30.0, reagent='MC', weight_percent=0.5)
    >>> parse("8P10-H30").reagent is None, parse("8P").pH
    (True, 11.6)
    """
    found = PATTERN.fullmatch(name)
    if found is None:
        raise RecipeError(
            f"membrane {name} is not named as 8P, 8P10, 8P10-H30 or 8P10-0.5MC30; give its steps"
        )
    given = found["pH"]
    pH = PLAIN_PH if given is None else STUDY_PH.get(given, float(given))
    if not 0 <= pH <= 14:
        raise RecipeError(f"membrane {name} has pH {pH:g}, allowed is 0 to 14")
    if found["hexane"]:
        return Name(pH, float(found["hexane"]))
    if found["reagent"] is None:
        return Name(pH)
    if found["reagent"] not in REAGENTS:
        raise RecipeError(
            f"reagent {found['reagent']} of membrane {name} has no template, allowed: "
            f"{', '.join(REAGENTS)}"
        )
    percent, seconds = float(found["percent"]), float(found["seconds"])
    if not (percent > 0 and seconds > 0):
        raise RecipeError(f"membrane {name} has {percent:g} wt% for {seconds:g} s, allowed above 0")
    return Name(pH, seconds, found["reagent"], percent)
