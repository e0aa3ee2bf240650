"""One membrane built outside a campaign, from the membrane block of its file."""

import time
from pathlib import Path

from mdtools import provenance, seeds
from mdtools.errors import SettingsError
from mdtools.options import PlatformOptions
from membranes.builder import build
from membranes.network import Network
from membranes.options import MembraneOptions
from workflow.campaign import Campaign


def build_membrane(
    campaign: Campaign,
    directory: Path,
    *,
    seed: int | None = None,
    protocol: str | None = None,
    relaxation_ps: float | None = None,
    platform: str | None = None,
) -> Network:
    """Build a network as a campaign's own job does, or go on with one that was stopped.

    Parameters
    ----------
    directory : Path
        Gets the network, its event log and ``report.json``.
    seed, protocol, relaxation_ps, platform : optional
        In place of what the campaign says; the same seed gives the same network as in a campaign.

    Raises
    ------
    PackingError, ConversionError, PhysicsError, NetworkError, TryAgain
        As ``membranes.build`` does.
    SettingsError
        If the directory holds a finished network.
    """
    options = changed(campaign.membrane, protocol, relaxation_ps)
    chosen = campaign.platform
    if platform is not None:
        chosen = PlatformOptions(**chosen.model_dump() | {"name": platform})
    seed = campaign.seed if seed is None else seed
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - started:9.1f} s  {line}", flush=True)

    if (directory / "network.json").exists():
        raise SettingsError(f"{directory} holds a finished network; name another directory")
    facts = {
        "options": options.model_dump(mode="json"),
        "campaign_seed": seed,
        "provenance": provenance.record(platform=chosen.model_dump()),
    }
    network = build(
        options,
        seed=seeds.integer(seed, "network"),
        directory=directory,
        nonbonded=campaign.nonbonded,
        platform=chosen,
        facts=facts,
        log=say,
    )
    say(f"wrote {directory}")
    return network


def changed(
    options: MembraneOptions, protocol: str | None, relaxation_ps: float | None
) -> MembraneOptions:
    """Options with another protocol, which brings its own defaults, or another relaxation."""
    data = options.model_dump(exclude_unset=True)
    if protocol is not None:
        data["reaction"] = data.get("reaction", {}) | {"protocol": protocol}
    if relaxation_ps is not None:
        data["relaxation"] = data["relaxation"] | {"duration_ps": relaxation_ps}
    return MembraneOptions(**data)
