"""A film that is replaced by another is analysed again, however alike the two files are."""

import hashlib
import json
import os
import shutil
from fractions import Fraction

import av
import numpy as np

MOVIE = "results/heat/movie.json"
HEADER = "movie\tpath\ttitle\tyear\tlabels\trole\n"


def write_film(path, changed=()):
    """An uncompressed film: every frame takes the same bytes, and some are other pictures."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("rawvideo", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(100):
            grey = np.full((48, 64, 3), 2 * number + 50 * (number in changed), np.uint8)
            frame = av.VideoFrame.from_ndarray(grey)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_film_of_the_same_size_and_samples_is_noticed(fresh, tmp_path_factory):
    fresh.path("resources/movies.tsv").write_text(HEADER)
    folder = tmp_path_factory.mktemp("versions")
    first = write_film(folder / "first.avi")
    second = write_film(folder / "second.avi", changed=range(20, 40))
    assert first.stat().st_size == second.stat().st_size
    film = fresh.path("films/heat.avi")
    shutil.copy2(first, film)
    assert fresh.snakemake(MOVIE).returncode == 0
    assert fresh.planned(MOVIE) == {}
    os.utime(film)
    assert fresh.planned(MOVIE) == {}
    facts = json.loads(fresh.path(MOVIE).read_text())
    dates = film.stat().st_atime_ns, film.stat().st_mtime_ns
    shutil.copy2(second, film)
    os.utime(film, ns=dates)
    assert fresh.planned(MOVIE) == {"probe_movie": 1}
    assert fresh.snakemake(MOVIE).returncode == 0
    again = json.loads(fresh.path(MOVIE).read_text())
    assert again == {**facts, "sha256": sha256(second)}
    assert again["sha256"] != facts["sha256"]
    assert fresh.planned(MOVIE) == {}
