"""A campaign packed into archives of limited size, to be carried from a machine that is lent."""

import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path

LAST = (".xtc", ".zip", ".pdf")
"""Endings of what is packed after everything else: large, or made again from the rest."""
NEVER = ("lease",)
"""Directories that mean nothing elsewhere."""
BLOCK = 512
ENDING = ".tar.gz"
LEVEL = 3
"""Of compression: states and Systems are text, and shrink to a fifth and less."""
DENSE = (".xtc", ".npz", ".zip", ".png", ".pdf")
"""Endings of files that do not shrink."""
SLACK = 0.01
"""Of an archive: files compressed together may be larger than one by one."""


def archive(
    results: Path, out: Path, megabytes: float, most: int, since: float = 0.0
) -> tuple[list[Path], list[Path]]:
    """Pack the files of a campaign; unpacked side by side they are the campaign again.

    Parameters
    ----------
    results : Path
        results/<campaign>.
    out : Path
        Directory for ``<campaign>-<k>.tar.gz``, which take the place of all that are there.
    megabytes : float
        Largest size of each archive, 10^6 bytes.
    most : int
        Of archives.
    since : float
        Time of the clock: what has changed since is packed first, as the rest is elsewhere already.

    Returns
    -------
    archives : list of Path
    left_out : list of Path
        Files that did not fit: what has not changed since, of the others trajectories, of late
        segments before early ones. A segment whose trajectory is missing, and those after it, are
        made again.

    Raises
    ------
    ValueError
        If ``megabytes`` is not positive or ``most`` is below 1.
    """
    if megabytes <= 0 or most < 1:
        raise ValueError(f"{most} archives of {megabytes:g} MB: allowed is at least 1, above 0 MB")
    room = int(megabytes * 1e6 * (1 - SLACK)) - 2 * tarfile.RECORDSIZE
    bins: list[list[Path]] = [[]]
    sizes = [0]
    left_out = []
    for path in _in_order(results, out, since):
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
        target = out / f"{results.name}-{number + 1}{ENDING}"
        with tarfile.open(target, "w:gz", format=tarfile.PAX_FORMAT, compresslevel=LEVEL) as tar:
            for path in paths:
                tar.add(path, arcname=str(Path(results.name) / path.relative_to(results)))
        archives.append(target)
    return archives, left_out


def _archives(results: Path, out: Path) -> list[Path]:
    """Archives of the campaign that are there already, of an earlier burst."""
    return [
        path
        for path in out.glob(f"{results.name}-*{ENDING}")
        if path.name.removeprefix(f"{results.name}-").removesuffix(ENDING).isdigit()
    ]


def _in_order(results: Path, out: Path, since: float) -> list[Path]:
    older = {path.resolve() for path in _archives(results, out)}
    files: Iterable[Path] = (
        path
        for path in results.rglob("*")
        if path.is_file()
        and not set(path.relative_to(results).parts) & set(NEVER)
        and path.resolve() not in older
    )

    def order(path: Path) -> tuple:
        last, facts = path.suffix in LAST, path.stat()
        named = path.parent.name if last else ""
        return facts.st_mtime < since, last, named, facts.st_size, str(path)

    return sorted(files, key=order)


def _size_in_tar(path: Path) -> int:
    """Bytes of a file in an archive, at most: its own as they are compressed, and its headers."""
    content = path.stat().st_size
    if path.suffix not in DENSE:
        squeezed, content = zlib.compressobj(LEVEL), 0
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                content += len(squeezed.compress(part))
        content += len(squeezed.flush())
    return content + 2 * BLOCK
