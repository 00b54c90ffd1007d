import json

import pandas as pd
import pytest

import evaluate_clustering
from castmap.files.results import write_csv, write_table
from castmap.formats.tables import CLUSTERS, DETECTIONS, EXAMINED, SHOTS, TRACKS, TRUE_FACES
from castmap.tracks.examined import every_nth


def tracks_table(tracks, n_faces=4):
    """``tracks``: the x of each track's faces; one track after the other, every third frame."""
    rows = [
        (track, 0, 3 * (track * n_faces + i), 0.1 * i, track * n_faces + i, x, 0, x + 10, 10, False)
        for track, x in enumerate(tracks)
        for i in range(n_faces)
    ]
    return pd.DataFrame(rows, columns=TRACKS.columns)


def detections_table(tracks):
    """The faces of ``tracks``, larger from track to track."""
    faces = tracks.reindex(columns=DETECTIONS.columns).fillna(0.0)
    return faces.assign(size_px=20.0 + tracks["track"])


def shots_table(end=900):
    rows = [(0, 0, end, 0.0, end / 30, "film_start", 0, 0, 1.0)]
    return pd.DataFrame(rows, columns=SHOTS.columns)


def clusters_table(characters):
    rows = [
        (track, 0, 0.0, 1.0, 4, name, 1.0, None, False) for track, name in enumerate(characters)
    ]
    return pd.DataFrame(rows, columns=CLUSTERS.columns)


LABELS = pd.DataFrame(
    [("ann", 0, 900, 0, 0, 50, 50), ("ben", 0, 900, 100, 0, 150, 50)], columns=TRUE_FACES.columns
)


def run(folder, tracks, clusters, labels, *options):
    write_table(
        folder / "shots.parquet", SHOTS, shots_table() if len(tracks) else SHOTS.empty(), {}
    )
    write_table(folder / "examined.parquet", EXAMINED, every_nth(3, 900), {})
    write_table(folder / "detections.parquet", DETECTIONS, detections_table(tracks), {})
    write_table(folder / "tracks.parquet", TRACKS, tracks, {})
    write_table(folder / "clusters.parquet", CLUSTERS, clusters, {})
    write_csv(folder / "faces.csv", TRUE_FACES, labels)
    out = folder / "metrics" / "clustering.json"
    evaluate_clustering.main(
        [
            *("--shots", str(folder / "shots.parquet")),
            *("--detections", str(folder / "detections.parquet")),
            *("--tracks", str(folder / "tracks.parquet")),
            *("--clusters", str(folder / "clusters.parquet")),
            *("--true-faces", str(folder / "faces.csv")),
            *("--examined", str(folder / "examined.parquet"), "--seed", "2008"),
            *("--out-metrics", str(out), "--log", str(folder / "log.txt"), *options),
        ]
    )
    return out


def test_characters_are_compared_with_the_people_of_the_labels(tmp_path):
    tracks = tracks_table([10, 10, 110, 110, 300])
    out = run(tmp_path, tracks, clusters_table(["C01", "C01", "C02", "C01", "C02"]), LABELS)
    metrics = json.loads(out.read_text())
    assert (metrics["n_tracks"], metrics["n_tracks_of_nobody"]) == (4, 1)
    assert (metrics["k_pred"], metrics["k_true"]) == (2, 2)
    assert metrics["track"]["weighted_purity"] == 0.75
    assert metrics["track"]["character_recall"] == 0.75
    assert metrics["n_faces"] == 16
    settings = {"seed": 2008, "bootstrap": 200}
    assert metrics["provenance"]["settings"] == settings
    assert metrics["end_to_end"] == {
        "labelled_faces": 600,  # Ann and Ben in each of 300 examined frames
        "found_faces": 20,
        "right_faces": 12,
        "precision": 0.6,
        "recall": 0.02,
        "f1": 24 / 620,
        "lost_by_detection": 584,
        "lost_by_tracking": 0,
        "lost_by_clustering": 4,
    }
    sizes = metrics["slices"]["size_px"]
    assert [third["n_tracks"] for third in sizes] == [1, 1, 2]
    # In the last third are Ben's two: one alone in its character, one with Ann's two.
    assert sizes[2]["bcubed_precision"] == pytest.approx((1 + 1 / 3) / 2)
    assert sizes[2]["bcubed_recall"] == 0.5
    assert "4 tracks of 2 people in 2 characters" in (tmp_path / "log.txt").read_text()


def test_the_same_input_gives_the_same_bytes(tmp_path):
    tracks, clusters = tracks_table([10, 110, 110]), clusters_table(["C01", "C02", "C01"])
    first = run(tmp_path / "a", tracks, clusters, LABELS).read_bytes()
    assert run(tmp_path / "b", tracks, clusters, LABELS).read_bytes() == first
    assert run(tmp_path / "c", tracks, clusters, LABELS, "--seed", "3").read_bytes() != first


@pytest.mark.parametrize("labels", [LABELS, LABELS.iloc[:0]])
def test_a_rejected_film_gets_nulls(tmp_path, labels):
    metrics = json.loads(run(tmp_path, TRACKS.empty(), CLUSTERS.empty(), labels).read_text())
    assert metrics["n_tracks"] == 0
    assert metrics["track"]["v_measure"] is None
    assert metrics["track"]["intervals_95"]["v_measure"] is None
    assert metrics["end_to_end"]["f1"] is None
    assert metrics["slices"]["yaw"] == []


def test_clusters_of_other_tracks_are_refused(tmp_path):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, tracks_table([10, 110]), clusters_table(["C01"]), LABELS)
    assert stopped.value.code == 1
    log = (tmp_path / "log.txt").read_text()
    assert "tracks.parquet: the characters by clusters are of different tracks" in log
    assert "Traceback" not in log
    assert not (tmp_path / "metrics" / "clustering.json").exists()


def test_tracks_that_no_label_judges_are_counted_apart(tmp_path):
    tracks = tracks_table([10, 110, 300])
    seen = sorted(tracks.loc[tracks["track"] < 2, "frame"])
    single = pd.DataFrame(
        [
            ("Ann", seen[0], seen[0] + 1, 0, 0, 50, 50),
            (" ann", seen[-1], seen[-1] + 1, 100, 0, 150, 50),
        ],
        columns=TRUE_FACES.columns,
    )
    out = run(tmp_path, tracks, clusters_table(["C01", "C02", "C03"]), single)
    metrics = json.loads(out.read_text())
    assert (metrics["n_tracks"], metrics["k_true"]) == (2, 1)
    assert (metrics["n_tracks_of_nobody"], metrics["n_tracks_not_judged"]) == (0, 1)
    assert metrics["characters_of_nobody"] == 0
