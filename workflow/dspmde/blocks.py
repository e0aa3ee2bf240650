"""What the blocks of membrane, feed and film files share."""

from typing import Annotated

from pydantic import Field

from mdtools.options import Options
from workflow.campaign.faults import choices

Finite = Annotated[float, Field(allow_inf_nan=False)]


def check_exactly_one(block: Options, *keys: str) -> None:
    """Raise ValueError unless exactly one of some keys is given."""
    given = [key for key in keys if getattr(block, key) is not None]
    if len(given) != 1:
        raise ValueError(f"allowed is exactly one of {choices(keys)}, given {len(given)}")
