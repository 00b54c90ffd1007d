"""The stage detect_shots on films written here."""

import hashlib
from types import SimpleNamespace

import av
import cv2
import numpy as np
import pandas as pd
import pytest

import detect_shots
from castmap.files.results import read_record, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.tables import FRAMES, SHOTS

FPS = 25
SIZE = (192, 108)
CUTS, DISSOLVE = [40, 130], (85, 97)
N_FRAMES = 175


def pictures():
    """Smooth pictures, each slowly drifting: a cut, a dissolve, a cut."""
    rng = np.random.default_rng(11)
    scenes = []
    for _ in range(4):
        coarse = rng.uniform(0, 255, (6, 10, 3)).astype(np.float32)
        scenes.append(cv2.resize(coarse, (260, 140), interpolation=cv2.INTER_CUBIC).clip(0, 255))
    for number in range(N_FRAMES):
        drift = number // 6
        a, b, c, d = (scene[5 : 5 + SIZE[1], drift : drift + SIZE[0]] for scene in scenes)
        share = (number - DISSOLVE[0] + 1) / (DISSOLVE[1] - DISSOLVE[0] + 1)
        mixed = b + (c - b) * np.clip(share, 0, 1)
        yield np.uint8(a if number < CUTS[0] else mixed if number < CUTS[1] else d)


def write_film(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "18"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for picture in pictures():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode())


def frames_table(count):
    return pd.DataFrame(
        {
            "frame": range(count),
            "time_s": np.arange(count) / FPS,
            "duration_s": 1 / FPS,
            "time_source": "pts",
        }
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory, weights):
    folder = tmp_path_factory.mktemp("film")
    write_film(folder / "film.mp4")
    facts = {"video_stream": 0, "width": SIZE[0], "height": SIZE[1]}
    write_json(folder / "movie.json", {"movie": "film", "status": "ok", **facts})
    write_table(folder / "frames.parquet", FRAMES, frames_table(N_FRAMES), {})
    return SimpleNamespace(
        film=folder / "film.mp4",
        movie=folder / "movie.json",
        frames=folder / "frames.parquet",
        weights=weights("transnetv2.safetensors"),
    )


def run(film, out, *more, frames=None, path=None):
    detect_shots.main(
        [
            *("--film", str(path or film.film), "--movie", str(film.movie)),
            *("--frames", str(frames or film.frames), "--detector", "fused"),
            *("--parameters", "{}", "--threshold", "0.5", "--min-length-s", "0.2"),
            *("--device", "cpu", "--threads", "1", "--seed", "0"),
            *("--out-shots", str(out), *map(str, more)),
        ]
    )
    return read_table(out, SHOTS)


@pytest.mark.parametrize("detector", ["fused", "transnetv2"])
def test_the_networks_detectors_find_cuts_and_dissolves(film, tmp_path, detector):
    out = tmp_path / "shots.parquet"
    shots = run(film, out, "--weights", film.weights, "--detector", detector)
    assert shots["boundary"].tolist() == ["film_start", "cut", "gradual", "cut"]
    start, middle = shots["start_frame"], sum(DISSOLVE) / 2
    assert [start[1], start[3]] == CUTS
    assert abs(start[2] - middle) <= 2
    assert abs(shots["transition_start_frame"][2] - DISSOLVE[0]) <= 2
    assert abs(shots["transition_end_frame"][2] - DISSOLVE[1]) <= 2
    assert shots["start_s"].tolist() == pytest.approx((start / FPS).tolist())
    assert shots["end_frame"].iloc[-1] == N_FRAMES
    used = read_record(out)["settings"]
    assert used["detector"] == detector
    assert used["weights_sha256"] == hashlib.sha256(film.weights.read_bytes()).hexdigest()


def test_the_same_film_gives_the_same_bytes_on_any_number_of_threads(film, tmp_path):
    outs = {threads: tmp_path / f"{threads}.parquet" for threads in (1, 2, 3)}
    for threads, out in outs.items():
        run(film, out, "--weights", film.weights, "--threads", threads)
    assert len({out.read_bytes() for out in outs.values()}) == 1


@pytest.mark.parametrize("detector", ["adaptive", "content"])
def test_the_quick_detectors_find_cuts_only_and_need_no_weights(film, tmp_path, detector):
    shots = run(film, tmp_path / "shots.parquet", "--detector", detector)
    assert shots["boundary"].tolist() == ["film_start", "cut", "cut"]
    assert shots["start_frame"].tolist() == [0, *CUTS]


def test_shots_shorter_than_the_minimum_are_joined(film, tmp_path):
    more = ["--detector", "content", "--min-length-s", "2"]
    shots = run(film, tmp_path / "shots.parquet", *more)
    assert len(shots) == 1


def test_a_rejected_film_has_no_shots_and_is_not_opened(film, tmp_path):
    write_table(tmp_path / "frames.parquet", FRAMES, FRAMES.empty(), {})
    frames, missing = tmp_path / "frames.parquet", tmp_path / "missing.mp4"
    more = ["--weights", film.weights]
    assert run(film, tmp_path / "shots.parquet", *more, frames=frames, path=missing).empty


def test_a_film_that_changed_since_it_was_probed_is_refused(film, tmp_path, capsys):
    write_table(tmp_path / "frames.parquet", FRAMES, frames_table(N_FRAMES + 3), {})
    out = tmp_path / "shots.parquet"
    with pytest.raises(SystemExit):
        run(film, out, "--detector", "content", frames=tmp_path / "frames.parquet")
    assert f"has {N_FRAMES} frames but" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "fused needs --weights"),
        (
            ["--weights", "no_such.safetensors"],
            "no_such.safetensors: No such file or directory; `make",
        ),
        (["--threshold", "1"], "the threshold is 1.0; it must be above 0 and below 1"),
    ],
)
def test_faulty_arguments_are_named(film, tmp_path, capsys, more, said):
    with pytest.raises(SystemExit):
        run(film, tmp_path / "shots.parquet", *more)
    assert said in capsys.readouterr().err
