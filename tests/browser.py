"""A real browser for pages: headless Chromium."""

import json
import re
import subprocess
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from tools import tool

# Runs in the page; its policy forbids scripts, so it only ever goes into a copy without that policy.
MEASURE = """<script>
const wide = [...document.querySelectorAll("body *")].filter(
  e => !e.closest("thead") && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
document.documentElement.dataset.measured = JSON.stringify({
  width: document.documentElement.clientWidth, overflow: document.documentElement.scrollWidth,
  wide: wide.map(e => e.tagName + "." + e.getAttribute("class")),
  loads: performance.getEntriesByType("resource").map(e => e.name),
  background: getComputedStyle(document.body).backgroundColor, ink: getComputedStyle(document.body).color});
</script>"""


@dataclass(frozen=True)
class View:
    """What a browser made of a page.

    Attributes:
        dom: The document after loading, as HTML.
        console: What was written to the console.
    """

    dom: str
    console: list[str]

    @property
    def title(self) -> str:
        return _Title.of(self.dom)


@dataclass(frozen=True)
class Layout:
    """How a page lies in a window, in CSS pixels."""

    width: int
    overflow: int
    wide: list[str]
    loads: list[str]
    background: str
    ink: str


def opened(page: Path, profile: Path) -> View:
    """Opens a page as a user would."""
    run = _chromium(profile, ["--enable-logging=stderr", "--dump-dom", page.as_uri()])
    return View(run.stdout, re.findall(r"CONSOLE.*?\] (.*)", run.stderr))


def laid_out(page: Path, profile: Path, width: int, dark: bool = False) -> Layout:
    """Measures a page in a window."""
    text = page.read_text(encoding="utf-8")
    open_text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text).replace(
        "<details", "<details open"
    )
    copy = profile.with_suffix(".html")
    copy.write_text(open_text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    colours = ["--force-dark-mode"] if dark else []
    run = _chromium(profile, [f"--window-size={width},1000", *colours, "--dump-dom", copy.as_uri()])
    found = re.search(r'data-measured="([^"]*)"', run.stdout)
    assert found, run.stderr
    return Layout(**json.loads(found[1].replace("&quot;", '"')))


def _chromium(profile: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [str(tool("chromium", "chromium-browser", "google-chrome")), "--headless=new", "--no-sandbox"]
    quiet = ["--disable-gpu", "--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}"]
    return subprocess.run([*command, *quiet, *arguments], capture_output=True, text=True, timeout=120, check=True)


class _Title(HTMLParser):
    """Finds the title."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = False
        self.text = ""

    @classmethod
    def of(cls, html: str) -> str:
        parser = cls()
        parser.feed(html)
        return parser.text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag == "title"

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.text += data
            self.inside = False
