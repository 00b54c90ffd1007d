"""Long stages that are killed in the middle go on, and give the bytes of an undisturbed run."""

import itertools
import math
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from types import SimpleNamespace

import av
import numpy as np
import pandas as pd
import pytest
import torch

import detect_faces
import detect_shots
import embed_faces
from castmap.adaptation.checkpoints import CheckpointFile
from castmap.files import sealed
from castmap.files.results import write_table
from castmap.files.sealed import read_sealed, write_sealed
from castmap.files.whole import write_json
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import DETECTIONS, FRAMES, SHOTS
from castmap.stages.arguments import Job
from castmap.stages.crops import BATCH
from castmap.stages.unfinished import Unfinished
from castmap.tracks.examining import EFFORT
from castmap.video.decoding import decode_frames, open_film
from tests.found_faces import one_shot

N_FRAMES, FPS = 500, 25
EVERY_NTH = 50
# A stage as it is, but that keeps what it has after every batch instead of every minute.
STAGE = """
import sys
import {stage}
from castmap.files import sealed
sealed.EVERY_S = 0.0
{stage}.main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def film(root, tmp_path_factory):
    """Twenty seconds of a demo film."""
    folder = tmp_path_factory.mktemp("film")
    with open_film(root / "resources/demo/films/demo_debate.mp4") as source:
        decoded = decode_frames(source, source.streams.video[0].index, size=(320, 180))
        with av.open(str(folder / "film.mp4"), "w") as container:
            stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"})
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            for _, frame in itertools.islice(decoded, N_FRAMES):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
            container.mux(stream.encode())
    facts = {"video_stream": 0, "width": 320, "height": 180}
    write_json(folder / "movie.json", {"movie": "film", "status": "ok", **facts})
    table = pd.DataFrame({"frame": range(N_FRAMES), "time_s": np.arange(N_FRAMES) / FPS})
    table = table.assign(duration_s=0.04, time_source="pts")
    write_table(folder / "frames.parquet", FRAMES, table, {})
    write_table(folder / "shots.parquet", SHOTS, one_shot(table), {})
    return folder


def faces_of(film, weights, out, every_nth_frame):
    return SimpleNamespace(
        stage=detect_faces,
        kept=out / ".unfinished.detections.parquet",
        outputs=[out / name for name in ("examined.parquet", "detections.parquet", "faces.zip")],
        log=out / "log.txt",
        arguments=[
            *("--film", film / "film.mp4", "--movie", film / "movie.json"),
            *("--frames", film / "frames.parquet", "--shots", film / "shots.parquet"),
            *("--model", "centerface", "--weights", weights("centerface.safetensors")),
            *(
                "--long-side-px",
                "320",
                "--every-nth-frame",
                every_nth_frame,
                "--min-score",
                "0.5",
                "--min-size-px",
                "16",
            ),
            *("--device", "cpu", "--threads", 1, "--seed", 0),
            *("--out-examined", out / "examined.parquet"),
            *("--out-detections", out / "detections.parquet"),
            *("--out-faces", out / "faces.zip", "--log", out / "log.txt"),
        ],
    )


def shots_of(film, weights, out):
    return SimpleNamespace(
        stage=detect_shots,
        kept=out / ".unfinished.shots.parquet",
        outputs=[out / "shots.parquet"],
        log=out / "log.txt",
        arguments=[
            *("--film", film / "film.mp4", "--movie", film / "movie.json"),
            *("--frames", film / "frames.parquet", "--weights", weights("transnetv2.safetensors")),
            *("--detector", "fused", "--parameters", "{}", "--threshold", "0.5"),
            *("--min-length-s", "0.2", "--device", "cpu", "--threads", "1", "--seed", "0"),
            *("--out-shots", out / "shots.parquet", "--log", out / "log.txt"),
        ],
    )


def embeddings_of(faces, weights, out):
    return SimpleNamespace(
        stage=embed_faces,
        kept=out / ".unfinished.embeddings.safetensors",
        outputs=[out / "embeddings.safetensors"],
        log=out / "log.txt",
        arguments=[
            *("--detections", faces / "detections.parquet", "--faces", faces / "faces.zip"),
            *("--model", "sface", "--weights", weights("sface.safetensors"), "--device", "cpu"),
            *("--parameters", "{}", "--threads", 1, "--seed", 0),
            *("--out-embeddings", out / "embeddings.safetensors", "--log", out / "log.txt"),
        ],
    )


def pieces(job):
    return sorted(job.kept.glob("*/[0-9]*"))


def kill(job, n_kept):
    """Run a stage in a process of its own until it has kept something so often, and kill it."""
    name = job.stage.__name__.rpartition(".")[2]
    run = subprocess.Popen(
        [sys.executable, "-c", STAGE.format(stage=name), *map(str, job.arguments)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 500
    seen = set()
    while len(seen) < n_kept:
        seen |= {(path, path.stat().st_mtime_ns) for path in pieces(job)}
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    assert not any(path.exists() for path in job.outputs)


def finish(job):
    """Run a stage to its end; its log, and its outputs."""
    job.stage.main([str(argument) for argument in job.arguments])
    assert not job.kept.exists()
    return job.log.read_text(), [path.read_bytes() for path in job.outputs]


def done_in(said, unit):
    """How many units the log says were done."""
    return int(re.search(rf": (\d+) {unit} in ", said).group(1))


@pytest.mark.parametrize(
    ("every_nth_frame", "units", "n_units"),
    [
        (EVERY_NTH, "frames", N_FRAMES / EVERY_NTH),
        (None, "stretches", math.ceil((N_FRAMES - 1) / FPS / EFFORT.coarse_s)),
    ],
)
def test_detection_goes_on_after_a_kill(film, weights, tmp_path, every_nth_frame, units, n_units):
    said, whole = finish(faces_of(film, weights, tmp_path / "whole", every_nth_frame))
    assert done_in(said, units) == n_units
    job = faces_of(film, weights, tmp_path / "killed", every_nth_frame)
    kill(job, 4)
    *others, newest = pieces(job)
    # A piece that was cut when the disk crashed does not count, and the log tells of it.
    newest.write_bytes(newest.read_bytes()[:-1])
    said, again = finish(job)
    assert again == whole
    assert done_in(said, units) == n_units - len(others)
    assert f"{newest} is damaged" in said


def test_shots_go_on_after_a_kill(film, weights, tmp_path):
    _, whole = finish(shots_of(film, weights, tmp_path / "whole"))
    job = shots_of(film, weights, tmp_path / "killed")
    kill(job, 2)
    said, again = finish(job)
    assert again == whole
    assert "going on where an earlier run has stopped" in said


def test_embedding_goes_on_after_a_kill(weights, tmp_path):
    n_faces, batch = 150, BATCH["cpu"]
    table = pd.DataFrame(0, index=range(n_faces), columns=DETECTIONS.columns)
    write_table(
        tmp_path / "detections.parquet", DETECTIONS, table.assign(detection=range(n_faces)), {}
    )
    rng = np.random.default_rng(4)
    with zipfile.ZipFile(tmp_path / "faces.zip", "w") as archive:
        for detection in range(n_faces):
            add_crop(archive, detection, rng.integers(0, 255, (112, 112, 3), np.uint8))
    _, whole = finish(embeddings_of(tmp_path, weights, tmp_path / "whole"))
    job = embeddings_of(tmp_path, weights, tmp_path / "killed")
    kill(job, 1)
    n_done = len(pieces(job))
    said, again = finish(job)
    assert again == whole
    assert done_in(said, "batches") == -(-n_faces // batch) - n_done


@pytest.fixture
def keeping(tmp_path, monkeypatch):
    """Makes the store of a stage, whose provenance is given."""
    monkeypatch.setattr(sealed, "EVERY_S", 0.0)
    machine = {"device": "cpu", "threads": 1, "seed": 0}
    source = tmp_path / "input"
    source.write_bytes(b"faces")
    for folder in ("math", "cmath"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "member.py").write_text(f"import {folder}\n")

    def make(code="math", **settings):
        job = Job({"stage": "embed_faces", "settings": settings}, {}, machine)
        return Unfinished(
            tmp_path / "out.safetensors", job, [source], [tmp_path / code / "member.py"]
        )

    return make


def test_pieces_are_given_back_in_order_until_one_is_damaged(keeping, tmp_path):
    first = keeping(model="a")
    for number in range(12):
        assert first.is_due()
        first.add(bytes([number]) * 10)
    assert list(keeping(model="a").pieces()) == [bytes([number]) * 10 for number in range(12)]
    piece = sorted(tmp_path.glob(".unfinished.*/*/*"))[7]
    content = bytearray(piece.read_bytes())
    content[3] ^= 1
    piece.write_bytes(content)
    again = keeping(model="a")
    assert len(list(again.pieces())) == 7
    again.add(b"other")
    assert [*keeping(model="a").pieces()][7] == b"other"


def test_only_the_same_work_is_taken_up(keeping, tmp_path):
    keeping(model="a").add(b"a")
    assert list(keeping(model="b").pieces()) == []
    assert not list(tmp_path.glob(".unfinished.*/*"))
    keeping(model="a").add(b"a")
    (tmp_path / "input").write_bytes(b"Faces")
    assert list(keeping(model="a").pieces()) == []


def test_work_of_a_member_whose_code_was_edited_is_done_again(keeping):
    keeping(model="a").add(b"a")
    assert list(keeping(model="a").pieces()) == [b"a"]
    assert list(keeping("cmath", model="a").pieces()) == []


def test_a_damaged_checkpoint_of_a_training_is_none(tmp_path):
    checkpoint = CheckpointFile(tmp_path / "0123.pt")
    assert checkpoint.load() is None
    checkpoint.save({"step": 7, "network": {"weight": torch.arange(3.0)}})
    state = checkpoint.load()
    assert state["step"] == 7 and state["network"]["weight"].tolist() == [0, 1, 2]
    (path,) = tmp_path.glob("*.pt")
    path.write_bytes(path.read_bytes()[:-100])
    assert checkpoint.load() is None
    checkpoint.remove()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"x" * 1000])
def test_a_sealed_file_is_read_only_as_it_was_written(tmp_path, content):
    path = tmp_path / "sealed"
    assert read_sealed(path) is None
    write_sealed(path, content)
    assert read_sealed(path) == content
    whole = path.read_bytes()
    for damaged in (b"", whole[:-1], whole[1:], whole + b"x", bytes([whole[0] ^ 1]) + whole[1:]):
        path.write_bytes(damaged)
        assert read_sealed(path) is None
