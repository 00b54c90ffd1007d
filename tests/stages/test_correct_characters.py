"""Corrections of a small film: each holds in the result, and what cannot is said."""

import json

import numpy as np
import pytest

import cluster_characters
import correct_characters
from castmap.files.results import read_table, write_table
from castmap.formats.corrections import HEADER, Correction, Face
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.tables import CLUSTERS, CORRECTED, MUST_LINKS, TRACKLETS
from tests.corrections_files import write_rows
from tests.synthetic_films import ANN, BEN, EVE, like, write_film

WIDTH, HEIGHT = 1000, 400
WHEN = "2026-01-31T12:00:00Z"
# Ann twice, Ben twice, Eve once; the last track of Ben is seen beside the second of Ann.
FILM = [
    (0, range(0, 20), 0, ANN),
    (1, range(20, 40), 100, BEN),
    (2, range(40, 60), 200, like(ANN, EVE, 0.9)),
    (3, range(45, 55), 600, like(BEN, EVE, 0.9)),
    (4, range(70, 80), 400, EVE),
]


def face(track):
    _, frames, left, _ = FILM[track]
    return Face(frames[5] / 10, left / WIDTH, 0, (left + 60) / WIDTH, 80 / HEIGHT)


def said(operation, action, track=None, other=None, name=None, undoes=None):
    return Correction(
        *(0, operation, WHEN, action),
        face=None if track is None else face(track),
        other=None if other is None else face(other),
        name=name,
        undoes=undoes,
    )


def corrected(folder, *corrections, algorithm="castmap", film=FILM, extra="", vary=None):
    """The characters of the tracks, and what is said of the corrections."""
    write_film(folder, film)
    embeddings = (folder / "embeddings.safetensors").rename(folder / "embeddings.sface.safetensors")
    if vary:
        write_embeddings(embeddings, vary(read_embeddings(embeddings)), {})
    write_table(folder / "tracklets.parquet", TRACKLETS, TRACKLETS.empty(), {})
    write_table(folder / "must_links.parquet", MUST_LINKS, MUST_LINKS.empty(), {})
    faces = [f"--{name}={folder / name}.parquet" for name in ("detections", "tracks")]
    faces += ["--embeddings", str(embeddings)]
    others = [
        f"--{name}={folder / name}.parquet" for name in ("frames", "shots", "examined", "tracklets")
    ]
    others += [f"--must-links={folder / 'must_links.parquet'}"]
    clusters, calibration = folder / "clusters.sface.parquet", folder / "clusters.sface.json"
    cluster_characters.main(
        [
            *(*faces, *others, f"--algorithm={algorithm}", "--parameters={}", "--seed=1"),
            *("--calibration-model=sface", "--prior-distance=0.6"),
            *("--out-clusters", str(clusters), "--out-calibrations", str(calibration)),
        ]
    )
    (folder / "movie.json").write_text(json.dumps({"width": WIDTH, "height": HEIGHT}))
    (folder / "choice.json").write_text('{"model": "sface"}')
    journal = folder / "said.csv"
    journal.write_text(f"{HEADER}\n{write_rows(corrections)}{extra}", encoding="utf-8")
    out = folder / "corrected.parquet"
    correct_characters.main(
        [
            *(*faces, f"--movie={folder / 'movie.json'}", f"--choice={folder / 'choice.json'}"),
            *(f"--clusters={clusters}", f"--calibration={calibration}"),
            *(f"--corrections={journal}", f"--out-corrected={out}"),
            f"--out-journal={folder / 'corrections.json'}",
        ]
    )
    return read_table(out, CORRECTED), json.loads((folder / "corrections.json").read_text())


def same(table, one, other):
    return table["character"][one] == table["character"][other]


def statuses(journal):
    return [row["status"] for row in journal["rows"]]


def test_without_corrections_the_characters_are_those_found(tmp_path):
    table, journal = corrected(tmp_path)
    clusters = read_table(tmp_path / "clusters.sface.parquet", CLUSTERS)
    assert table[CLUSTERS.columns].equals(clusters)
    assert table["name"].isna().all() and not table["corrected"].any()
    assert journal["rows"] == journal["faults"] == []
    assert same(table, 0, 2) and same(table, 1, 3) and table["character"].nunique() == 3


def test_a_merge_joins_whole_characters(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 0, 4))
    assert same(table, 0, 2) and same(table, 0, 4) and not same(table, 0, 1)
    assert statuses(journal) == ["held"]


def test_somebody_who_says_that_two_seen_at_once_are_one_is_believed(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 2, 3))
    assert table["character"].nunique() == 2 and same(table, 0, 1)
    assert statuses(journal) == ["held"]


def test_a_moved_track_moves_alone(tmp_path):
    table, journal = corrected(tmp_path, said(1, "move", 2, 1))
    assert same(table, 2, 1) and same(table, 2, 3) and not same(table, 2, 0)
    assert statuses(journal) == ["held"]
    assert table["corrected"].tolist() == [False, False, True, False, False]
    assert table["confidence"][2] == 1


def test_a_split_makes_a_character_of_one_track(tmp_path):
    table, journal = corrected(tmp_path, said(1, "split", 2, 0))
    assert table["character"].nunique() == 4 and not same(table, 2, 0)
    assert statuses(journal) == ["held"]


def test_a_split_keeps_its_tracks_together(tmp_path):
    table, journal = corrected(tmp_path, said(1, "split", 2, 0), said(1, "split", 4, 0))
    assert same(table, 2, 4) and table["character"].nunique() == 3
    assert statuses(journal) == ["held", "held"]


@pytest.mark.parametrize("algorithm", ["castmap", "agglomerative", "k_means", "hdbscan"])
def test_a_split_holds_with_every_algorithm(tmp_path, algorithm):
    table, journal = corrected(
        *(tmp_path, said(1, "split", 2, 0), said(1, "split", 1, 0)), algorithm=algorithm
    )
    assert same(table, 2, 1) and not same(table, 2, 0)
    assert statuses(journal) == ["held", "held"]


def test_two_who_are_different_stay_apart(tmp_path):
    table, journal = corrected(tmp_path, said(1, "different", 0, 2))
    assert not same(table, 0, 2)
    assert statuses(journal) == ["held"]


@pytest.mark.parametrize("instead", ["not_a_face", "background"])
def test_what_is_no_character_is_none(tmp_path, instead):
    table, journal = corrected(tmp_path, said(1, instead, 4))
    assert table["character"][4] == instead
    assert table["character"].nunique() == 3
    assert statuses(journal) == ["held"]


def test_a_name_is_the_characters_and_survives_what_is_done_to_the_face(tmp_path):
    names = [said(1, "name", track, name="Ann, “A”") for track in (0, 2)]
    table, journal = corrected(tmp_path, *names, said(2, "not_a_face", 2))
    assert table["name"][0] == "Ann, “A”"
    assert table["name"].isna().tolist() == [False, True, True, True, True]
    assert statuses(journal) == ["held", "superseded", "held"]


def test_the_last_name_counts(tmp_path):
    names = [said(1, "name", track, name="Ann") for track in (0, 2)]
    table, journal = corrected(tmp_path, *names, said(2, "name", 2, name="Anna"))
    assert table["name"].tolist()[:3:2] == ["Anna", "Anna"]
    assert statuses(journal) == ["superseded", "superseded", "held"]
    assert "is called “Anna”" in journal["rows"][0]["reason"]


@pytest.mark.parametrize("algorithm", ["castmap", "agglomerative", "k_means", "hdbscan"])
def test_names_move_nothing_and_two_names_are_two_characters(tmp_path, algorithm):
    plain, _ = corrected(tmp_path, algorithm=algorithm)
    names = [said(1 + n, "name", n, name=name) for n, name in enumerate(("Ann", "Ben"))]
    table, journal = corrected(
        tmp_path, *names, said(3, "name", 4, name="Eve"), algorithm=algorithm
    )
    parted = plain["character"].nunique() < 3  # the algorithm gave two of them one character
    assert table.drop(columns="name").equals(plain.drop(columns="name")) or parted
    assert [table["name"][row] for row in (0, 1, 4)] == ["Ann", "Ben", "Eve"]
    assert statuses(journal) == ["held"] * 3


def test_what_is_said_later_counts(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 0, 1), said(2, "different", 0, 1))
    assert not same(table, 0, 1)
    assert statuses(journal) == ["superseded", "held"]
    table, journal = corrected(tmp_path, said(1, "different", 0, 1), said(2, "merge", 0, 1))
    assert same(table, 0, 1)
    assert statuses(journal) == ["superseded", "held"]


def test_a_merge_does_not_follow_a_track_that_was_moved_away(tmp_path):
    pairs = [said(1, "merge", 0, 1), said(1, "merge", 2, 3)]
    table, journal = corrected(tmp_path, *pairs, said(2, "move", 3, 4))
    assert same(table, 0, 1) and same(table, 3, 4) and not same(table, 0, 4)
    assert statuses(journal) == ["held", "superseded", "held"]


def test_moves_follow_moves_and_ones_in_a_circle_make_a_character(tmp_path):
    table, _ = corrected(tmp_path, said(1, "move", 2, 1), said(2, "move", 0, 2))
    assert same(table, 0, 1) and same(table, 0, 2)
    table, _ = corrected(tmp_path, said(1, "move", 0, 4), said(2, "move", 4, 0))
    assert same(table, 0, 4)


def test_an_undone_correction_does_nothing_and_stays_in_the_journal(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 0, 1), said(2, "undo", undoes=1))
    assert table[CLUSTERS.columns].equals(read_table(tmp_path / "clusters.sface.parquet", CLUSTERS))
    assert statuses(journal) == ["undone", "held"]


def test_a_face_that_is_not_followed_is_reported_and_faulty_lines_spoil_nothing(tmp_path):
    lost = FILM[:4]
    table, journal = corrected(
        tmp_path, said(1, "merge", 0, 4), said(2, "merge", 0, 1), film=lost, extra="what?\n"
    )
    assert same(table, 0, 1)
    assert statuses(journal) == ["unmatched", "held"]
    assert "no face is followed there at 7.500 s" in journal["rows"][0]["reason"]
    assert journal["faults"] == [f"{tmp_path / 'said.csv'}: line 4: has 1 cells instead of 15"]
    assert "what?" in journal["text"]


def test_a_film_without_faces_keeps_its_corrections(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 0, 4), film=[])
    assert len(table) == 0
    assert statuses(journal) == ["unmatched"]


def test_the_same_corrections_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        corrected(tmp_path / name, said(1, "split", 2, 0), said(2, "name", 0, name="Ann"))
    for file in ("corrected.parquet", "corrections.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_said_the_last_word_on_a_track_holds(tmp_path, seed):
    rng = np.random.default_rng(seed)
    corrections = []
    for operation in range(1, 8):
        action = rng.choice(["merge", "move", "split", "different", "not_a_face", "background"])
        track, other = rng.choice(5, 2, replace=False)
        other = None if action in ("not_a_face", "background") else int(other)
        corrections.append(said(operation, str(action), int(track), other))
    table, journal = corrected(tmp_path, *corrections)
    assert len(table) == 5
    assert journal["rows"][-1]["status"] == "held"
    assert all(row["reason"] or row["status"] == "held" for row in journal["rows"])
