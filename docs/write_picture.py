"""Photograph a page of the demo: docs/images/cast_map.png and question.png."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "results" / "report" / "demo_visitors.html"


SHOWN_MS = 1500  # a film takes a moment to be shown


def main() -> None:
    """Write the pictures."""
    pictures = HERE / "images"
    pictures.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(PAGE.as_uri())
        page.locator(".tile").nth(2).click()
        page.keyboard.press("Escape")
        page.wait_for_timeout(SHOWN_MS)
        page.screenshot(path=pictures / "cast_map.png")
        page.keyboard.press("q")
        page.wait_for_timeout(SHOWN_MS)
        page.locator("#task-pane").screenshot(path=pictures / "question.png")
        browser.close()


if __name__ == "__main__":
    main()
