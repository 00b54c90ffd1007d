"""Faces as detect_faces leaves them, for tests of what comes after it."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from castmap.files.results import write_table
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import DETECTIONS
from castmap.shots.boundaries import boundaries_table, shots_table
from tests.conftest import WorkingCopy
from tests.synthetic_films import draw_gradients


def one_shot(frames: pd.DataFrame) -> pd.DataFrame:
    """SHOTS of a film without a cut; ``frames`` is its FRAMES."""
    return shots_table(boundaries_table([]), frames)


def write_faces(folder: Path, count: int) -> None:
    """Write detections.parquet and faces.zip; the crops are smooth random pictures."""
    rng = np.random.default_rng(4)
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in range(count):
            coarse = rng.integers(0, 255, (6, 6, 3)).astype(np.uint8)
            add_crop(archive, detection, cv2.resize(coarse, (112, 112)))
    table = pd.DataFrame(0, index=range(count), columns=DETECTIONS.columns)
    table["detection"] = range(count)
    write_table(folder / "detections.parquet", DETECTIONS, table, {})


def only_one_film(copy: WorkingCopy, faces: int) -> WorkingCopy:
    """Leave one film in a working copy, called talk, whose faces have been found."""
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().partition("\n")[0] + "\n")
    draw_gradients(copy.path("films/talk.mp4"), 5)
    folder = copy.path("results/talk")
    folder.mkdir(parents=True)
    write_faces(folder, faces)
    return copy


def embed(copy: WorkingCopy, model: str, *rules: str) -> Path:
    """Embed the film's faces; ``rules`` are those that may run besides."""
    target = f"results/talk/embeddings.{model}.safetensors"
    run = copy.snakemake(target, "--allowed-rules", "embed_faces", *rules, cores=1)
    assert run.returncode == 0, run.stdout
    return copy.path(target)
