"""Photograph a page of the demo for the README: docs/images/cast_map.png."""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "results" / "report" / "demo_visitors.html"


def main() -> None:
    """Write the picture."""
    picture = HERE / "images" / "cast_map.png"
    picture.parent.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1180, "height": 1290}, device_scale_factor=1.25)
        page.goto(PAGE.as_uri())
        page.locator(".bar").nth(3).click()
        page.mouse.move(5, 5)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    main()
