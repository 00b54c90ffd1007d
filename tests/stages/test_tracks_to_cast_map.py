"""The stages from faces to the cast map, one after the other, on a film of two known people."""

import zipfile

import numpy as np
import pandas as pd

import cluster_characters
import export_movie
import track_faces
from castmap.exports.files import exported_files
from castmap.faces.alignment import TEMPLATE
from castmap.files.results import read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import write_embeddings
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    CAST_MAP,
    CHARACTERS,
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    MUST_LINKS,
    SHOTS,
    TRACKLETS,
)
from castmap.tracks.examined import every_nth
from tests.library.exports_example import INFO

N_FRAMES, CUT = 60, 31
ANN, BEN = np.eye(2, 128)
# Ann and Ben talk; after the cut Ann is alone, elsewhere in the picture.
FACES = sorted(
    [(frame, 100, ANN) for frame in range(0, CUT, 3)]
    + [(frame, 400, BEN) for frame in range(0, CUT, 3)]
    + [(frame, 250, ANN) for frame in range(33, 48, 3)],
    key=lambda face: face[:2],
)


def write_film(folder, faces=FACES, n_frames=N_FRAMES):
    folder.mkdir(exist_ok=True)
    times = np.arange(n_frames) / 30
    frames = pd.DataFrame({"frame": range(n_frames), "time_s": times, "duration_s": 1 / 30})
    write_table(folder / "frames.parquet", FRAMES, frames.assign(time_source="pts"), {})
    write_table(folder / "examined.parquet", EXAMINED, every_nth(3, n_frames), {})
    shots = pd.DataFrame(
        [
            (0, 0, CUT, 0.0, CUT / 30, "film_start", 0, 0, 1.0),
            (1, CUT, n_frames, CUT / 30, n_frames / 30, "cut", CUT, CUT, 0.9),
        ],
        columns=SHOTS.columns,
    )
    write_table(folder / "shots.parquet", SHOTS, shots if n_frames else SHOTS.empty(), {})
    table = pd.DataFrame(0.0, index=range(len(faces)), columns=DETECTIONS.columns)
    table["detection"] = np.arange(len(faces))
    table["frame"] = np.array([frame for frame, _, _ in faces], int)
    table["time_s"] = table["frame"] / 30
    table["x1"] = [float(x) for _, x, _ in faces]
    table["x2"], table["y2"] = table["x1"] + 60, 80.0
    table["score"], table["size_px"], table["blur"] = 0.9, 69.0, 100.0
    table[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    write_table(folder / "detections.parquet", DETECTIONS, table, {})
    vectors = np.array([vector for _, _, vector in faces]).reshape(-1, 128)
    write_embeddings(folder / "embeddings.film.safetensors", vectors, {})
    write_json(folder / "movie.json", INFO)
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in table["detection"]:
            add_crop(archive, detection, np.zeros((112, 112, 3), np.uint8))


def options(folder, *names):
    return [part for name in names for part in (f"--{name}", str(next(folder.glob(f"{name}.*"))))]


def run(folder, stop_distance=0.6):
    track_faces.main(
        [
            *options(folder, "frames", "shots", "examined", "detections", "embeddings"),
            *("--min-faces", "3", "--min-best-score", "0.7"),
            *("--max-gap-s", "0.5", "--min-similarity", "0.3"),
            *("--out-tracks", str(folder / "tracks.parquet")),
            *("--log", str(folder / "log.txt")),
        ]
    )
    write_table(folder / "tracklets.parquet", TRACKLETS, TRACKLETS.empty(), {})
    write_table(folder / "must_links.parquet", MUST_LINKS, MUST_LINKS.empty(), {})
    cluster_characters.main(
        [
            *options(folder, "frames", "shots", "examined", "detections", "tracks"),
            *options(folder, "tracklets", "embeddings"),
            f"--must-links={folder / 'must_links.parquet'}",
            f"--prior-distance={stop_distance}",
            *("--algorithm=castmap", "--parameters={}", "--seed=1"),
            *("--calibration-model=film", "--out-calibrations", str(folder / "clusters.film.json")),
            *("--out-clusters", str(folder / "clusters.film.parquet")),
        ]
    )
    found = read_table(folder / "clusters.film.parquet", CLUSTERS).assign(
        name=None, named_by=None, corrected=False
    )
    write_table(folder / "characters.parquet", CHARACTERS, found, {})
    export_movie.main(
        [
            *options(folder, "movie", "frames", "examined", "shots", "detections", "faces"),
            *(*options(folder, "tracks", "characters"), "--film=film.mp4", "--show-faces=shown"),
            *("--out-exports", *[str(folder / "exports" / name) for name in exported_files()]),
        ]
    )
    return pd.read_csv(folder / "exports" / "cast_map.csv")


def test_the_cast_map_says_who_is_seen_when(tmp_path):
    write_film(tmp_path)
    cast = run(tmp_path)
    assert list(cast.columns) == list(CAST_MAP.columns)
    seen = cast[["character", "start_s", "end_s", "shot", "track"]].to_numpy().tolist()
    cut, end = round(CUT / 30, 3), round((45 + 2) / 30, 3)
    assert seen == [["C01", 0.0, cut, 0, 0], ["C02", 0.0, cut, 0, 1], ["C01", cut, end, 1, 2]]
    assert cast["confidence"].between(0, 1).all()
    assert "3 tracks of 27 of 27 faces" in (tmp_path / "log.txt").read_text()


def test_people_seen_at_once_stay_apart_however_alike(tmp_path):
    write_film(tmp_path, [(frame, x, ANN) for frame, x, _ in FACES])
    cast = run(tmp_path, stop_distance=2)
    together = cast[cast["shot"] == 0]
    assert together["character"].nunique() == 2
    assert cast["character"].nunique() == 2
