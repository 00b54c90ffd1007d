import json

import numpy as np
import pandas as pd
import pytest

import evaluate_tracks
from castmap.files.results import write_csv, write_table
from castmap.formats.tables import DETECTIONS, EXAMINED, FRAMES, SHOTS, TRACKS, TRUE_FACES
from castmap.tracks.examined import every_nth

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
    write_table(folder / "examined.parquet", EXAMINED, every_nth(3, len(frames)), {})
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
            *("--examined", str(folder / "examined.parquet")),
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
    assert (metrics["judged_by"], metrics["judged_frames"]) == ("all frames", 90)
    assert (metrics["interval_count"], metrics["tracks_not_judged"]) == (2, 0)
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


def test_labels_of_nobody_in_no_frame_judge_nothing(tmp_path):
    (tmp_path / "judged_frames.csv").write_text("start_frame,end_frame\n")
    faces = faces_of(*PERFECT)
    metrics = run(tmp_path, frames_table(), shots_table(), faces, LABELS.iloc[:0])
    assert (metrics["judged_frames"], metrics["tracks_not_judged"]) == (0, 3)
    assert metrics["hota"] is metrics["coverage_min"] is None


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


def labels_of(frames):
    """Labels of single frames: Ann to frame 60, Ben from 30 to 60."""
    starts = {"ann": (0, 0), "ben": (30, 100)}
    rows = [
        (who, f, f + 1, x, 0, x + 50, 50)
        for who, (first, x) in starts.items()
        for f in frames
        if first <= f < 60
    ]
    return pd.DataFrame(rows, columns=TRUE_FACES.columns)


PERFECT = (
    (0, range(0, 30, 3), [10] * 10),
    (1, range(30, 60, 3), [10] * 10),
    (1, range(30, 60, 3), [110] * 10),
)


def test_labels_of_every_fifth_frame_are_judged_only_there(tmp_path):
    faces = faces_of(*PERFECT, (1, range(63, 75, 3), [300] * 4))
    metrics = run(tmp_path, frames_table(), shots_table(), faces, labels_of(range(0, 90, 5)))
    assert (metrics["judged_by"], metrics["judged_frames"]) == ("frames with labels", 12)
    assert (metrics["hota"], metrics["coverage_min"], metrics["false_tracks"]) == (1, 1, 0)
    assert (metrics["tracks_evaluated"], metrics["tracks_not_judged"]) == (3, 1)
    assert (metrics["appearances"], metrics["labelled_faces"]) == (3, 18)
    # Where somebody looked and saw nobody, the last track is false.
    (tmp_path / "judged_frames.csv").write_text("start_frame,end_frame\n60,90\n")
    metrics = run(tmp_path, frames_table(), shots_table(), faces, labels_of(range(0, 90, 5)))
    assert (metrics["judged_by"], metrics["judged_frames"]) == ("judged_frames.csv", 42)
    assert (metrics["false_tracks"], metrics["tracks_not_judged"]) == (1, 0)
    assert metrics["deta"] == pytest.approx(18 / (18 + 4))


@pytest.mark.parametrize("frames", [range(90), range(0, 90, 5), range(1, 90, 3)])
def test_labels_on_a_half_size_copy_are_warned_of(tmp_path, frames):
    faces = faces_of(*((s, f, [x + 200 for x in xs]) for s, f, xs in PERFECT))
    true = labels_of(frames)
    true = true.assign(x1=true["x1"] + 190, y1=-20, x2=true["x2"] + 190, y2=30)
    run(tmp_path, frames_table(), shots_table(), faces, true)
    assert "WARNING" not in (tmp_path / "log.txt").read_text()
    half = true.assign(**{edge: true[edge] / 2 for edge in ("x1", "y1", "x2", "y2")})
    run(tmp_path, frames_table(), shots_table(), faces, half)
    said = (tmp_path / "log.txt").read_text()
    assert "WARNING" in said and "multiplied by 2:" in said


def test_labels_some_of_which_are_of_single_frames_are_warned_of(tmp_path):
    faces, whole = faces_of(*PERFECT), [("cyd", 0, 60, 300, 0, 350, 50)]
    rows = [*labels_of(range(0, 90, 5)).itertuples(index=False), *whole]
    labels = pd.DataFrame(rows, columns=TRUE_FACES.columns)
    metrics = run(tmp_path, frames_table(), shots_table(), faces, labels)
    assert metrics["judged_by"] == "all frames"
    said = (tmp_path / "log.txt").read_text()
    assert "18 of 19 stretches of labels go on for one or two frames" in said


def test_labels_of_a_part_of_the_film_are_warned_of(tmp_path):
    faces = faces_of(*PERFECT, (1, range(63, 75, 3), [300] * 4))
    metrics = run(tmp_path, frames_table(), shots_table(), faces, labels_of(range(90)))
    assert (metrics["judged_by"], metrics["false_tracks"]) == ("all frames", 1)
    said = (tmp_path / "log.txt").read_text()
    assert "1 of 4 tracks are seen where nobody at all is labelled" in said
    assert "(labels are of frames 0 to 60)" in said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("person;start_frame;end_frame\nann;0;1\n", "missing columns"),
        ("person,start_frame,end_frame,x1,y1,x2,y2\n\u200b ,0,1,0,0,1,1\n", "line 2: the person"),
        ("person,start_frame,end_frame,x1,y1,x2,y2\nann,5,5,0,0,1,1\n", "line 2: the range"),
        ("person,start_frame,end_frame,x1,y1,x2,y2\nann,0,2000000000,0,0,1,1\n", "any film"),
        ("", "faces.csv: "),
        (b"person\xff", "not UTF-8"),
    ],
)
def test_labels_that_are_no_table_are_one_sentence(tmp_path, text, reason):
    nothing = DETECTIONS.empty(), TRACKS.empty()
    run(tmp_path, frames_table(), shots_table(), nothing, LABELS)
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "faces.csv").write_bytes(content)
    arguments = [
        f"--{name}={tmp_path / name}.parquet"
        for name in ("frames", "shots", "examined", "detections", "tracks")
    ]
    arguments += [f"--true-faces={tmp_path / 'faces.csv'}"]
    log = tmp_path / "log.txt"
    with pytest.raises(SystemExit):
        evaluate_tracks.main([*arguments, f"--out-metrics={tmp_path / 'm.json'}", f"--log={log}"])
    assert reason in log.read_text() and "Traceback" not in log.read_text()
