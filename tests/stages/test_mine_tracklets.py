"""The stages mine_tracklets and report_mining on a small film, and on one without tracks."""

import zipfile

import numpy as np
import pandas as pd
import pytest

import mine_tracklets
import report_mining
from castmap.files.results import read_csv, read_json, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import write_embeddings
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    COOCCURRENCE,
    DETECTIONS,
    HARD_EXAMPLES,
    IMPOSSIBLE_NEGATIVES,
    MUST_LINKS,
    TRACKLETS,
    TRACKS,
)

POSES = (0, 1, 2) * 4
# Track: the person, where the box is, the first frame, the poses of its faces in time, and maybe
# by how much the box moves from each to the next.
ANN, BEN, MIRROR = (0, 10, 0, POSES), (1, 110, 0, POSES), (0, 210, 30, POSES)
BACK = (0, 11, 60, POSES)  # two shots later
ANN_AGAIN, SHORT = (0, 10, 30, POSES), (2, 310, 4, (0, 1))


def write_film(folder, tracks):
    rng = np.random.default_rng(0)
    rows, vectors = [], []
    for track, (person, x, first, poses, *moves) in enumerate(tracks):
        for place, pose in enumerate(poses):
            rows.append((track, first + place, x + sum(moves) * place))
            vector = np.zeros(16)
            vector[person], vector[5 + 3 * person + pose] = 1, 0.6
            vectors.append(vector + rng.normal(0, 0.01, 16))
    faces = pd.DataFrame(rows, columns=["track", "frame", "x1"])
    faces = faces.assign(y1=0.0, x2=faces["x1"] + 10.0, y2=10.0, interpolated=False)
    faces = faces.assign(shot=faces["frame"] // 30)
    faces = faces.assign(time_s=faces["frame"] / 10, detection=range(len(faces)))
    write_table(folder / "tracks.parquet", TRACKS, faces, {})
    detections = faces.reindex(columns=DETECTIONS.columns).fillna(0.0)
    detections = detections.assign(score=0.9, size_px=60.0, blur=100.0)
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    matrix = np.array(vectors).reshape(len(rows), 16)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    write_embeddings(folder / "embeddings.safetensors", matrix, {})
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in range(len(rows)):
            add_crop(archive, detection, np.full((112, 112, 3), detection, np.uint8))


def mine(folder, tracks, threading=True):
    write_film(folder, tracks)
    out = folder / "out"
    options = {name: folder / f"{name}.parquet" for name in ("detections", "tracks")}
    options |= {"embeddings": folder / "embeddings.safetensors", "log": folder / "log.txt"}
    options |= {"tracklets-per-track": 3, "min-faces-per-tracklet": 1, "seed": 1}
    options |= {"impossible-share": 0.05, "hardest-share": 0.5, "threading": threading}
    for name in ("tracklets", "cooccurrence", "must-links", "hard-examples"):
        options[f"out-{name}"] = out / f"{name}.parquet"
    options["out-impossible-negatives"] = out / "impossible.csv"
    options["out-summary"] = out / "mining.json"
    mine_tracklets.main([f"--{name}={value}" for name, value in options.items()])
    return out


def page(folder, title="Talk", reason=None):
    write_json(folder / "movie.json", {"movie": "talk", "title": title, "reason": reason})
    out = folder / "out"
    options = {"movie": folder / "movie.json", "faces": folder / "faces.zip"}
    options |= {"detections": folder / "detections.parquet", "summary": out / "mining.json"}
    options |= {name: out / f"{name}.parquet" for name in ("tracklets", "hard-examples")}
    options |= {"impossible-negatives": out / "impossible.csv"}
    options |= {"must-links": out / "must-links.parquet"}
    options |= {"embeddings": folder / "embeddings.safetensors", "out-page": folder / "page.html"}
    options |= {"show-faces": "shown"}
    report_mining.main([f"--{name}={value}" for name, value in options.items()])
    return (folder / "page.html").read_text()


def test_tracklets_are_positives_co_occurring_tracks_negatives_and_mirrors_are_listed(tmp_path):
    out = mine(tmp_path, [ANN, BEN, SHORT, ANN_AGAIN, MIRROR])
    tracklets = read_table(out / "tracklets.parquet", TRACKLETS)
    assert tracklets.loc[tracklets["track"] == 1, "tracklet"].tolist() == list(POSES)
    assert set(tracklets["track"]) == {0, 1, 3, 4}
    kinds = read_table(out / "cooccurrence.parquet", COOCCURRENCE)
    kinds = kinds.set_index(["track", "other_track"])["kind"].to_dict()
    assert kinds == {
        (0, 1): "cannot-link",
        (0, 2): "cannot-link",
        (1, 2): "cannot-link",
        (3, 4): "impossible",
    }
    hard = read_table(out / "hard-examples.parquet", HARD_EXAMPLES)
    assert set(hard["track"]) == {0, 1}  # not 3 and 4, which the mirror joins
    impossible = read_csv(out / "impossible.csv", IMPOSSIBLE_NEGATIVES)
    assert impossible[["track", "other_track"]].to_numpy().tolist() == [[3, 4]]
    assert impossible["time_s"].tolist() == [3.0]
    assert read_json(out / "mining.json")["too_short"] == 1


def test_who_is_in_the_same_place_two_shots_later_is_the_same_person(tmp_path):
    out = mine(tmp_path, [ANN, BEN, ANN_AGAIN, BACK])
    links = read_table(out / "must-links.parquet", MUST_LINKS)
    assert links[["track", "other_track", "kind"]].to_numpy().tolist() == [[0, 3, "threading"]]
    row = links.iloc[0]
    assert row["iou"] == pytest.approx(9 / 11)
    assert row["distance"] == pytest.approx(0, abs=0.01)
    assert (row["detection"], row["other_detection"]) == (11, 36)  # the last, the first
    assert row["kept"] and pd.isna(row["against_track"])
    counts = read_json(out / "mining.json")
    assert (counts["must_links"], counts["contradicting"]) == (1, 0)


def test_a_must_link_that_contradicts_a_cannot_link_is_listed_and_dropped(tmp_path):
    # Ben walks to where Ann was until then; both places match that of the face two shots later.
    ben, ann = (1, 109, 0, POSES, -9), (0, 11, 0, POSES[:9])
    out = mine(tmp_path, [ben, ann, BACK])
    links = read_table(out / "must-links.parquet", MUST_LINKS)
    assert links[["track", "other_track"]].to_numpy().tolist() == [[0, 2], [1, 2]]
    assert links["kept"].tolist() == [False, True]
    assert links.loc[0, ["against_track", "against_other_track"]].tolist() == [0, 1]
    counts = read_json(out / "mining.json")
    assert (counts["must_links"], counts["contradicting"]) == (1, 1)


def test_the_page_shows_must_links_kept_and_dropped_with_both_faces_and_times(tmp_path):
    ben, ann = (1, 109, 0, POSES, -9), (0, 11, 0, POSES[:9])
    mine(tmp_path, [ben, ann, BACK])
    html = page(tmp_path)
    kept, dropped = html.split('id="links"')[1].split('id="impossible"')[0].split("Left out")
    assert "1 must-link:" in kept
    for text, track, time in ((kept, 1, "0:00:00.8"), (dropped, 0, "0:00:01.1")):
        assert text.count('class="face') == 2
        assert f"track {track}<br>{time}" in text
        assert "track 2<br>0:00:06.0" in text
    assert "Boxes overlap by 1.00" in kept
    assert "tracks 0 and 1 are seen together" in dropped


def test_threading_may_be_switched_off(tmp_path):
    out = mine(tmp_path, [ANN, BEN, BACK], threading=False)
    assert read_table(out / "must-links.parquet", MUST_LINKS).empty
    assert "nobody is where somebody was two shots before" in page(tmp_path)


def test_the_page_shows_the_examples_the_counts_and_a_title_as_text(tmp_path):
    mine(tmp_path, [ANN, BEN, SHORT, ANN_AGAIN, MIRROR])
    html = page(tmp_path, title="<b>Talk</b>")
    assert "&lt;b&gt;Talk" in html
    assert "<b>Talk" not in html
    assert html.count("different person, nearest<br>") == html.count("; hardness") >= 1
    assert "1 pair of tracks seen at the same time" in html
    assert '<td>too short to split</td><td class="n">1</td>' in html


def test_the_same_film_gives_the_same_bytes(tmp_path):
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        out = mine(tmp_path / name, [ANN, BEN, ANN_AGAIN])
        contents.append({path.name: path.read_bytes() for path in out.iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize(("tracks", "counts"), [([], (0, 0)), ([SHORT], (1, 0)), ([ANN], (1, 1))])
def test_a_film_that_teaches_little_says_so(tmp_path, tracks, counts):
    out = mine(tmp_path, tracks)
    summary = read_json(out / "mining.json")
    assert (summary["tracks"], summary["split"]) == counts
    assert read_table(out / "hard-examples.parquet", HARD_EXAMPLES).empty
    assert "None: no track that was split" in page(tmp_path)


def test_a_film_that_was_turned_away_says_why(tmp_path):
    mine(tmp_path, [])
    assert "turned away.</b> notes.mp4 is no film" in page(tmp_path, reason="notes.mp4 is no film")
