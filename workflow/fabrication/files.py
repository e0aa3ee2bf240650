"""Names of what a fabrication study writes, for the rules."""

from pathlib import Path

STUDIES = ("config/hisel.yaml", "config/hisel_wide.yaml")
REPORT, PROFILES = "report.json", "profiles.csv"
TABLES = (
    *("films", "summary", "trends", "profiles", "rejections", "performance"),
    *("charge_variants", "pharmaceuticals", "definition_check", "reactions"),
    *("leached", "charge_layers", "reasons"),
)
FIGURES = (
    *("composition", "film_structure", "depth_profiles", "selectivity", "trade_off"),
    *("charge_variants", "pharmaceuticals", "reagents", "series"),
)
PAGE = "report.html"


def film_directory(results: Path, membrane: str, repeat: int) -> Path:
    """Return the directory of one film."""
    return Path(results) / "films" / membrane / f"repeat{repeat}"


def steps_directory(results: Path) -> Path:
    """Return the directory of films between steps."""
    return Path(results) / "steps"
