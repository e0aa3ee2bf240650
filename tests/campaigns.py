"""The committed campaign files, for tests."""

from pathlib import Path

import yaml

from membranes.building.options import MembraneOptions

CONFIG = Path(__file__).parents[1] / "config"


def demo_membrane() -> MembraneOptions:
    """Membrane block of the demo campaign."""
    return MembraneOptions(**yaml.safe_load((CONFIG / "demo.yaml").read_text())["membrane"])
