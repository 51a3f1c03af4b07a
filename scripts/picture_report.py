"""Takes the picture of an HTML report that README and docs show.

Usage: python scripts/picture_report.py REPORT.html PICTURE.png
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

SIZE: ViewportSize = {"width": 860, "height": 900}


def main(report: str, picture: str) -> None:
    """Shows the beginning of a report in Chromium, and saves what is seen."""
    chromium = os.environ.get("MIGRATE_VARS_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.goto(Path(report).resolve().as_uri())
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
