"""Whether a wheel holds every file of the four packages that git tracks.

python .ci/wheel_files.py dist/NAME.whl
"""

import subprocess
import sys
import zipfile

PACKAGES = ("analysis", "mdtools", "membranes", "workflow")


def main(wheel: str) -> None:
    """Exit with the names of the files that are missing."""
    listed = subprocess.run(
        ["git", "ls-files", *PACKAGES], capture_output=True, text=True, check=True
    )
    missing = sorted(set(listed.stdout.split("\n")) - {""} - set(zipfile.ZipFile(wheel).namelist()))
    if missing:
        sys.exit(f"{wheel} lacks {', '.join(missing)}")
    print(f"{wheel} holds all files of {', '.join(PACKAGES)}")


if __name__ == "__main__":
    main(sys.argv[1])
