import ctypes
import faulthandler
import hashlib
import io
import os
import time
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from castmap.files.results import read_json, read_record, read_table
from castmap.formats.tables import FRAMES
from castmap.video.fingerprint import (
    FilmRecord,
    file_status,
    fingerprint,
    hash_film,
    known_by,
)
from castmap.video.fingerprint import read_record as read_film_record
from castmap.video.probing import choose_stream
from probe_movie import main

FIELDS = {
    *(
        "movie",
        "file",
        "title",
        "year",
        "status",
        "reason",
        "fingerprint",
        "sha256",
        "bytes",
        "container",
    ),
    "codec",
    *("width", "height", "stored_width", "stored_height", "sample_aspect_ratio", "rotation_deg"),
    *("mirrored", "geometry_changes", "video_stream", "n_frames"),
    *("duration_s", "mean_fps", "variable_frame_rate", "interpolated_times", "decode_errors"),
    *("clock_start_s", "clock_jumps"),
}


def _film(path, n=50):
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p"
        stream.set_display_rotation(-90)
        rng = np.random.default_rng(5)
        for number in range(n):
            picture = np.kron(rng.integers(0, 256, (12, 16, 3)), np.ones((8, 8, 1)))
            frame = av.VideoFrame.from_ndarray(picture.astype(np.uint8))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), "fltp", "mono")
        silence.sample_rate = 44100
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))


def _probe(film, out, *names):
    """Run the stage; its movie.json, its frames, its log."""
    outputs = {"movie": out / "movie.json", "frames": out / "frames.parquet"}
    options = [f"--out-{name}={path}" for name, path in outputs.items()]
    given = ["--name=heat", "--title=", "--year=", "--fingerprint=", f"--film={film}"]
    main([*given, f"--record={out / 'film.json'}", *names, *options, f"--log={out / 'log'}"])
    frames = read_table(out / "frames.parquet", FRAMES)
    return read_json(out / "movie.json"), frames, (out / "log").read_text()


def test_a_film_is_described_and_its_frames_are_timed(tmp_path):
    film = _film(tmp_path / "heat.mp4")
    movie, frames, log = _probe(film, tmp_path / "out", "--title", "Heat", "--year", "1995")
    assert movie == {
        "movie": "heat",
        "file": "heat.mp4",
        "title": "Heat",
        "year": 1995,
        "status": "ok",
        "reason": None,
        "fingerprint": fingerprint(io.BytesIO(film.read_bytes())),
        "sha256": hashlib.sha256(film.read_bytes()).hexdigest(),
        "bytes": film.stat().st_size,
        "container": "mov,mp4,m4a,3gp,3g2,mj2",
        "codec": "h264",
        "width": 96,
        "height": 128,
        "stored_width": 96,
        "stored_height": 128,
        "sample_aspect_ratio": [1, 1],
        "rotation_deg": 90,
        "mirrored": False,
        "geometry_changes": 0,
        "video_stream": 0,
        "n_frames": 50,
        "duration_s": 2.0,
        "mean_fps": 25.0,
        "variable_frame_rate": False,
        "interpolated_times": 0,
        "clock_start_s": 0.0,
        "clock_jumps": [],
        "decode_errors": 0,
    }
    np.testing.assert_allclose(frames["time_s"], np.arange(50) / 25)
    assert (frames["time_source"] == "pts").all()
    assert "50 frames" in log
    assert read_record(tmp_path / "out" / "frames.parquet")["stage"] == "probe_movie"


def test_title_and_year_may_be_empty(tmp_path):
    film = _film(tmp_path / "heat.mp4", 3)
    movie, _, _ = _probe(film, tmp_path / "out", "--title", "", "--year", "")
    assert movie["title"] == ""
    assert movie["year"] is None


def test_the_same_film_gives_the_same_bytes(tmp_path):
    film = _film(tmp_path / "heat.mp4")
    for out in ("a", "b"):
        _probe(film, tmp_path / out)
    for name in ("movie.json", "frames.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_film_that_breaks_off_is_accepted_with_its_good_part(tmp_path):
    film = _film(tmp_path / "heat.mp4")
    content = film.read_bytes()
    film.write_bytes(content[: len(content) // 2])
    movie, frames, log = _probe(film, tmp_path / "out")
    assert movie["status"] == "ok"
    assert movie["decode_errors"] == 1
    assert 15 < movie["n_frames"] == len(frames) < 30
    assert movie["duration_s"] == pytest.approx(frames["time_s"].iloc[-1] + 0.04)
    assert "could not be decoded" in log


def _list_to_join(path):
    """What FFmpeg joins: the film beside it would be read as this one."""
    _film(path.with_name("other.mp4"))
    path.write_text("ffconcat version 1.0\nfile other.mp4\n")


def _picture(path):
    path.write_bytes(cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes())


def _subtitles(path):
    path.write_text("1\n00:00:00,000 --> 00:00:02,000\nHello.\n\n")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (os.mkfifo, "is a pipe, not a video file"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.touch(), "is empty"),
        (lambda path: path.write_text("Buy milk.\nCall Robert.\n"), "is not a video file"),
        (lambda path: path.write_bytes(bytes(range(256)) * 99), "is not a video file"),
        (_sound, "has no video stream (only audio)"),
        (_list_to_join, "is no film, but a playlist, a list of other files"),
        (_picture, "is no film, but a playlist, a list of other files"),
        (_subtitles, "is no film, but a playlist, a list of other files"),
        (lambda path: _film(path, 1), "has fewer than 2 decodable frames (1)"),
    ],
)
def test_what_is_no_film_is_rejected_with_a_reason_that_names_it(tmp_path, make, reason):
    make(tmp_path / "notes.mp4")
    movie, frames, log = _probe(tmp_path / "notes.mp4", tmp_path / "out")
    assert movie["status"] == "rejected"
    assert movie["reason"].startswith(f"notes.mp4 {reason}")
    assert set(movie) == FIELDS
    assert movie["n_frames"] is movie["width"] is movie["decode_errors"] is None
    assert frames.empty
    assert movie["reason"] in log


def _probe_recorded(film, out, *options):
    """Run the stage as the workflow does; what it wrote of what the film looks like."""
    _probe(film, out, f"--record={out / 'logs/film.json'}", *options)
    return read_film_record(out / "logs/film.json")


def test_what_was_hashed_is_written_down_with_what_it_looked_like(tmp_path):
    film = _film(tmp_path / "heat.mp4", 3)
    sampled, sha256 = hash_film(film)
    assert _probe_recorded(film, tmp_path / "fresh") is None  # its dates cannot tell yet
    time.sleep(2.1)
    look = file_status(film)
    for known, kept in ((sampled, sampled), (known_by(sha256), known_by(sha256)), ("x", sampled)):
        record = _probe_recorded(film, tmp_path / kept, "--fingerprint", known)
        assert record == FilmRecord(look, sha256, kept)


@pytest.mark.parametrize(
    "change",
    [
        lambda film: film.write_bytes(film.read_bytes() + b"more"),
        lambda film: film.unlink(),
        lambda film: _film(film.with_suffix(".new.mp4"), 4).replace(film),
    ],
    ids=["growing", "gone", "replaced"],
)
def test_a_film_that_changes_while_it_is_read_is_not_certified(tmp_path, monkeypatch, change):
    film = _film(tmp_path / "heat.mp4", 3)

    def choose(container):
        change(film)
        return choose_stream(container)

    monkeypatch.setattr("castmap.video.inspection.choose_stream", choose)
    with pytest.raises(SystemExit):
        _probe(film, tmp_path / "out")
    assert "was changed or went away while it was read" in (tmp_path / "out/log").read_text()
    assert not (tmp_path / "out/movie.json").exists()


def test_a_film_that_is_only_touched_while_it_is_read_is_fine(tmp_path, monkeypatch):
    film = _film(tmp_path / "heat.mp4", 3)

    def choose(container):
        film.touch()
        return choose_stream(container)

    monkeypatch.setattr("castmap.video.inspection.choose_stream", choose)
    assert _probe(film, tmp_path / "out")[0]["status"] == "ok"


@pytest.mark.parametrize("target", [None, "/gone/heat.mp4", "heat.mp4"])
def test_a_film_that_is_away_is_not_judged(tmp_path, target, capsys):
    if target:
        (tmp_path / "heat.mp4").symlink_to(target)
    with pytest.raises(SystemExit):
        _probe(tmp_path / "heat.mp4", tmp_path / "out")
    assert (
        "heat.mp4: not here, but what is to be done now needs the film" in capsys.readouterr().err
    )
    assert not (tmp_path / "out" / "movie.json").exists()


def test_a_rejected_film_is_still_identified(tmp_path):
    (tmp_path / "notes.mp4").write_text("Buy milk.")
    movie, _, _ = _probe(tmp_path / "notes.mp4", tmp_path / "out")
    assert movie["sha256"] == hashlib.sha256(b"Buy milk.").hexdigest()
    assert movie["bytes"] == 9


def test_a_film_that_crashes_the_decoder_is_rejected(tmp_path, monkeypatch):
    film = _film(tmp_path / "heat.mp4")

    def crash(film):
        faulthandler.disable()
        ctypes.string_at(0)

    monkeypatch.setattr("castmap.video.glance.open_film", crash)
    movie, frames, log = _probe(film, tmp_path / "out")
    assert movie["status"] == "rejected"
    assert "heat.mp4 cannot be decoded: the decoder crashed (signal 11)" in movie["reason"]
    assert movie["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
    assert frames.empty
    assert movie["reason"] in log
