"""The film beside its page: a moment that is played is the moment, whatever its clock says."""

from fractions import Fraction

import av
import numpy as np
import pandas as pd
import pytest
import webvtt

import export_movie
import probe_movie
import report_movie
from castmap.exports.files import exported_files
from castmap.files.results import read_json, read_table, write_table
from castmap.formats.tables import CHARACTERS, DETECTIONS, SHOTS, TRACKS
from tests.browser.conftest import run_stage
from tests.browser.test_corrections import until

START_S = 10
FILM_TIME = "document.getElementById('film').currentTime"
SCHEMAS = {"shots": SHOTS, "detections": DETECTIONS, "tracks": TRACKS, "characters": CHARACTERS}
WATCH = """() => {
    const film = document.getElementById('film');
    const note = (time) => { film.dataset.shown = `${film.dataset.shown || ''} ${time}`; };
    const shown = (now, frame) => {
        if (!film.hidden) { note(frame.mediaTime); }
        film.requestVideoFrameCallback(shown);
    };
    // A busy browser shows a frame that was sought, but may not say so.
    film.addEventListener('seeked', () => note(film.currentTime));
    film.requestVideoFrameCallback(shown);
}"""


def start_late(film, late, uneven):
    """The same pictures in a piece of a longer recording: its clock starts at 10 s.

    If ``uneven``, every other frame is shown for longer than the ones between them.
    """
    with av.open(str(film)) as source, av.open(str(late), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        offset = round(Fraction(START_S) / stream.time_base)
        frame = round(1 / (stream.average_rate * stream.time_base))
        for packet in source.demux(stream):
            if packet.dts is not None:
                packet.pts, packet.dts = (
                    offset + ticks + uneven * (ticks // frame % 2) * frame // 3
                    for ticks in (packet.pts, packet.dts)
                )
                packet.stream = copy
                target.mux(packet)


def at_new_times(name, results, folder, times):
    """A table of the film, with each time of its frames replaced by that of the new film."""
    table = read_table(results / f"{name}.parquet", SCHEMAS[name])
    old = pd.read_parquet(results / "frames.parquet")["time_s"].to_numpy()
    ends = np.append(old, 2 * old[-1] - old[-2]), np.append(times, 2 * times[-1] - times[-2])
    for column in ("time_s", "start_s", "end_s"):
        if column in table:
            table[column] = np.interp(table[column], *ends)
    write_table(folder / f"{name}.parquet", SCHEMAS[name], table, {})
    return folder / f"{name}.parquet"


@pytest.fixture(scope="module", params=["late.mp4", "late.mkv", "uneven.mp4"])
def late(demo, request, tmp_path_factory):
    """A demo film that starts late, and its page and exports; what they are about is the same."""
    results = demo.path("results/demo_debate")
    film = demo.path("results/report") / f"late{request.param[-4:]}"
    info, page = film.with_suffix(".json"), film.with_suffix(".html")
    exports = demo.path("results/report/late")
    uneven = request.param.startswith("uneven")
    start_late(demo.path("resources/demo/films/demo_debate.mp4"), film, uneven)
    probed = {"name": "late", "title": "", "year": "", "fingerprint": "", "film": film}
    probed |= {"record": film.with_suffix(".seen"), "out-movie": info}
    run_stage(probe_movie, probed | {"out-frames": film.with_suffix(".parquet")})
    times = pd.read_parquet(film.with_suffix(".parquet"))["time_s"].to_numpy()
    folder = tmp_path_factory.mktemp("late")
    shared = {"film": film, "movie": info, "faces": results / "faces.zip", "show-faces": "shown"}
    shared |= {name: at_new_times(name, results, folder, times) for name in SCHEMAS}
    shared |= {"frames": film.with_suffix(".parquet"), "examined": results / "examined.parquet"}
    made = [str(exports / name) for name in exported_files()]
    export_movie.main(
        [f"--{name}={value}" for name, value in shared.items()] + ["--out-exports", *made]
    )
    shown = {
        "calibration": results / "clusters.chosen.json",
        "key-frames": results / "key_frames.zip",
        "found-shots": shared["shots"],
        "choice": results / "choice.json",
        "journal": results / "corrections.json",
        "review": results / "review.parquet",
        "names": results / "names.parquet",
        "evidence": results / "name_evidence.parquet",
        "known": results / "known_people.json",
        "embeddings": results / "embeddings.sface.safetensors",
        "out-page": page,
    }
    run_stage(report_movie, shared | shown)
    yield {"info": read_json(info), "exports": exports, "times": times}
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


def appearances(page):
    """Those of a page, by time."""
    data = page.evaluate("JSON.parse(document.getElementById('data').textContent)")
    return sorted(data["appearances"], key=lambda a: a["start"])


def play(page, wanted):
    """Play a moment to its end; where on the film's clock each frame is that was shown."""
    page.locator(f".person[data-id='{wanted['who']}'] small").click()
    page.locator(f".tile[data-row='{wanted['row']}']").click()
    until(page, f"{FILM_TIME} && Math.abs({FILM_TIME} - {START_S + wanted['start']}) < 0.2")
    page.wait_for_timeout(300)
    page.evaluate("delete document.getElementById('film').dataset.shown")
    page.get_by_role("button", name="Play this moment").click()
    # It lasts as long as it lasts; it has ended when nothing has changed for a second.
    until(page, f"document.getElementById('film').currentTime > {START_S + wanted['start'] + 0.1}")
    until(
        page, "document.getElementById('film').paused && !document.getElementById('film').seeking"
    )
    page.wait_for_timeout(500)
    shown = page.evaluate("document.getElementById('film').dataset.shown")
    return [float(time) for time in shown.split()]


def test_moments_of_a_film_that_starts_late_are_played_from_first_to_last_frame(visit, late):
    assert late["info"]["clock_start_s"] == pytest.approx(START_S, abs=1e-6)
    lengths = np.diff(late["times"])
    assert late["info"]["variable_frame_rate"] == bool(lengths.max() > 1.5 * lengths.min())
    page = visit("late")
    page.evaluate(WATCH)
    listed = appearances(page)
    for wanted in (listed[-1], listed[0], listed[len(listed) // 2]):
        check_moment(play(page, wanted), late["times"] + START_S, wanted)
    assert page.complaints == []


def check_moment(shown, times, wanted):
    """Of a moment its first frame was shown and its last one at the end, and none of another."""
    clock = times[0]
    own = times[
        (times >= clock + wanted["start"] - 0.001) & (times < clock + wanted["end"] - 0.001)
    ]
    frames = [int(np.abs(times - time).argmin()) for time in shown]
    first, last = (int(np.abs(times - time).argmin()) for time in (own[0], own[-1]))
    assert abs(frames[0] - first) <= 1, (shown[:3], own[0])
    assert frames[-1] == last, (shown[-3:], own[-1])
    assert first - 1 <= min(frames) and max(frames) <= last, (shown, own[0], own[-1])


def test_cues_of_a_film_that_starts_late_are_active_when_their_face_is_shown(visit, late):
    """The browser itself says which cues of the thumbnails belong to a moment that is played."""
    page = visit("late")
    page.evaluate(WATCH)
    wanted = appearances(page)[0]
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
    play(page, wanted)
    active = page.evaluate("document.getElementById('film').dataset.active").split()
    assert str(wanted["track"]) in active


def test_a_film_that_is_not_there_is_said_to_be_missing_and_key_frames_are_shown(visit, demo):
    page = demo.path("results/report/demo_debate.html")
    alone = demo.path("results/report/alone.html")
    alone.write_text(page.read_text().replace("demo_debate.mp4", "nowhere.mp4"))
    page = visit("alone")
    page.locator(".tile").first.click()
    note = page.locator("#film-note")
    note.wait_for()
    assert "nowhere.mp4" in note.inner_text() and "Key frames are shown" in note.inner_text()
    assert page.locator("#key-frame .frame").is_visible()
    assert page.locator(".box.on").count() == 1
    alone.unlink()
