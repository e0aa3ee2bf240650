"""The membrane in three dimensions: a page of its own that needs no network.

Drawn with three.js (MIT licence), which the package trimesh (MIT licence) ships in its own viewer.
"""

import json
from collections.abc import Sequence

import numpy as np

from analysis.figures.style import LABELS, PALETTE, ordered
from membranes.networks.network import Network
from workflow.pages.campaign import TEMPLATES

ELEMENT_COLORS = {"C": "#8a9199", "N": "#4f78c4", "O": "#cc5f52", "H": "#c3c9cf", "Cl": "#74a04f"}
"""Muted CPK: the charged groups are what the eye has to find."""
PICOMETRES = 1000
"""Per nm; positions are handed over as whole picometres."""


def viewer(
    networks: Sequence[tuple[str, Network, Sequence[tuple[str, Network]]]],
) -> str:
    """Render an HTML page that shows networks, with buttons for their charge layouts.

    Parameters
    ----------
    networks : sequence of (name, neutral network, [(layout, charged network), ...])

    Raises
    ------
    ValueError
        If there is no network to show.
    """
    if not networks:
        raise ValueError("the 3-D view got no network, needed is at least one")
    from trimesh import Scene
    from trimesh.creation import box
    from trimesh.viewer.notebook import scene_to_html

    data = {
        "networks": [membrane(*entry) for entry in networks],
        "colors": ELEMENT_COLORS | {kind: PALETTE[kind] for kind in ("NH2+", "COO-")},
        "labels": {kind: LABELS[kind] for kind in ("NH2+", "COO-")},
    }
    # The page of a scene wants something in it; viewer.js draws in its place.
    page = scene_to_html(Scene([box(data["networks"][0]["box_nm"])]))
    ours = (
        f"<style>{(TEMPLATES / 'viewer.css').read_text(encoding='utf-8')}</style>"
        f'<script type="application/json" id="membranes">{_embeddable(data)}</script>'
        f"<script>{(TEMPLATES / 'viewer.js').read_text(encoding='utf-8')}</script>"
    )
    head, end, tail = page.rpartition("</body>")
    if not end:
        raise RuntimeError("trimesh's viewer page has no </body>: install trimesh 5")
    return head + ours + end + tail


def membrane(name: str, network: Network, layouts: Sequence[tuple[str, Network]]) -> dict:
    """Return what viewer.js draws of one network.

    Returns
    -------
    dict
        name; box_nm (3,); z_nm (lowest and highest atom); elements (N,); positions_pm (3 N,), whole
        picometres, x and y in the box; bonds (2 B,) atom rows; layouts: name and groups_pm, the
        places (3 n,) of the charged groups of each kind.
    """
    z = network.positions[:, 2]
    return {
        "name": name,
        "box_nm": network.box_nm.tolist(),
        "z_nm": [float(z.min()), float(z.max())],
        "elements": network.elements.tolist(),
        "positions_pm": _picometres(network.positions, network.box_nm),
        "bonds": network.bonds.ravel().tolist(),
        "layouts": [{"name": layout, "groups_pm": _groups(charged)} for layout, charged in layouts],
    }


def _groups(network: Network) -> dict[str, list[int]]:
    groups = network.groups
    return {
        kind: _picometres(
            groups.loc[groups.kind == kind, ["x_nm", "y_nm", "z_nm"]].to_numpy(), network.box_nm
        )
        for kind in ordered(groups.kind)
    }


def _picometres(positions: np.ndarray, box_nm: np.ndarray) -> list[int]:
    inside = positions.copy()
    inside[:, :2] = np.mod(inside[:, :2], box_nm[:2])
    return np.rint(PICOMETRES * inside).astype(int).ravel().tolist()


def _embeddable(data: dict) -> str:
    """Return JSON that cannot end the script element that holds it."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
