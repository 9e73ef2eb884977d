"""Takes the README's picture: the demo's report in headless Chromium.

    make demo && .venv/bin/python docs/screenshot.py

needs Chromium (apt-get install chromium).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "demo" / "demo_conformed.twopop" / "report.html"
PICTURE = ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 1160, 1150


def main(report: Path, picture: Path) -> int:
    """Draws the report's top as a user sees it.

    Args:
        report: The page.
        picture: The PNG to write.

    Returns:
        The exit code.
    """
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser or not report.is_file():
        print("chromium is missing" if not browser else f"{report}: run `make demo` first", file=sys.stderr)
        return 2
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={picture.resolve()}",
                report.resolve().as_uri(),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
    print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main(*(Path(word) for word in sys.argv[1:3])) if len(sys.argv) == 3 else main(REPORT, PICTURE))
