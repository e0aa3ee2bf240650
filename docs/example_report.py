"""Make the example report of the site from a campaign's report.

python docs/example_report.py results/demo/report.html docs/example/demo.html

Images get a palette and no more pixels than a screen shows; links to files beside the report,
which are not on the site, become plain words.
"""

import argparse
import base64
import io
import re
from pathlib import Path

from PIL import Image

MOST_BYTES = 2_000_000
WIDEST, COLOURS = 1200, 64
PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
BESIDE = re.compile(r'<a href="(?!#|https?:)[^"]*">(.*?)</a>', re.DOTALL)


def smaller(found: re.Match[str]) -> str:
    """Return an embedded picture with a palette, at most `WIDEST` pixels wide."""
    picture = Image.open(io.BytesIO(base64.b64decode(found[1]))).convert("RGB")
    picture.thumbnail((WIDEST, WIDEST * 4), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    picture.quantize(COLOURS).save(packed, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode("ascii")


def main() -> None:
    """Write the page; raises SystemExit where it is larger than what the repository takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    page = BESIDE.sub(r"\1", PICTURE.sub(smaller, given.report.read_text(encoding="utf-8")))
    if len(page) > MOST_BYTES:
        raise SystemExit(f"{given.out}: {len(page)} bytes, at most {MOST_BYTES} are allowed")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(page, encoding="utf-8")
    print(f"{given.out}: {len(page) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
