"""Names of what a fabrication study writes, for the rules."""

from pathlib import Path

HISEL = "config/hisel.yaml"
REPORT, PROFILES = "report.json", "profiles.csv"
TABLES = (
    *("films", "summary", "trends", "profiles", "rejections", "performance"),
    *("charge_variants", "definition_check", "reactions"),
)
FIGURES = (
    *("composition", "film_structure", "depth_profiles", "selectivity", "trade_off"),
    *("charge_variants", "reagents"),
)
PAGE = "report.html"


def film_directory(results: Path, membrane: str, repeat: int) -> Path:
    """Return the directory of one film."""
    return Path(results) / "films" / membrane / f"repeat{repeat}"


def steps_directory(results: Path) -> Path:
    """Return the directory of films between steps."""
    return Path(results) / "steps"
