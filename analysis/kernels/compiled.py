"""Numba loops over pairs of particles, compiled when they are first called.

Only `neighbours` and `ion_energies` import this module, and only when they are called: compiling
takes seconds the first time on a machine (Numba keeps the result), importing Numba about one.
Without `error_model="numpy"` every division is checked for zero, which keeps loops from using wide
registers: eight times slower.
"""

import numpy as np
from numba import njit

FREE = {"reassoc", "contract", "nsz"}
"""Sums may be taken in any order, which wide registers need; infinities stay what they are."""


@njit(cache=True, error_model="numpy")
def _axis_cell(x: float, low: float, per_length: float, periodic: bool, count: int) -> int:
    share = (x - low) * per_length
    if periodic:
        share -= np.floor(share)
    return min(max(int(share * count), 0), count - 1)


@njit(cache=True, error_model="numpy")
def extent(points: np.ndarray) -> np.ndarray:
    """Return the bounding box (2, 3) of points (n, 3); NaN where a coordinate is not finite."""
    limits = np.empty((2, 3))
    for k in range(3):
        low, high, total = float(points[0, k]), float(points[0, k]), 0.0
        for i in range(len(points)):
            value = float(points[i, k])
            low, high, total = min(low, value), max(high, value), total + value
        unknown = not np.isfinite(total)
        limits[0, k], limits[1, k] = (np.nan, np.nan) if unknown else (low, high)
    return limits


@njit(cache=True, error_model="numpy")
def _sorted_by_cell(
    particles: np.ndarray,
    low: np.ndarray,
    length: np.ndarray,
    periodic: np.ndarray,
    counts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Sort particles by cell; returns their order and where each cell begins in it."""
    nx, ny, nz = counts[0], counts[1], counts[2]
    x, y, z = 1.0 / length[0], 1.0 / length[1], 1.0 / length[2]
    cells = np.empty(len(particles), np.int64)
    heads = np.zeros(nx * ny * nz + 1, np.int64)
    for j in range(len(particles)):
        cx = _axis_cell(particles[j, 0], low[0], x, periodic[0], nx)
        cy = _axis_cell(particles[j, 1], low[1], y, periodic[1], ny)
        cz = _axis_cell(particles[j, 2], low[2], z, periodic[2], nz)
        cells[j] = (cx * ny + cy) * nz + cz
        heads[cells[j] + 1] += 1
    for c in range(nx * ny * nz):
        heads[c + 1] += heads[c]
    order = np.empty(len(particles), np.int32)
    filled = heads[:-1].copy()
    for j in range(len(particles)):
        order[filled[cells[j]]] = j
        filled[cells[j]] += 1
    return order, heads


@njit(cache=True, error_model="numpy")
def _near_cells(
    point: np.ndarray,
    low: np.ndarray,
    length: np.ndarray,
    periodic: np.ndarray,
    counts: np.ndarray,
    cells: np.ndarray,
) -> int:
    """Write the point's own cell and those next to it, none twice; returns their number."""
    near = np.empty((3, 3), np.int64)
    many = np.zeros(3, np.int64)
    for k in range(3):
        own = _axis_cell(point[k], low[k], 1.0 / length[k], periodic[k], counts[k])
        for step in range(-1, 2):
            other = own + step
            if periodic[k]:
                other = (other + counts[k]) % counts[k]
            elif other < 0 or other >= counts[k]:
                continue
            seen = False
            for before in range(many[k]):
                seen = seen or near[k, before] == other
            if not seen:
                near[k, many[k]] = other
                many[k] += 1
    number = 0
    for a in range(many[0]):
        for b in range(many[1]):
            for c in range(many[2]):
                cells[number] = (near[0, a] * counts[1] + near[1, b]) * counts[2] + near[2, c]
                number += 1
    return number


@njit(cache=True, error_model="numpy")
def cell_pairs(
    points: np.ndarray,
    particles: np.ndarray,
    reach: float,
    low: np.ndarray,
    length: np.ndarray,
    periodic: np.ndarray,
    counts: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find pairs within reach by a cell list; see `neighbours.neighbours`.

    Cells are at least as wide as the reach, so that a neighbour is in the same or the next cell.
    """
    order, heads = _sorted_by_cell(particles, low, length, periodic, counts)
    ordered = np.empty((3, len(particles)))
    for at in range(len(particles)):
        for k in range(3):
            ordered[k, at] = particles[order[at], k]
    cells = np.empty((len(points), 27), np.int64)
    many = np.empty(len(points), np.int64)
    candidates = 0
    for i in range(len(points)):
        many[i] = _near_cells(points[i], low, length, periodic, counts, cells[i])
        for c in range(many[i]):
            candidates += heads[cells[i, c] + 1] - heads[cells[i, c]]
    period, inverse = np.zeros(3), np.zeros(3)
    for k in range(3):
        if periodic[k]:
            period[k], inverse[k] = length[k], 1.0 / length[k]
    # Room for all that may be found: arrays that could grow would slow the loop down fivefold.
    point = np.empty(candidates, np.int32)
    particle = np.empty(candidates, np.int32)
    distance = np.empty(candidates, np.float32)
    found, limit = 0, reach * reach
    for i in range(len(points)):
        x, y, z = float(points[i, 0]), float(points[i, 1]), float(points[i, 2])
        for c in range(many[i]):
            for at in range(heads[cells[i, c]], heads[cells[i, c] + 1]):
                dx, dy, dz = x - ordered[0, at], y - ordered[1, at], z - ordered[2, at]
                dx -= period[0] * np.floor(dx * inverse[0] + 0.5)
                dy -= period[1] * np.floor(dy * inverse[1] + 0.5)
                dz -= period[2] * np.floor(dz * inverse[2] + 0.5)
                square = dx * dx + dy * dy + dz * dz
                if square <= limit:
                    point[found], particle[found] = i, order[at]
                    distance[found] = np.sqrt(square)
                    found += 1
    return point[:found].copy(), particle[:found].copy(), distance[:found].copy()


@njit(cache=True, fastmath=FREE, error_model="numpy")
def full_sums(
    ions: np.ndarray,
    ours: np.ndarray,
    atoms: np.ndarray,
    theirs: np.ndarray,
    member: np.ndarray,
    length: np.ndarray,
    sums: np.ndarray,
) -> None:
    """Write the sums (n, 4) over all atoms at their nearest images along x and y.

    Columns: electrostatic and van der Waals of charged groups, then of all atoms. See
    `two_presets`.
    """
    along_x, along_y = 1.0 / length[0], 1.0 / length[1]
    x, y, z = atoms[0], atoms[1], atoms[2]
    charges, roots, halves = theirs[0], theirs[1], theirs[2]
    for i in range(len(ions)):
        ix, iy, iz = ions[i, 0], ions[i, 1], ions[i, 2]
        charge, root, half = ours[0, i], ours[1, i], ours[2, i]
        whole_electric, whole_vdw, group_electric, group_vdw = 0.0, 0.0, 0.0, 0.0
        for j in range(x.shape[0]):
            dx, dy, dz = ix - x[j], iy - y[j], iz - z[j]
            dx -= length[0] * np.floor(dx * along_x + 0.5)
            dy -= length[1] * np.floor(dy * along_y + 0.5)
            inverse = 1.0 / (dx * dx + dy * dy + dz * dz)
            electric = charges[j] * np.sqrt(inverse)
            sixth = (half + halves[j]) ** 2 * inverse
            sixth = sixth * sixth * sixth
            vdw = roots[j] * sixth * (sixth - 2.0)
            whole_electric += electric
            whole_vdw += vdw
            group_electric += member[j] * electric
            group_vdw += member[j] * vdw
        sums[i, 0], sums[i, 1] = charge * group_electric, root * group_vdw
        sums[i, 2], sums[i, 3] = charge * whole_electric, root * whole_vdw


@njit(cache=True, fastmath=FREE, error_model="numpy")
def near_sums(
    ions: np.ndarray,
    ours: np.ndarray,
    atoms: np.ndarray,
    theirs: np.ndarray,
    member: np.ndarray,
    cutoff: float,
    switch: float,
    sums: np.ndarray,
) -> None:
    """Write the sums (n, 4) over the atoms within the cutoff, shifted and switched.

    Beyond the cutoff factors of 0 stand in for a branch, which no processor could predict.
    """
    limit, on = cutoff * cutoff, switch * switch
    per_limit, per_rest = 1.0 / limit, 1.0 / (limit - on) ** 3
    x, y, z = atoms[0], atoms[1], atoms[2]
    charges, roots, halves = theirs[0], theirs[1], theirs[2]
    reach = extent(atoms.T)
    low, high = reach[0, 2] - cutoff, reach[1, 2] + cutoff
    for i in range(len(ions)):
        ix, iy, iz = ions[i, 0], ions[i, 1], ions[i, 2]
        charge, root, half = ours[0, i], ours[1, i], ours[2, i]
        whole_electric, whole_vdw, group_electric, group_vdw = 0.0, 0.0, 0.0, 0.0
        if iz < low or iz > high:
            sums[i] = 0.0
            continue
        for j in range(x.shape[0]):
            dx, dy, dz = ix - x[j], iy - y[j], iz - z[j]
            square = dx * dx + dy * dy + dz * dz
            inverse = 1.0 / square
            rest = max(limit - square, 0.0)
            shift = rest * per_limit
            smooth = rest * rest * (limit + 2.0 * square - 3.0 * on) * per_rest
            smooth = smooth if square > on else 1.0
            electric = charges[j] * np.sqrt(inverse) * shift * shift
            sixth = (half + halves[j]) ** 2 * inverse
            sixth = sixth * sixth * sixth
            vdw = roots[j] * sixth * (sixth - 2.0) * smooth
            whole_electric += electric
            whole_vdw += vdw
            group_electric += member[j] * electric
            group_vdw += member[j] * vdw
        sums[i, 0], sums[i, 1] = charge * group_electric, root * group_vdw
        sums[i, 2], sums[i, 3] = charge * whole_electric, root * whole_vdw


def two_presets(
    ions: np.ndarray,
    ours: np.ndarray,
    atoms: np.ndarray,
    theirs: np.ndarray,
    member: np.ndarray,
    length: np.ndarray,
    cutoff: float,
    switch: float,
) -> np.ndarray:
    """Compute energies (n, 2 presets, 2 scopes, 2 terms); see `ion_energies.ion_energies`.

    `ours` (3, n) and `theirs` (3, m): charge, square root of the well depth, half of the distance
    of the minimum. `atoms` (3, m): a row for each coordinate, which lets the loop use wide
    registers. `member` (m,) is 1.0 for atoms of charged groups, else 0.0.
    """
    sums = np.empty((2, len(ions), 4))
    near_sums(ions, ours, atoms, theirs, member, cutoff, switch, sums[0])
    full_sums(ions, ours, atoms, theirs, member, length, sums[1])
    return sums.swapaxes(0, 1).reshape(len(ions), 2, 2, 2)
