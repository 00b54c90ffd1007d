"""The stage report_mistakes on films whose mistakes are known."""

import re
import zipfile

import numpy as np
import pandas as pd
import pytest

import evaluate_clustering
import report_mistakes
from castmap.faces.alignment import TEMPLATE
from castmap.files.results import write_csv, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import write_embeddings
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
    TRUE_FACES,
)
from castmap.tracks.examined import every_nth

N_FACES = 6
LOOKS = {"Ann": (1, 0, 0), "Ben": (0, 1, 0), "Cid": (0, 0, 1), None: (-1, 0, 0)}
SIDE_PX, SHARPNESS = 80.0, 100.0
# Track: whose it is by the labels, what it looks like, its character, its first frame.
RIGHT = [("Ann", "Ann", "C01", 0), ("Ann", "Ann", "C01", 30), ("Ben", "Ben", "C02", 0)]
LOOKALIKE = ("Ben", "Ann", "C01", 60)
SPLIT = ("Ann", "Cid", "C03", 90)
APART = ("Ann", "Ann", "C03", 33)  # seen at once with Ann's second track
LOST = ("Cid", "Cid", "background", 90)
EXTRA = (None, None, "C04", 120)


def write_film(folder, tracks, side_px=SIDE_PX):
    folder.mkdir(exist_ok=True)
    rows = [
        (track, first + 3 * place, 100.0 * track)
        for track, (_, _, _, first) in enumerate(tracks)
        for place in range(N_FACES)
    ]
    faces = pd.DataFrame(rows, columns=["track", "frame", "x1"])
    faces = faces.assign(y1=0.0, x2=faces["x1"] + 60, y2=80.0, shot=0, interpolated=False)
    faces = faces.assign(time_s=faces["frame"] / 10, detection=range(len(faces)))
    write_table(folder / "tracks.parquet", TRACKS, faces, {})
    detections = faces.reindex(columns=DETECTIONS.columns).fillna(0.0)
    detections[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    detections = detections.assign(score=0.9, size_px=side_px, blur=SHARPNESS)
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    shot = pd.DataFrame([(0, 0, 200, 0.0, 20.0, "film_start", 0, 0, 1.0)], columns=SHOTS.columns)
    write_table(folder / "shots.parquet", SHOTS, shot, {})
    write_table(folder / "examined.parquet", EXAMINED, every_nth(3, 200), {})
    vectors = [LOOKS[tracks[track][1]] for track in faces["track"]]
    write_embeddings(folder / "embeddings.safetensors", np.reshape(vectors, (-1, 3)), {})
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in range(len(faces)):
            add_crop(archive, detection, np.full((112, 112, 3), detection, np.uint8))
    clusters = [
        (track, 0, first / 10, first / 10 + 2, N_FACES, name, 0.75, None, False)
        for track, (_, _, name, first) in enumerate(tracks)
    ]
    clusters = pd.DataFrame(clusters, columns=CLUSTERS.columns)
    write_table(folder / "clusters.parquet", CLUSTERS, clusters, {})
    labels = [
        (person, first, first + 30, 100 * track, 0, 100 * track + 60, 80)
        for track, (person, _, _, first) in enumerate(tracks)
        if person
    ]
    labels = pd.DataFrame(labels, columns=TRUE_FACES.columns)
    write_csv(folder / "faces.csv", TRUE_FACES, labels)


def page(folder, title="Talk", reason=None, model="sface"):
    write_json(folder / "movie.json", {"movie": "talk", "title": title, "reason": reason})
    write_json(folder / "choice.json", {"model": model})
    write_json(folder / "calibration.json", {"stop_distance": 0.5})
    files = {"tracks": "tracks.parquet", "clusters": "clusters.parquet", "true-faces": "faces.csv"}
    files |= {"detections": "detections.parquet"}
    own = {"shots": "shots.parquet", "examined": "examined.parquet", "out-metrics": "metrics.json"}
    evaluate_clustering.main([*options(folder, files | own), "--bootstrap=0", "--seed=1"])
    files |= {"movie": "movie.json", "faces": "faces.zip"}
    files |= {"calibration": "calibration.json", "choice": "choice.json"}
    files |= {"embeddings": "embeddings.safetensors", "metrics": "metrics.json"}
    files |= {"out-page": "page.html", "log": "log.txt"}
    report_mistakes.main([*options(folder, files), "--network=sface", "--show-faces=shown"])
    return (folder / "page.html").read_text()


def options(folder, files):
    return [f"--{name}={folder / file}" for name, file in files.items()]


def part(html, kind):
    """The text of one section, without markup."""
    section = html.split(f'<h2 id="{kind}">')[1].split("<h2 ")[0]
    return " ".join(re.sub("<[^>]*>", " ", section).split())


def test_every_kind_of_mistake_is_shown_with_its_faces_and_its_reason(tmp_path):
    write_film(tmp_path, [*RIGHT, LOOKALIKE, SPLIT, LOST, EXTRA])
    html = page(tmp_path)
    mixed = part(html, "mixed")
    assert "C01 mostly Ann: 2 of 3 tracks 1 click to correct" in mixed
    assert "Ben, 1 click 0:00:06.0 Looks more like Ann than like its own person." in mixed
    assert "confidence 0.75; 0.00 from Ann here; 1.00 from Ben in C02" in mixed
    split = part(html, "split")
    assert "Ann in 2 characters C01, 2 of 3 tracks" in split
    assert (
        "C03, 1 of 3 tracks Too different from C01: distance 1.00, and merging stopped at 0.50."
        in split
    )
    assert "Cid 1 of 1 track without a character Background, 1 track" in part(html, "lost")
    assert "Cid has no character that it could join." in part(html, "lost")
    assert "C04 0:00:02.0 on screen 1 track" in part(html, "nobody")
    pictures = re.findall(r'<span class="face[^>]*role="img" aria-label="([^"]+)"', html)
    assert len(pictures) == html.count('class="face') == (4 + 1) + (4 + 4) + 1 + 4
    assert "Ben, 1 click at 0:00:06.0" in pictures
    assert "5 clicks would correct everything: 3 to name the characters, 1 to move" in html
    assert "Nothing is wrong" not in html
    assert "'mixed': 1, 'split': 1, 'lost': 1, 'nobody': 1" in (tmp_path / "log.txt").read_text()


def test_cannot_links_explain_a_split(tmp_path):
    write_film(tmp_path, [*RIGHT, APART])
    split = part(page(tmp_path), "split")
    assert "Kept apart from C01 by 1 cannot-link: their tracks are seen at the same time." in split


def test_small_faces_are_the_reason_before_looks(tmp_path):
    write_film(tmp_path, [*RIGHT, LOOKALIKE], side_px=22.0)
    assert "Small face: 22 pixels at best." in part(page(tmp_path), "mixed")


def test_a_film_without_mistakes_says_so(tmp_path):
    write_film(tmp_path, [*RIGHT, EXTRA])
    html = page(tmp_path)
    assert "<b>Nothing is wrong.</b>" in html
    assert "None: every character is one person." in html
    assert "C04" in part(html, "nobody")
    assert "by which the film was clustered" in html


def test_of_many_mistakes_twelve_are_shown_and_all_are_counted(tmp_path):
    many = [(None, None, f"C{number}", 0) for number in range(10, 24)]
    write_film(tmp_path, [*RIGHT, *many])
    nobody = part(page(tmp_path), "nobody")
    assert "Characters without a labelled person (14)" in nobody
    assert "The worst 12 of 14 are shown." in nobody
    assert len(re.findall(r"C\d\d", nobody)) == 12


def test_another_embedding_and_a_hostile_title_are_named_as_text(tmp_path):
    write_film(tmp_path, RIGHT)
    html = page(tmp_path, title="<b>Talk</b>", model="sface_mvcorr")
    assert "&lt;b&gt;Talk" in html
    assert "<b>Talk" not in html
    assert "sface_mvcorr</span>, which was tuned" in html


def test_the_same_film_gives_the_same_bytes(tmp_path):
    pages = []
    for name in ("one", "two"):
        write_film(tmp_path / name, [*RIGHT, LOOKALIKE, SPLIT, LOST, EXTRA])
        pages.append(page(tmp_path / name))
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("tracks", "reason", "text"),
    [
        ([], "notes.mp4 is no film", "turned away.</b> notes.mp4 is no film"),
        ([], None, "There is nothing to compare."),
        ([EXTRA], None, "There is nothing to compare."),
    ],
)
def test_a_film_without_anything_to_judge_says_why(tmp_path, tracks, reason, text):
    write_film(tmp_path, tracks)
    html = page(tmp_path, reason=reason)
    assert text in html
    assert "Nothing is wrong" not in html
