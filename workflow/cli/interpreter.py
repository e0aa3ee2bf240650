"""This Python under a path that shells take as one word.

Snakemake writes the path of Python into commands as it is, so that an installation in a folder with
a space in its name fails at the first job.
"""

import hashlib
import os
import shlex
import tempfile
from pathlib import Path

from mdtools import cache
from mdtools.errors import SettingsError

LINKS = "interpreters"


def in_one_word(executable: str) -> str:
    """Return the path of a Python, by way of a link to its installation where that is needed.

    The link lies in this user's cache, or in the folder for temporary files where the cache's own
    path is no word either. Links and not copies: Python finds its packages from the path that it
    was started with.

    Raises
    ------
    SettingsError
        No link can be made.
    """
    if _is_word(executable):
        return executable
    path = Path(executable)
    installation = path.parent.parent
    name = hashlib.sha256(str(installation).encode()).hexdigest()[:16]
    for base in (cache.directory(), Path(tempfile.gettempdir()) / f"polyamide-{os.getuid()}"):
        link = base.absolute() / LINKS / name
        if _is_word(str(link)) and _linked(link, installation):
            return str(link / path.parent.name / path.name)
    raise SettingsError(
        f"{executable}: jobs cannot be started by a path with such characters, and no link to it "
        f"can be made in {cache.directory()}; install in another folder, or name a place for links "
        f"by {cache.VARIABLE}"
    )


def _is_word(path: str) -> bool:
    return shlex.quote(path) == path


def _linked(link: Path, target: Path) -> bool:
    """Whether a link leads to a target, made anew if it does not; only in folders of this user."""
    try:
        for folder in (link.parents[1], link.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = folder.lstat()
            if found.st_uid != os.getuid() or found.st_mode & 0o022 or not folder.is_dir():
                return False
        if link.is_symlink() and link.readlink() == target:
            return True
        new = link.with_name(f".{link.name}.{os.getpid()}")
        new.symlink_to(target)
        new.replace(link)
    except OSError:
        return False
    return True
