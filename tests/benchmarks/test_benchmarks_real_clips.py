"""Real clips: how they are scored, and what the afternoon's baseline does."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import v_measure_score

from benchmarks import afternoon
from benchmarks.afternoon import Constants, Seen
from benchmarks.afternoon_constants import undominated
from benchmarks.real_clips import (
    Truth,
    add_means,
    compare_tracks,
    cover_boxes,
    differences,
    find_clips,
    follow_boxes,
    lay_out,
    read_truth,
    score_characters,
    within_shots,
)
from castmap.files.results import read_csv, write_csv
from castmap.formats.tables import BOX_COLUMNS, TRUE_FACES, TRUE_SHOTS
from castmap.stages.labels import read_labels

PLACES = {"ann": 0, "ben": 200, "cyd": 400, "unknown": 600, "ignore": 800, "nobody": 1000}
SHOTS = pd.DataFrame({"start_frame": [0, 30], "boundary": ["film_start", "cut"]})


def labels(*rows):
    """(person, first frame, end): a box of 100 px every second frame; each has a place."""
    boxes = [(who, f, f + 2, PLACES[who]) for who, start, end in rows for f in range(start, end, 2)]
    table = pd.DataFrame(boxes, columns=["person", "start_frame", "end_frame", "x1"])
    table = table.assign(x1=table["x1"] * 1.0, y1=0.0, x2=table["x1"] + 100.0, y2=100.0)
    return table[TRUE_FACES.columns]


def tracks_of(*tracks):
    """(who, first frame, end) of each track: a face on every third frame."""
    rows = [
        (track, frame, PLACES[who] + 10.0)
        for track, (who, start, end) in enumerate(tracks)
        for frame in range(start, end, 3)
    ]
    table = pd.DataFrame(rows, columns=["track", "frame", "x1"])
    return table.assign(y1=10.0, x2=table["x1"] + 80, y2=90.0, interpolated=False)


def score(true, *tracks):
    """The scores of (who, first frame, end, character)."""
    characters = pd.Series([track[3] for track in tracks], dtype="str")
    truth = Truth(true, SHOTS)
    compared = compare_tracks(tracks_of(*(track[:3] for track in tracks)), truth)
    return score_characters(compared, characters, truth)


TRUE = labels(
    ("ann", 0, 30),
    ("ann", 30, 60),
    ("ben", 0, 30),
    ("ben", 30, 60),
    ("unknown", 0, 60),
    ("ignore", 0, 60),
)
RIGHT = (("ann", 0, 30, "C1"), ("ann", 30, 60, "C1"), ("ben", 0, 30, "C2"), ("ben", 30, 60, "C2"))


def test_a_film_without_a_fault():
    found = score(TRUE, *RIGHT)
    assert (found["people"], found["characters"], found["junk"], found["missed"]) == (2, 2, 0, 0)
    assert [found[name] for name in ("v", "ami", "precision", "recall", "v_of_all")] == [1] * 5
    assert found["ratio"] == 1
    # Each track ends at a face three frames before its last label does: one box of 15 is lost.
    assert found["box_recall"] == 56 / 60
    assert found["mixed"] == 0


def test_who_is_not_named_or_not_to_be_judged_is_no_character_and_nobody_is_junk():
    others = (("unknown", 0, 30, "C3"), ("ignore", 0, 30, "C4"), ("nobody", 0, 30, "C5"))
    found = score(TRUE, *RIGHT, *others)
    assert (found["characters"], found["junk"], found["ratio"]) == (2, 1, 1.5)
    # Two ornaments in Ben's character do not make it junk, three do.
    for ornaments, junk in ((2, 0), (3, 1)):
        found = score(
            TRUE, *RIGHT, *(("nobody", 10 * n, 10 * n + 9, "C2") for n in range(ornaments))
        )
        assert (found["characters"], found["junk"]) == (2 - junk, junk)


def test_what_is_never_found_or_in_another_character_is_lost():
    true = pd.concat([TRUE, labels(("cyd", 0, 30))])
    found = score(true, *RIGHT[:3], ("ben", 30, 60, "C3"))
    # Ann is whole, one of Ben's two appearances is elsewhere, Cyd has no track.
    assert found["recall"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert (found["missed"], found["people"]) == (1, 3)
    thrown_out = score(TRUE, *RIGHT[:3], ("ben", 30, 60, "uncertain"))
    assert thrown_out["recall"] == 3 / 4
    # Of its own tracks all is right; of four appearances one stands alone.
    alone = v_measure_score([0, 0, 1, 1], [0, 0, 1, 2])
    assert thrown_out["v_of_all"] == pytest.approx(alone)
    assert thrown_out["v"] == pytest.approx(alone)
    assert score(TRUE, *RIGHT[:3])["v_of_all"] == pytest.approx(alone)
    assert score(TRUE, *RIGHT[:3])["v"] == 1
    assert thrown_out["box_recall"] == score(TRUE, *RIGHT)["box_recall"]


def test_an_appearance_is_in_the_character_of_most_of_its_covered_boxes():
    # Ann's second appearance: 8 faces in Ben's character, 2 in her own.
    first, _, *bens = RIGHT
    strays = ("ann", 30, 54, "C2"), ("ann", 54, 60, "C1")
    assert score(TRUE, first, *strays, *bens)["recall"] == 3 / 4
    strays = ("ann", 30, 36, "C2"), ("ann", 36, 60, "C1")
    assert score(TRUE, first, *strays, *bens)["recall"] == 1


def test_a_box_is_covered_by_a_track_between_its_faces():
    tracks = tracks_of(("ann", 0, 7), ("ben", 0, 1))  # faces at 0, 3 and 6; at 0
    covered = cover_boxes(follow_boxes(tracks, TRUE), TRUE).dropna(subset="track")
    assert sorted(zip(covered["person"], covered["start_frame"], strict=True)) == [
        *(("ann", frame) for frame in (0, 2, 4, 6)),
        ("ben", 0),
    ]
    nothing = cover_boxes(follow_boxes(tracks[:0], TRUE), TRUE)
    assert nothing["track"].isna().all() and len(nothing) == 60


def write_clip(folder):
    folder.mkdir(parents=True)
    write_csv(folder / "faces.csv", TRUE_FACES, labels(("ann", 0, 4)))
    shots = pd.DataFrame([(0, 4, "film_start", 0, 0)], columns=TRUE_SHOTS.columns)
    write_csv(folder / "shots.csv", TRUE_SHOTS, shots)
    truth = {
        "tracks": [
            {"person": "ann", "boxes": [[0, 0, 0, 100, 100], [2, 0, 0, 100, 100]]},
            {"person": "unknown", "boxes": [[2, 5, 6, 7, 8]]},
        ],
        "not_a_face": [{"person": "not_a_face", "boxes": [[0, 1, 1, 9, 9]]}],
        "ignore": [[0, 50, 60, 70, 80]],
    }
    (folder / "truth.json").write_text(json.dumps(truth))


def test_labels_have_what_truth_says_of_unnamed_people_and_regions(tmp_path):
    clip, work = tmp_path / "clips" / "a", tmp_path / "work"
    write_clip(clip)
    rows = read_truth(clip).faces.to_numpy().tolist()
    assert rows[2:] == [["unknown", 2, 4, 5, 6, 7, 8], ["ignore", 0, 2, 50, 60, 70, 80]]
    lay_out(work, [clip])
    lay_out(work, [clip])  # a second time, to go on
    assert read_labels(work / "labels/a/faces.csv").faces.to_numpy().tolist() == rows
    (clip / "truth.json").unlink()
    assert read_truth(clip).faces.equals(read_csv(clip / "faces.csv", TRUE_FACES))


def test_boxes_are_within_their_shot():
    """Boxes of every second frame, cuts at 3 and at 8."""
    shots = pd.DataFrame({"start_frame": [0, 3, 8]})
    faces = labels(*[("ann", frame, frame + 2) for frame in (0, 2, 4, 6, 8, 10)])
    found = within_shots(faces, shots)
    spans = [(0, 2), (2, 3), (3, 6), (6, 8), (8, 10), (10, 12)]
    assert list(zip(found["start_frame"], found["end_frame"], strict=True)) == spans


def test_absent_clips_are_said(tmp_path):
    with pytest.raises(SystemExit, match="name the folder of labelled clips"):
        find_clips(tmp_path / "gone", None)
    for name in ("b", "a"):
        write_clip(tmp_path / name)
    assert [clip.name for clip in find_clips(tmp_path, None)] == ["a", "b"]
    assert [clip.name for clip in find_clips(tmp_path, ["b"])] == ["b"]
    with pytest.raises(SystemExit, match="no clip is called c"):
        find_clips(tmp_path, ["b", "c"])


def test_means_and_differences_are_over_films():
    names = ["cut_recall", "cut_precision", "box_recall", "v", "ami", "precision", "recall"]
    rows = pd.DataFrame(
        [
            {"film": film, "method": method, "cuts": "1 / 1", "ratio": ratio}
            | dict.fromkeys([*names, "v_of_all"], v)
            for film, method, ratio, v in (
                ("a", "castmap", 1.0, 1.0),
                ("a", "baseline", 1.3, 0.875),
                ("b", "castmap", 1.25, 0.75),
                ("b", "baseline", 0.8, 0.875),
            )
        ]
    )
    means = add_means(rows)[4:]
    assert means["method"].tolist() == ["castmap (2 of 2)", "baseline (1 of 2)"]
    assert means["v"].tolist() == [0.875, 0.875]
    # t with one degree of freedom, 12.706, times the standard error of ± 0.125, 0.125.
    assert "; V +0.000 ± 1.588 (-0.125 b to +0.125); " in differences(rows)


def faces_of(*rows):
    """(frame, x, score): a face of 50 px."""
    table = pd.DataFrame(rows, columns=["frame", "x1", "score"])
    return table.assign(x1=table["x1"] * 1.0, y1=0.0, x2=table["x1"] + 50.0, y2=50.0)


def test_baseline_tracks_wait_end_at_cuts_and_are_long_enough():
    faces = faces_of(
        *((frame, 0 + frame, 0.9) for frame in range(0, 15, 3)),
        *((frame, 300, 0.9) for frame in (0, 6, 15)),  # missed at 3, and too long at 9 and 12
        *((frame, 300, 0.9) for frame in (21, 24)),
        (3, 600, 0.9),
        *((frame, 900, 0.6) for frame in range(0, 15, 3)),
        *((frame, 1200, score) for frame, score in ((0, 0.5), (3, 0.7))),
    ).sample(frac=1, random_state=0, ignore_index=True)
    constants = Constants(min_iou=0.3, wait=2, min_faces=2, min_best_score=0.7)
    seen = Seen(faces, np.zeros((len(faces), 2)), np.array([18]))
    tracks = afternoon.follow(seen, constants)
    found = {(int(own["x1"].iloc[0]), tuple(own["frame"])) for _, own in tracks.groupby("track")}
    assert found == {(0, (0, 3, 6, 9, 12)), (300, (0, 6)), (300, (21, 24)), (1200, (0, 3))}
    taken = faces.iloc[tracks["detection"]][["frame", *BOX_COLUMNS]].reset_index(drop=True)
    assert taken.equals(tracks[["frame", *BOX_COLUMNS]])
    assert not tracks["interpolated"].any()


def test_baseline_clusters_by_mean_embeddings_and_keeps_apart_who_is_seen_at_once():
    tracks = pd.DataFrame({"track": [0, 0, 1, 2, 3], "frame": [0, 3, 3, 6, 9]})
    tracks["detection"] = range(5)
    embeddings = np.array([[1, 0], [0.8, 0.6], [0.8, 0.6], [1, 0], [0, 1]], np.float32)
    # 0 and 1 are near, but share a frame; 2 is nearest to 0; 3 is far from all but 1.
    assert afternoon.cluster(tracks, embeddings, 0.1).tolist() == [0, 1, 0, 2]
    assert afternoon.cluster(tracks, embeddings, 0.5).tolist() == [0, 1, 0, 1]
    alone = tracks.assign(frame=range(0, 15, 3))
    assert afternoon.cluster(alone, embeddings, 0.25).tolist() == [0, 0, 0, 1]


def test_choices_that_none_beats_are_shown():
    means = pd.DataFrame({"v": [0.9, 0.8, 0.7, 0.7, 0.6], "recall": [0.5, 0.4, 0.9, 0.8, 0.9]})
    assert undominated(means).index.tolist() == [0, 2]
