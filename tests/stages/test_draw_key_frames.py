"""The stage draw_key_frames on a film written here."""

import zipfile

import av
import numpy as np
import pandas as pd
import pytest

import draw_key_frames
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.face_archive import read_crop
from castmap.formats.tables import SHOTS
from castmap.shots.boundaries import shots_table

SIZE, RATE = (640, 360), 25
LEVELS = (60, 110, 170)  # of the shots
SHOT = 12  # frames


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Each shot gets brighter by five levels a frame, so that each frame can be told."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options={"crf": "5"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for level in LEVELS:
            for frame in range(SHOT):
                picture = np.full((SIZE[1], SIZE[0], 3), level + 5 * frame, np.uint8)
                picture[:, : SIZE[0] // 2] = 30
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())
    facts = {"video_stream": 0, "width": SIZE[0], "height": SIZE[1]}
    write_json(path.with_name("movie.json"), {"movie": "film", "status": "ok", **facts})
    return path


def run(film, shots, out):
    write_table(film.with_name("shots.parquet"), SHOTS, shots, {})
    files = {"movie": film.with_name("movie.json"), "shots": film.with_name("shots.parquet")}
    files |= {"film": film, "out-pictures": out}
    draw_key_frames.main([f"--{name}={value}" for name, value in files.items()])
    with zipfile.ZipFile(out) as archive:
        return [read_crop(archive, shot) for shot in range(len(archive.namelist()))]


def cut_evenly():
    count = SHOT * len(LEVELS)
    times = np.arange(count) / RATE
    frames = pd.DataFrame({"frame": range(count), "time_s": times, "duration_s": 1 / RATE})
    cuts = [(start, "cut", start, start, 1.0) for start in (SHOT, 2 * SHOT)]
    names = ["frame", "kind", "transition_start", "transition_end", "score"]
    return shots_table(pd.DataFrame(cuts, columns=names), frames, 0.1)


def test_the_frame_in_the_middle_of_each_shot_is_drawn(film, tmp_path):
    pictures = run(film, cut_evenly(), tmp_path / "key_frames.zip")
    assert [picture.shape for picture in pictures] == [(180, 320, 3)] * len(LEVELS)
    for picture, level in zip(pictures, LEVELS, strict=True):
        assert picture[:, 10:150].mean() == pytest.approx(30, abs=2)
        assert picture[:, 170:310].mean() == pytest.approx(level + 5 * (SHOT // 2), abs=2)


def test_the_same_film_gives_the_same_bytes(film, tmp_path):
    files = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for file in files:
        run(film, cut_evenly(), file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_film_without_shots_has_no_pictures_and_is_not_opened(film, tmp_path):
    gone = tmp_path / "gone.mp4"
    (tmp_path / "movie.json").write_bytes(film.with_name("movie.json").read_bytes())
    assert run(gone, SHOTS.empty(), tmp_path / "none.zip") == []
