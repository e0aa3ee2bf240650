"""A campaign packed into archives of limited size, to be carried from a machine that is lent."""

import tarfile
from collections.abc import Iterable
from pathlib import Path

LAST = (".xtc", ".pdf")
"""Endings of what is packed after everything else: large, or made again from the rest."""
NEVER = ("lease",)
"""Directories that mean nothing elsewhere."""
BLOCK = 512


def archive(results: Path, out: Path, megabytes: float, most: int) -> tuple[list[Path], list[Path]]:
    """Pack the files of a campaign; unpacked side by side they are the campaign again.

    Parameters
    ----------
    results : Path
        results/<campaign>.
    out : Path
        Directory for ``<campaign>-<k>.tar``, which take the place of all that are there.
    megabytes : float
        Largest size of each archive, 10^6 bytes.
    most : int
        Of archives.

    Returns
    -------
    archives : list of Path
    left_out : list of Path
        Files that did not fit: trajectories first, of late segments before early ones. A segment
        whose trajectory is missing, and those after it, are made again.

    Raises
    ------
    ValueError
        If ``megabytes`` is not positive or ``most`` is below 1.
    """
    if megabytes <= 0 or most < 1:
        raise ValueError(f"{most} archives of {megabytes:g} MB: allowed is at least 1, above 0 MB")
    room = int(megabytes * 1e6) - 2 * tarfile.RECORDSIZE
    bins: list[list[Path]] = [[]]
    sizes = [0]
    left_out = []
    for path in _in_order(results, out):
        size = _size_in_tar(path)
        place = next((k for k, used in enumerate(sizes) if used + size <= room), None)
        if place is None and len(bins) < most and size <= room:
            bins.append([])
            sizes.append(0)
            place = len(bins) - 1
        if place is None:
            left_out.append(path)
        else:
            bins[place].append(path)
            sizes[place] += size
    out.mkdir(parents=True, exist_ok=True)
    for older in _archives(results, out):
        older.unlink()
    archives = []
    for number, paths in enumerate(paths for paths in bins if paths):
        target = out / f"{results.name}-{number + 1}.tar"
        with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
            for path in paths:
                tar.add(path, arcname=str(Path(results.name) / path.relative_to(results)))
        archives.append(target)
    return archives, left_out


def _archives(results: Path, out: Path) -> list[Path]:
    """Archives of the campaign that are there already, of an earlier burst."""
    return [
        path
        for path in out.glob(f"{results.name}-*.tar")
        if path.stem.removeprefix(f"{results.name}-").isdigit()
    ]


def _in_order(results: Path, out: Path) -> list[Path]:
    older = {path.resolve() for path in _archives(results, out)}
    files: Iterable[Path] = (
        path
        for path in results.rglob("*")
        if path.is_file()
        and not set(path.relative_to(results).parts) & set(NEVER)
        and path.resolve() not in older
    )

    def order(path: Path) -> tuple:
        last = path.suffix in LAST
        return last, path.parent.name if last else "", path.stat().st_size, str(path)

    return sorted(files, key=order)


def _size_in_tar(path: Path) -> int:
    """Bytes of a file in an archive: its own in whole blocks, and its headers."""
    content = -(-path.stat().st_size // BLOCK) * BLOCK
    return content + 4 * BLOCK
