"""What a campaign will take on disk, from sizes that were measured on finished ones."""

from mdtools.runs import segments
from workflow.campaign.model import Campaign

XTC_BYTES_PER_PARTICLE = 3.5
"""At a precision of 0.001 nm, measured on 60,000 particles of TIP4P."""
STATE_BYTES_PER_PARTICLE = 155
"""XML with positions and velocities; the same of a cell of the demonstration."""
BUNDLE_BYTES_PER_PARTICLE = 880
"""Of a cell or the start of a trial: topology, System, state, coordinates, roles, and the state
that it goes on from."""
START_BYTES_PER_PARTICLE = 24
"""Positions of the start of a window, float64."""
FREE_ENERGY_BYTES = 60_000
"""Of the tables of one ion, of some hundred windows."""
FAST_BYTES_PER_ATOM = 12
FAST_BYTES_PER_FRAME = 32
"""float32 positions; time, centre of the membrane and two pistons of a fast frame as float64."""
SEGMENT_BYTES = 1_700
"""Manifest and thermodynamics."""
RUN_BYTES = 4_000
"""Beside segments and states of a run: its records and log."""
NETWORK_BYTES_PER_ATOM = 95
SWELLING_BYTES_PER_PARTICLE = 120
"""Of a hydration: the state that it goes on from; beside the tables of its network."""
STORE_BYTES, STORE_BYTES_PER_FRAME = 600_000, 600
"""Of a trial's store, and of each of its fast frames with some fifteen ions."""
TABLES_BYTES = 1_500_000
"""Of a layout and salt."""
FIGURE_BYTES = 300_000
"""A PNG, a PDF and the numbers."""
COMPARISON_BYTES, REPORT_BYTES = 1_200_000, 6_000_000


def run_bytes(campaign: Campaign, particles: int, fast: int) -> float:
    """Estimate the bytes that one transport run writes.

    Parameters
    ----------
    particles, fast : int
        Of the cell, in all and in the fast stream.
    """
    transport = campaign.transport
    full = transport.segments * transport.segment_ps / transport.full_every_ps
    each = STATE_BYTES_PER_PARTICLE * particles + SEGMENT_BYTES
    return (
        RUN_BYTES
        + full * particles * XTC_BYTES_PER_PARTICLE
        + fast_frames(campaign) * (FAST_BYTES_PER_ATOM * fast + FAST_BYTES_PER_FRAME)
        + transport.segments * each
    )


def store_bytes(campaign: Campaign) -> float:
    """Estimate the bytes of one trial's store of observables."""
    return STORE_BYTES + STORE_BYTES_PER_FRAME * fast_frames(campaign)


def fast_frames(campaign: Campaign) -> int:
    """Count the fast frames of one run."""
    grid = segments.Grid.of(campaign.transport)
    return campaign.transport.segments * grid.segment_steps // grid.fast_steps
