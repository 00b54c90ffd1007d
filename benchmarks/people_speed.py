"""How long the page of people takes to write and to open, for many films.

Made-up films of 25 characters in 1,500 tracks of 24 faces each, over two hours. A hundred people
are in several films, six of them in each film; two more of each film have a name. In the last row
all characters of all films have one. Opening ends two frames after the page is drawn, its pictures
among it. Reading the tables of the films is not counted, reading their faces is.

    python -m benchmarks.people_speed
"""

import argparse
import resource
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from playwright.sync_api import Browser, sync_playwright

from benchmarks.page_speed import OPENED, computed_s, developer_tools, launch
from castmap.faces.redaction import SHOWN
from castmap.formats.face_archive import add_jpeg, encode_crop
from castmap.formats.tables import CHARACTERS, DETECTIONS, PEOPLE
from castmap.pages import people

_CHARACTERS, _TRACKS, _FACES, _LENGTH_S = 25, 1500, 24, 7200.0
_RECURRING, _RECURRING_IN_A_FILM = 100, 6
_KINDS = 8  # films that differ; more have the tables of one of these
_HEAD = """\
| films | named in each | people | written in s of a processor | memory in MB | page in MB \
| opened in s | computed in s | height in screens | nodes |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


def _made_up_film(seed: int, faces: Path) -> people.Film:
    """Tables of a film that never was; its archive is another's."""
    rng = np.random.default_rng(seed)
    names = [f"C{n:02d}" for n in range(1, _CHARACTERS + 1)]
    table = pd.DataFrame({"track": np.arange(_TRACKS)})
    table["start_s"] = np.sort(rng.uniform(0, _LENGTH_S - 3, _TRACKS))
    # Everybody is seen once at least.
    rest = rng.choice(names, _TRACKS - len(names), p=rng.dirichlet(np.ones(len(names))))
    table["character"] = rng.permutation([*names, *rest])
    table = table.assign(shot=0, end_s=table["start_s"] + 3, n_faces=_FACES, confidence=1.0)
    table = table.assign(second_character="C01", joined=False, name=None, corrected=False)
    table["named_by"] = None
    tracks = pd.DataFrame({"track": np.repeat(table["track"], _FACES), "interpolated": False})
    tracks["time_s"] = np.repeat(table["start_s"], _FACES) + np.tile(np.arange(_FACES) / 8, _TRACKS)
    tracks = tracks.assign(detection=np.arange(len(tracks)))
    detections = pd.DataFrame(1.0, index=tracks["detection"], columns=DETECTIONS.columns)
    detections["size_px"] = rng.uniform(1, 100, len(detections))
    return people.Film({}, detections, tracks, CHARACTERS.validate(table), faces)


def _write_faces(path: Path) -> None:
    """The archive of as many crops as a film has faces."""
    coarse = np.random.default_rng(0).integers(0, 256, (50, 6, 6, 3), np.uint8)
    crops = [encode_crop(cv2.resize(picture, (112, 112))) for picture in coarse]
    with zipfile.ZipFile(path, "w") as archive:
        for detection in range(_TRACKS * _FACES):
            add_jpeg(archive, detection, crops[detection % len(crops)])


def _films(n_films: int, faces: Path) -> Iterator[people.Film]:
    kinds = [_made_up_film(seed, faces) for seed in range(min(n_films, _KINDS))]
    for number in range(n_films):
        film = f"film_{number:03d}"
        info = {"movie": film, "title": f"The film {number}", "year": 1995, "status": "ok"}
        yield kinds[number % len(kinds)]._replace(info=info)


def made_up_people(n_films: int, n_named: int) -> pd.DataFrame:
    """The PEOPLE table of made-up films: who recurs comes first in each, then who has a name."""
    rng = np.random.default_rng(1)
    rows = []
    for film in range(n_films):
        recurring = rng.choice(_RECURRING, _RECURRING_IN_A_FILM, replace=False)
        for n in range(_CHARACTERS):
            known = n < len(recurring)
            person = f"P{recurring[n]:05d}" if known else f"P{1000 + film * _CHARACTERS + n:05d}"
            has_name = known or n < len(recurring) + n_named
            name = f"Person {person[1:]}" if has_name else None
            rows.append((f"film_{film:03d}", f"C{n + 1:02d}", person, name, 1.0))
    return PEOPLE.validate(pd.DataFrame(rows, columns=PEOPLE.columns))


def _measure(browser: Browser, folder: Path, n_films: int, n_named: int) -> str:
    """Write the page and open it: a row."""
    table, films = made_up_people(n_films, n_named), list(_films(n_films, folder / "faces.zip"))
    start = time.process_time()
    text = people.write_page(films, table, show_faces=SHOWN)
    written = time.process_time() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    path = folder / "people.html"
    path.write_text(text, encoding="utf-8")
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    devtools = developer_tools(page)
    page.goto(path.as_uri())
    opened = page.evaluate(OPENED) / 1000
    computed = computed_s(devtools)
    height = page.evaluate("document.documentElement.scrollHeight / innerHeight")
    nodes = page.evaluate("document.querySelectorAll('*').length")
    cards = page.locator(".sheet").count()
    page.close()
    return (
        f"| {n_films} | {n_named} | {cards:,} | {written:.1f} | {most:,.0f} "
        f"| {path.stat().st_size / 1e6:.1f} | {opened:.2f} | {computed:.2f} | {height:.0f} "
        f"| {nodes:,} |"
    )


def main() -> None:
    """Write, open, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--films", type=int, nargs="+", default=[24, 240])
    args = parser.parse_args()
    print(_HEAD)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        browser = launch(playwright)
        folder = Path(name)
        _write_faces(folder / "faces.zip")
        for n_films in args.films:
            print(_measure(browser, folder, n_films, 2), flush=True)
        everybody = _CHARACTERS - _RECURRING_IN_A_FILM
        print(_measure(browser, folder, args.films[-1], everybody))
        browser.close()


if __name__ == "__main__":
    main()
