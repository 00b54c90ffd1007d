"""From a film of few frames a second, or uneven ones, to who is seen when.

The films are made of the talk of three people who keep their seats: who is seen when follows from
how the films are made.
"""

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

import cluster_characters
import detect_faces
import detect_shots
import embed_faces
import probe_movie
import track_faces
from castmap.files.results import read_table, write_table
from castmap.formats.tables import CLUSTERS, MUST_LINKS, TRACKLETS

N_PEOPLE = 3
TALK = "resources/demo/footage/example_multispeaker.mp4"
# From frame to frame .1 to 8 s, as where only what moves is stored.
UNEVEN = np.cumsum([0, 0.1, 0.2, 8, 1.5, 0.1, 0.1, 5, 0.4, 3, 0.1, 0.1, 2, 6])
FILMS = {"of_5_s": np.arange(8) * 5.0, "of_1_s": np.arange(25) * 1.0, "uneven": UNEVEN}


@pytest.fixture(scope="module")
def pictures(root):
    """A picture for each tenth of a second of half a minute."""
    found = []
    with av.open(str(root / TALK)) as film:
        for frame in film.decode(video=0):
            if frame.time + 1e-6 >= len(found) / 10:
                picture = frame.to_ndarray(format="rgb24")
                found.append(cv2.resize(picture, (640, 360), interpolation=cv2.INTER_AREA))
            if len(found) == 400:
                return found


def write_film(path, pictures, times):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "20", "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for time in times:
            frame = av.VideoFrame.from_ndarray(pictures[round(time * 10)], "rgb24")
            frame.pts, frame.time_base = round(time * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def run(folder, weights, step):
    """The clusters of folder/film.mp4, by the stages as they are with the default settings."""

    def options(*names):
        files = {"movie": "movie.json", "faces": "faces.zip", "film": "film.mp4"}
        files["embeddings"] = "embeddings.sface.safetensors"
        paths = {name: folder / files.get(name, f"{name}.parquet") for name in names}
        return [part for name, path in paths.items() for part in (f"--{name}", str(path))]

    outs = {"shots": "out-shots", "tracks": "out-tracks", "clusters": "out-clusters"}
    out = {name: (f"--{to}", str(folder / f"{name}.parquet")) for name, to in outs.items()}
    given = ("--every-nth-frame", str(step))
    machine = ("--device", "cpu", "--threads", "1", "--seed", "0")
    probe_movie.main(
        [
            *(*options("film"), "--name=film", "--title=", "--year=", "--fingerprint="),
            *(f"--record={folder / 'film.json'}", f"--out-movie={folder / 'movie.json'}"),
            *("--out-frames", str(folder / "frames.parquet")),
        ]
    )
    detect_shots.main(
        [
            *(*options("film", "movie", "frames"), *machine, "--detector", "transnetv2"),
            *("--weights", str(weights("transnetv2.safetensors")), "--parameters", "{}"),
            *("--threshold", "0.5", "--min-length-s", "0.2", *out["shots"]),
        ]
    )
    detect_faces.main(
        [
            *(*options("film", "movie", "frames", "shots"), *given, "--model", "centerface"),
            *("--weights", str(weights("centerface.safetensors")), "--long-side-px", "640"),
            *("--min-score", "0.5", "--min-size-px", "16", *machine),
            *("--out-examined", str(folder / "examined.parquet")),
            *("--out-detections", str(folder / "detections.parquet")),
            *("--out-faces", str(folder / "faces.zip")),
        ]
    )
    embed_faces.main(
        [
            *(*options("detections", "faces"), "--model", "sface", "--parameters={}", *machine),
            *("--weights", str(weights("sface.safetensors"))),
            *("--out-embeddings", str(folder / "embeddings.sface.safetensors")),
        ]
    )
    track_faces.main(
        [
            *options("frames", "shots", "examined", "detections", "embeddings"),
            *("--min-faces", "3", "--min-best-score", "0.7", "--max-gap-s", "0.5"),
            *("--min-similarity", "0.3", *out["tracks"]),
        ]
    )
    write_table(folder / "tracklets.parquet", TRACKLETS, TRACKLETS.empty(), {})
    write_table(folder / "must_links.parquet", MUST_LINKS, MUST_LINKS.empty(), {})
    cluster_characters.main(
        [
            *options("frames", "shots", "examined", "detections", "tracks", "tracklets"),
            f"--must-links={folder / 'must_links.parquet'}",
            *(*options("embeddings"), "--calibration-model=sface", "--prior-distance=0.63"),
            *("--algorithm=castmap", "--parameters={}", "--seed=1"),
            *("--out-clusters", str(folder / "clusters.sface.parquet")),
            *("--out-calibrations", str(folder / "clusters.sface.json")),
        ]
    )
    return read_table(folder / "clusters.sface.parquet", CLUSTERS)


@pytest.mark.parametrize(
    ("name", "step"), [("of_5_s", 1), ("of_1_s", 3), ("uneven", 1), ("uneven", 3)]
)
def test_who_sits_there_all_the_time_is_seen_all_the_time(pictures, weights, tmp_path, name, step):
    write_film(tmp_path / "film.mp4", pictures, FILMS[name])
    found = run(tmp_path, weights, step)
    assert sorted(found["character"]) == ["C01", "C02", "C03"]
    assert (found["start_s"] == 0).all()
    # The film has one shot; how long its last frame is shown, the file does not say.
    assert (found["end_s"] >= FILMS[name][-1]).all()
    assert (found["n_faces"] == len(FILMS[name][::step])).all()
