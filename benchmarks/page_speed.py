"""How long a long film's page takes to open, to answer a key, and to redraw after a correction.

The page is a real one, of made-up tracks: 25 characters and three kinds of nobody over two hours,
four faces of each track. Opening ends two frames after the page is drawn, its pictures among it;
so does the answer to a key. Beside the time by the clock stands what the page's own thread
computed, which a busy machine does not stretch.

    python -m benchmarks.page_speed
"""

import argparse
import itertools
import shutil
import tempfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from playwright.sync_api import Browser, CDPSession, Page, Playwright, sync_playwright

from castmap.clustering.characters import is_character
from castmap.faces.sprites import make_sprite
from castmap.formats.tables import CHARACTERS, DETECTIONS, SHOTS, rows_of
from castmap.pages import movie
from castmap.pages.rendering import render

_LENGTH_S, _SHOT_S, _RATE, _CHARACTERS, _QUESTIONS = 7200.0, 4.0, 24, 25, 20
OPENED = """async () => {
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now();
}"""
_ANSWERED = """async (keys) => {
    const times = [];
    for (const key of keys) {
        const start = performance.now();
        document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
        times.push(performance.now() - start);
    }
    return times;
}"""
_CORRECTED = """async () => {
    const start = performance.now();
    document.querySelector('.tile').click();
    document.getElementById('new').click();
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
}"""
_KEYS = ["ArrowRight", "ArrowDown", "+", "ArrowRight", "-", "ArrowUp", "f", "c", "f", "ArrowDown"]


def made_up_page(n_tracks: int) -> str:
    """The page of a film that never was."""
    rng = np.random.default_rng(0)
    shots = pd.DataFrame({"shot": np.arange(int(_LENGTH_S / _SHOT_S))})
    shots["start_s"] = shots["shot"] * _SHOT_S
    shots = shots.assign(end_s=shots["start_s"] + _SHOT_S, boundary="cut", score=1.0)
    for name in ("start_frame", "transition_start_frame", "transition_end_frame"):
        shots[name] = shots["shot"] * 96
    shots = SHOTS.validate(shots.assign(end_frame=shots["start_frame"] + 96))
    names = [f"C{n:02d}" for n in range(1, _CHARACTERS + 1)]
    names += ["background", "uncertain", "not_a_face"]
    table = pd.DataFrame({"track": np.arange(n_tracks)})
    table["shot"] = np.sort(rng.integers(0, len(shots), n_tracks))
    table["start_s"] = table["shot"] * _SHOT_S
    table["character"] = rng.choice(names, n_tracks, p=rng.dirichlet(np.ones(len(names))))
    table = table.assign(end_s=table["start_s"] + 3, n_faces=24, confidence=rng.random(n_tracks))
    table = table.assign(second_character="C01", joined=False, name=None, corrected=False)
    table["named_by"] = None
    characters = CHARACTERS.validate(table)
    faces = pd.DataFrame({"track": np.repeat(np.arange(n_tracks), 24)})
    faces["detection"] = np.arange(len(faces))
    faces["time_s"] = np.repeat(table["start_s"].to_numpy(), 24) + np.tile(
        np.arange(24) / 8, n_tracks
    )
    faces["quality"] = rng.random(len(faces))
    detections = faces.reindex(columns=DETECTIONS.columns).fillna(1.0)
    info = {"movie": "made_up", "width": 1280, "height": 720, "duration_s": _LENGTH_S}
    info |= {"clock_start_s": 0.0, "codec": "h264"}
    tracks = pd.DataFrame({"track": faces["track"], "time_s": faces["time_s"]})
    corner = np.repeat(rng.uniform(0, 900, n_tracks), 24) + 8 * rng.normal(size=len(faces))
    tracks = tracks.assign(x1=corner, y1=200.0, x2=corner + 180, y2=440.0)
    times = np.arange(round(_LENGTH_S * _RATE)) / _RATE
    rows, shown = movie.appearances(characters, faces, tracks, detections, times, info)
    coarse = rng.integers(0, 256, (50, 6, 6, 3), np.uint8)
    pictures = [cv2.resize(picture, (112, 112)) for picture in coarse]
    sprites = {
        "faces": make_sprite([pictures[n % 50] for n in range(len(shown))], 72, 72),
        "shots": make_sprite([pictures[n % 50] for n in range(len(shots))], 160, 90),
    }
    sizes = {
        k: {"columns": s.columns, "rows": s.rows, "count": s.count} for k, s in sprites.items()
    }
    more = {"shots": movie.shot_rows(shots), "sprites": sizes, "cannot_links": []}
    more["review"] = _questions(characters)
    more |= {"naming": {}, "known_people": []}
    keys = (shots["start_frame"] + 48).tolist()
    more |= movie.moments(shots, times, keys, _LENGTH_S)
    journal = {"rows": [], "faults": [], "text": ""}
    film = {"movie": "made_up", "title": "Made up", "year": None, "rejected": False, "reason": None}
    film |= {"numbers": [f"{n_tracks} appearances"], "facts": "", "warnings": []}
    histogram = {"edges": [0, 1, 2], "same": [1, 0], "different": [0, 1]}
    calibration = dict.fromkeys(("stop_distance", "prior_stop_distance", "expected_error"), 0.5)
    calibration |= {
        "histograms": histogram,
        "n_pairs": 1,
        "tracks_joined_later": 0,
        "mean_distance": 0.8,
    }
    calibration |= {
        "carried_stop_distance": 0.5,
        "mean_distance": 0.8,
        "tracks_of_no_character": dict.fromkeys(names[-3:], 0),
    }
    return render(
        "movie.html",
        film=film,
        embedding_used="None was used.",
        certainty=movie.certainty(calibration),
        data=movie.script_data(info, characters, rows, journal, more | {"film_url": "none.mp4"}),
        sprites=sprites,
        measured=[],
        skipped={},
        n_examined=round(8 * _LENGTH_S),
        n_frames=len(times),
    )


def _questions(characters: pd.DataFrame) -> list[dict]:
    """Questions as the page's script takes them, in their order.

    Of the least certain tracks of characters, and of nearly all pairs of characters, as in real
    films.
    """
    somebodys = characters[is_character(characters["character"])]
    least = somebodys.nsmallest(_QUESTIONS, "confidence")
    nothing = {"row": None, "other_row": None, "name": None, "near": [], "other_near": []}
    of_tracks = [
        nothing
        | {"kind": "track", "row": track.track, "character": track.character}
        | {"other_character": "C01"}
        for track in rows_of(least)
    ]
    pairs = itertools.combinations(sorted(somebodys["character"].unique()), 2)
    return of_tracks + [
        nothing | {"kind": "merge", "character": one, "other_character": other}
        for one, other in pairs
    ]


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, headless."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])


def developer_tools(page: Page) -> CDPSession:
    """What computed_s asks of a page."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    return devtools


def computed_s(devtools: CDPSession) -> float:
    """Processor seconds of the page's thread so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def main() -> None:
    """Open, press keys, correct, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, nargs="+", default=[150, 1500, 5000])
    args = parser.parse_args()
    print(
        "| tracks | page in MB | opened in s | computed in s | key answered in ms, median "
        "| computed in ms, mean | corrected in ms | height in screens | nodes |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        for n_tracks in args.tracks:
            path = Path(folder) / f"{n_tracks}.html"
            path.write_text(made_up_page(n_tracks), encoding="utf-8")
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            devtools = developer_tools(page)
            page.goto(path.as_uri())
            opened = page.evaluate(OPENED) / 1000
            computed = [computed_s(devtools)]
            answered = page.evaluate(_ANSWERED, _KEYS)
            computed.append((computed_s(devtools) - computed[0]) / len(_KEYS))
            corrected = page.evaluate(_CORRECTED)
            height = page.evaluate("document.documentElement.scrollHeight / innerHeight")
            nodes = page.evaluate("document.querySelectorAll('*').length")
            print(
                f"| {n_tracks:,} | {path.stat().st_size / 1e6:.1f} | {opened:.2f} "
                f"| {computed[0]:.2f} | {np.median(answered):.0f} | {1000 * computed[1]:.0f} "
                f"| {corrected:.0f} | {height:.1f} | {nodes:,} |",
                flush=True,
            )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
