"""Open a report in headless Chromium, wide and narrow, and say what a reader would trip over.

python .ci/page.py results/demo/report.html [--most-pixels 8000] [--most-words 3000]

Looked for: scripts that fail, what the console complains of, images that are not drawn, links of
the page that lead nowhere, text wider than the window, a page that is too long. Exit code 1 if any
is found.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WIDTHS = (1400, 420)
PATIENCE_MS = 20000
LONGEST_S = 120
HIGHEST = 8000
"""Of a screenshot, in pixels: beyond 8,192, as textures have, a software renderer hangs."""
LISTEN = """<script>
window.complaints = [];
const failed = event => complaints.push(event.message || "not loaded: " + event.target.src);
addEventListener("error", failed, true);
const complain = console.error;
console.error = (...words) => { complaints.push(words.join(" ")); complain(...words); };
</script>"""
ASK = """<script>
addEventListener("load", async () => {
  const page = document.documentElement;
  const images = [...document.images].filter(image => image.getAttribute("src"));
  images.forEach(image => image.loading = "eager");
  for (let k = 0; k < 50 && !images.every(image => image.complete); k += 1)
    await new Promise(next => setTimeout(next, 100));
  const found = {
    pixels: page.scrollHeight,
    wider: page.scrollWidth - innerWidth,
    words: document.body.innerText.split(/\\s+/).filter(Boolean).length,
    images: images.length,
    blank: images.filter(image => !image.naturalWidth).map(image => image.alt),
    views: document.querySelectorAll("iframe").length,
    drawn: 0,
    links: 0,
    astray: [],
  };
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    found.links += 1;
    link.click();
    await new Promise(next => setTimeout(next, 20));
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target || !target.getClientRects().length) found.astray.push(link.hash);
  }
  for (const view of document.querySelectorAll("iframe")) {
    for (let k = 0; k < 50 && !view.contentDocument?.querySelector("canvas"); k += 1)
      await new Promise(next => setTimeout(next, 100));
    found.drawn += Boolean(view.contentDocument?.querySelector("canvas"));
  }
  found.complaints = complaints;
  const answer = document.createElement("script");
  answer.type = "application/json";
  answer.id = "found";
  answer.textContent = JSON.stringify(found);
  document.body.append(answer);
});
</script>"""
BEGIN, END = '<script type="application/json" id="found">', "</script>"


def look(browser: str, page: Path, width: int, picture: Path | None = None) -> dict:
    """Return what is found on a page in a window of a width, and draw it if asked to."""
    html = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / page.name
        asked.write_text(html.replace("<head>", "<head>" + LISTEN, 1) + ASK, encoding="utf-8")
        command = [
            *(
                browser,
                "--headless",
                "--no-sandbox",
                "--hide-scrollbars",
                "--disable-dev-shm-usage",
            ),
            *("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"),
            *(f"--user-data-dir={folder}/profile", f"--virtual-time-budget={PATIENCE_MS}"),
        ]
        size = f"--window-size={width},900"
        told = started([*command, size, "--dump-dom", asked.as_uri()])
        if BEGIN not in told:
            raise SystemExit(f"{page}: no answer of the page within {PATIENCE_MS} ms")
        found = json.loads(told.split(BEGIN)[1].split(END)[0])
        if picture:
            size = f"--window-size={width},{min(found['pixels'], HIGHEST)}"
            shot = f"--screenshot={picture.resolve()}"
            started([*command, size, shot, page.resolve().as_uri()])
    return found


def started(command: list[str]) -> str:
    """Return what the browser prints; raises subprocess.SubprocessError if it fails or hangs."""
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=LONGEST_S
    ).stdout


def faults(found: dict, width: int, pixels: float, words: float) -> list[str]:
    """Return what is wrong with a page, in sentences."""
    wrong = [f"console: {line}" for line in found["complaints"]]
    wrong += [f"not drawn: {alt}" for alt in found["blank"]]
    wrong += [f"a link leads nowhere: {target}" for target in found["astray"]]
    if found["drawn"] < found["views"]:
        wrong.append(f"{found['views'] - found['drawn']} of {found['views']} views are not drawn")
    if found["wider"] > 0:
        wrong.append(f"{found['wider']} pixels wider than the window")
    if width == max(WIDTHS) and found["pixels"] > pixels:
        wrong.append(f"{found['pixels']} pixels high, at most {pixels:g} are allowed")
    if found["words"] > words:
        wrong.append(f"{found['words']} words are shown, at most {words:g} are allowed")
    return wrong


def main() -> int:
    """Look at a page at all widths; returns 1 if something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path)
    parser.add_argument("--most-pixels", type=float, default=float("inf"), help="in a wide window")
    parser.add_argument("--most-words", type=float, default=float("inf"), help="that are shown")
    parser.add_argument("--pictures", type=Path, help="folder for screenshots")
    given = parser.parse_args()
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        print("Chromium is not here: the page is not looked at")
        return 0
    wrong = 0
    for width in WIDTHS:
        picture = given.pictures / f"{given.page.stem}_{width}.png" if given.pictures else None
        found = look(browser, given.page, width, picture)
        print(
            f"{given.page}, {width} wide: {found['pixels']} pixels, {found['words']} words, "
            f"{found['images']} images, {found['links']} links, {found['drawn']} views"
        )
        for line in faults(found, width, given.most_pixels, given.most_words):
            print(f"  {line}", file=sys.stderr)
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
