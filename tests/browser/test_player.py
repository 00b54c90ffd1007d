"""The film beside its page: a moment that is played is the moment, whatever its clock says."""

from fractions import Fraction

import av
import pytest
import webvtt

import export_movie
import probe_movie
import report_movie
from castmap.exports.files import exported_files
from castmap.files.results import read_json
from tests.browser.conftest import run_stage
from tests.browser.test_corrections import until

START_S = 10
TABLES = ("frames", "examined", "shots", "detections", "tracks", "characters")
WATCH = """() => {
    const film = document.getElementById('film');
    const shown = (now, frame) => {
        film.dataset.shown = `${film.dataset.shown || ''} ${frame.mediaTime}`;
        film.requestVideoFrameCallback(shown);
    };
    film.requestVideoFrameCallback(shown);
    film.defaultPlaybackRate = film.playbackRate = 2;
}"""


def start_late(film, late):
    """The same pictures in a piece of a longer recording: its clock starts at 10 s."""
    with av.open(str(film)) as source, av.open(str(late), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        offset = round(Fraction(START_S) / stream.time_base)
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                packet.stream = copy
                target.mux(packet)


@pytest.fixture(scope="module", params=["mp4", "mkv"])
def late(demo, request):
    """A demo film that starts late, and its page and exports; what they are about is the same."""
    results = demo.path("results/demo_debate")
    film = demo.path(f"results/report/late.{request.param}")
    info, page = film.with_suffix(".json"), film.with_suffix(".html")
    exports = demo.path("results/report/late")
    start_late(demo.path("resources/demo/films/demo_debate.mp4"), film)
    probed = {"name": "late", "title": "", "year": "", "fingerprint": "", "film": film}
    probed |= {"record": film.with_suffix(".seen"), "out-movie": info}
    run_stage(probe_movie, probed | {"out-frames": film.with_suffix(".parquet")})
    shared = {"film": film, "movie": info, "faces": results / "faces.zip", "show-faces": "shown"}
    shared |= {name: results / f"{name}.parquet" for name in TABLES}
    made = [str(exports / name) for name in exported_files()]
    export_movie.main(
        [f"--{name}={value}" for name, value in shared.items()] + ["--out-exports", *made]
    )
    shown = {
        "calibration": results / "clusters.chosen.json",
        "choice": results / "choice.json",
        "journal": results / "corrections.json",
        "review": results / "review.parquet",
        "out-page": page,
    }
    run_stage(report_movie, shared | shown)
    yield {"info": read_json(info), "exports": exports}
    film.with_suffix(".seen").unlink(missing_ok=True)
    for path in (film, info, page, film.with_suffix(".parquet"), *exports.iterdir()):
        path.unlink()
    exports.rmdir()


def cues(path):
    """Start and end of each cue in seconds, and its track."""

    def seconds(stamp):
        hours, minutes, rest = stamp.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(rest)

    return [
        [seconds(cue.start), seconds(cue.end), cue.identifier.removeprefix("track ")]
        for cue in webvtt.read(path)
    ]


def play(page, bar):
    """Play a bar's moment to its end; where on the film's clock each frame is that was shown."""
    bar.click()
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play this moment").click()
    until(page, "document.getElementById('film').currentTime > 0")
    until(page, "document.getElementById('film').paused")
    shown = page.evaluate("document.getElementById('film').dataset.shown")
    return [float(time) for time in shown.split()]


def appearance(page, bar):
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    return next(a for a in data["appearances"] if a["row"] == int(bar.get_attribute("data-row")))


def test_moments_of_a_film_that_starts_late_are_played(visit, late):
    assert late["info"]["clock_start_s"] == pytest.approx(START_S, abs=1e-6)
    page = visit("late")
    bars = sorted(page.locator(".bar").all(), key=lambda bar: appearance(page, bar)["start"])
    for bar in (bars[-1], bars[0], bars[len(bars) // 2]):
        wanted = appearance(page, bar)
        shown = play(page, bar)
        inside = [
            time
            for time in shown
            if START_S + wanted["start"] - 0.1 <= time <= START_S + wanted["end"] + 1
        ]
        assert inside, (wanted, shown[:5])
        assert inside[0] <= START_S + wanted["start"] + 0.5
        assert shown[-1] == inside[-1] >= START_S + wanted["end"] - 0.4
        page.evaluate("delete document.getElementById('film').dataset.shown")
    assert page.complaints == []


def test_cues_of_a_film_that_starts_late_are_active_when_their_face_is_shown(visit, late):
    """The browser itself says which cues of the thumbnails belong to a moment that is played."""
    page = visit("late")
    bar = page.locator(".bar").first
    wanted = appearance(page, bar)
    page.evaluate(
        """(text) => {
            const film = document.getElementById('film');
            const track = film.addTextTrack('metadata');
            track.mode = 'hidden';
            for (const [start, end, id] of text) {
                track.addCue(Object.assign(new VTTCue(start, end, ''), {id}));
            }
            film.addEventListener('timeupdate', () => {
                const active = [...track.activeCues].map((cue) => cue.id);
                film.dataset.active = `${film.dataset.active || ''} ${active.join(' ')}`;
            });
        }""",
        cues(late["exports"] / "thumbnails.vtt"),
    )
    play(page, bar)
    active = page.evaluate("document.getElementById('film').dataset.active").split()
    assert str(wanted["track"]) in active
