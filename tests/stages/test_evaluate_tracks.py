import json

import numpy as np
import pandas as pd
import pytest

from workflow_scripts import evaluate_tracks
from workflow_scripts.formats.tables import DETECTIONS, FRAMES, SHOTS, TRACKS, TRUE_FACES
from workflow_scripts.stagekit.files import write_csv, write_table

STEP_S = 0.1
LABELS = pd.DataFrame(
    [
        ("ann", 0, 30, 0, 0, 50, 50),
        ("ann", 30, 60, 5, 0, 55, 50),
        ("ben", 30, 60, 100, 0, 150, 50),
        ("ben", 80, 85, 100, 0, 150, 50),
    ],
    columns=TRUE_FACES.columns,
)


def frames_table(n=90):
    times = np.arange(n) * STEP_S
    return pd.DataFrame(
        {"frame": range(n), "time_s": times, "duration_s": STEP_S, "time_source": "pts"}
    )


def shots_table():
    rows = [
        (0, 0, 30, 0.0, 3.0, "film_start", 0, 0, 1.0),
        (1, 30, 90, 3.0, 9.0, "cut", 30, 30, 0.9),
    ]
    return pd.DataFrame(rows, columns=SHOTS.columns)


def faces_of(*tracks):
    """Detections and tracks from (shot, frames, x of each face)."""
    rows = [
        (track, shot, frame, frame * STEP_S, x)
        for track, (shot, frames, xs) in enumerate(tracks)
        for frame, x in zip(frames, xs, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["track", "shot", "frame", "time_s", "x1"])
    table = table.assign(y1=0.0, x2=table["x1"] + 10, y2=10.0, interpolated=False)
    table["detection"] = range(len(table))
    detections = table.reindex(columns=DETECTIONS.columns).fillna(0.0)
    return detections, table[TRACKS.columns]


def run(folder, frames, shots, faces, labels):
    detections, tracks = faces
    write_table(folder / "frames.parquet", FRAMES, frames, {})
    write_table(folder / "shots.parquet", SHOTS, shots, {})
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    write_table(folder / "tracks.parquet", TRACKS, tracks, {})
    write_csv(folder / "faces.csv", TRUE_FACES, labels)
    evaluate_tracks.main(
        [
            *("--frames", str(folder / "frames.parquet")),
            *("--shots", str(folder / "shots.parquet")),
            *("--detections", str(folder / "detections.parquet")),
            *("--tracks", str(folder / "tracks.parquet")),
            *("--true-faces", str(folder / "faces.csv")),
            *("--every-nth-frame", "3"),
            *("--out-metrics", str(folder / "tracks.json"), "--log", str(folder / "log.txt")),
        ]
    )
    return json.loads((folder / "tracks.json").read_text())


def test_coverage_and_purity_of_a_small_film(tmp_path):
    first, second = range(0, 30, 3), range(30, 60, 3)
    metrics = run(
        tmp_path,
        frames_table(),
        shots_table(),
        faces_of(
            (0, first, [10] * 10),
            (1, second, [10] * 9 + [110]),  # ann's, with a face of ben
            (1, range(30, 45, 3), [110] * 5),  # ben's, the first half of his interval
            (1, range(63, 75, 3), [300] * 4),  # nobody's
        ),
        LABELS,
    )
    assert metrics["interval_count"] == 2
    assert metrics["intervals_too_short"] == 1
    ben, ann = metrics["worst_intervals"]
    assert (ben["person"], ann["person"]) == ("ben", "ann")
    # Half a step beyond the last faces, frames 57 and 42, ends the tracks at frames 59 and 44.
    assert ann["coverage"] == pytest.approx(59 / 60)
    assert ben["coverage"] == pytest.approx(14 / 30)
    assert metrics["coverage_min"] == ben["coverage"]
    assert metrics["intervals_below_95"] == 1
    assert metrics["fragments_mean"] == 1.5
    assert metrics["fragments_per_shot"] == 1.0
    assert (metrics["tracks"], metrics["false_tracks"], metrics["mixed_tracks"]) == (4, 1, 1)
    assert metrics["mixed_tracks_tolerant"] == 0
    assert metrics["face_purity"] == 24 / 25
    assert (metrics["faces_of_people"], metrics["faces_tracked"]) == (25, 1.0)
    # Ann in either shot, Ben in the second: 10, 10 and 10 + 2 examined frames.
    assert (metrics["appearances"], metrics["labelled_faces"]) == (3, 32)
    # 25 of these are found, beside four faces of nobody; one is in the track of somebody else.
    assert metrics["deta"] == pytest.approx(25 / (25 + 7 + 4))
    assert metrics["idf1"] == pytest.approx(2 * 24 / (32 + 29))


def test_a_film_without_tracks_covers_nothing(tmp_path):
    faces = DETECTIONS.empty(), TRACKS.empty()
    metrics = run(tmp_path, frames_table(), shots_table(), faces, LABELS)
    assert (metrics["interval_count"], metrics["coverage_mean"]) == (2, 0.0)
    assert metrics["face_purity"] is metrics["faces_tracked"] is None
    assert metrics["hota"] == metrics["idf1"] == 0


@pytest.mark.parametrize("labels", [LABELS, LABELS.iloc[:0]])
def test_a_rejected_film_gets_nulls(tmp_path, labels):
    faces = DETECTIONS.empty(), TRACKS.empty()
    metrics = run(tmp_path, FRAMES.empty(), SHOTS.empty(), faces, labels)
    assert metrics["interval_count"] == metrics["tracks"] == 0
    assert metrics["coverage_mean"] is metrics["hota"] is metrics["mota"] is None


def test_labels_beyond_the_end_of_the_film_are_named(tmp_path):
    faces = DETECTIONS.empty(), TRACKS.empty()
    with pytest.raises(SystemExit):
        run(tmp_path, frames_table(84), shots_table(), faces, LABELS)
    log = (tmp_path / "log.txt").read_text()
    assert "faces.csv" in log and "80 to 85" in log and "Traceback" not in log
