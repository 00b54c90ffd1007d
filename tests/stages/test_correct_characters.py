"""Corrections of a small film: each holds in the result, and what cannot is said."""

import json
from dataclasses import replace

import numpy as np
import pytest

import cluster_characters
import correct_characters
from castmap.files.results import read_table, write_table
from castmap.formats.corrections import HEADER, Correction, Face
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.tables import CLUSTERS, CORRECTED, MUST_LINKS, SHOTS, TRACKLETS, TRACKS
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


def later(track, frames):
    """The face of a track so many frames after its first."""
    return replace(face(track), time_s=(FILM[track][1][0] + frames) / 10)


def said(operation, action, track=None, other=None, name=None, undoes=None):
    """``track`` and ``other``: numbers, or faces."""
    one, two = (face(of) if isinstance(of, int) else of for of in (track, other))
    return Correction(
        *(0, operation, WHEN, action),
        face=one,
        other=two,
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
    footage = [f"--{name}={folder / name}.parquet" for name in ("frames", "shots", "examined")]
    others = [*footage, f"--tracklets={folder / 'tracklets.parquet'}"]
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
            *(*faces, *footage, f"--movie={folder / 'movie.json'}"),
            *(f"--choice={folder / 'choice.json'}", "--calibration-model=sface"),
            *(f"--clusters={clusters}", f"--calibration={calibration}"),
            *(f"--corrections={journal}", f"--out-corrected={out}"),
            f"--out-journal={folder / 'corrections.json'}",
            f"--out-corrected-tracks={folder / 'corrected_tracks.parquet'}",
            f"--out-corrected-shots={folder / 'corrected_shots.parquet'}",
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
    for name, schema in (("tracks", TRACKS), ("shots", SHOTS)):
        found = read_table(tmp_path / f"{name}.parquet", schema)
        assert read_table(tmp_path / f"corrected_{name}.parquet", schema).equals(found)
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


def mix(vectors):
    """The first eight faces of the first track are Ben's."""
    return np.concatenate([vectors[20:28], vectors[8:]])


def test_a_track_of_two_people_is_cut_and_its_part_moved(tmp_path):
    cut = said(1, "cut_track", later(0, 8))
    table, journal = corrected(tmp_path, cut, vary=mix)
    assert table["track"].tolist() == [0, 1, 2, 3, 4, 5]
    assert same(table, 0, 5) and not table["corrected"].any()  # until somebody moves one
    assert table["n_faces"].tolist()[::5] == [8, 12]
    assert table[["start_s", "end_s"]].to_numpy()[[0, 5]].tolist() == [[0.0, 0.8], [0.8, 2.0]]
    assert journal["rows"][0]["track"] == 5
    assert statuses(journal) == ["held"]
    assert table["confidence"][5] != table["confidence"][0]  # each by its own faces
    table, journal = corrected(tmp_path, cut, said(2, "move", later(0, 5), 1), vary=mix)
    assert same(table, 0, 1) and same(table, 5, 2) and not same(table, 0, 5)
    assert table["corrected"].tolist() == [True] + [False] * 5
    assert statuses(journal) == ["held", "held"]


@pytest.mark.parametrize(
    ("action", "holds"),
    [
        ("move", lambda table: same(table, 0, 4) and same(table, 5, 4)),
        ("split", lambda table: same(table, 0, 5) and not same(table, 0, 2)),
        ("merge", lambda table: same(table, 0, 4) and same(table, 5, 4)),
        ("different", lambda table: not same(table, 0, 4) and not same(table, 5, 4)),
    ],
)
def test_what_was_said_of_a_track_holds_for_both_its_parts(tmp_path, action, holds):
    other = 2 if action == "split" else 4
    table, journal = corrected(
        tmp_path, said(1, action, 0, other), said(2, "cut_track", later(0, 12))
    )
    assert holds(table)
    assert statuses(journal) == ["held", "held"]


def test_what_is_said_after_a_cut_is_said_of_a_part(tmp_path):
    table, journal = corrected(
        *(tmp_path, said(1, "not_a_face", 0), said(2, "cut_track", later(0, 12))),
        *(said(3, "move", later(0, 15), 1), said(4, "name", later(0, 16), name="Ben")),
    )
    assert table["character"][0] == "not_a_face" and same(table, 5, 1)
    assert table["name"].tolist().count("Ben") == 3
    assert statuses(journal) == ["held"] * 4


def test_a_cut_holds_when_tracks_have_other_numbers_and_is_needless_where_they_end(tmp_path):
    cut, move = said(1, "cut_track", later(0, 10)), said(2, "move", later(0, 15), 1)
    renumbered = [(track + 1, *rest) for track, *rest in FILM[1:]]
    table, journal = corrected(tmp_path, cut, move, film=[(1, *FILM[0][1:]), *renumbered])
    assert [row["track"] for row in journal["rows"]] == [6, 6]
    assert statuses(journal) == ["held", "held"]
    row_of = {track: row for row, track in enumerate(table["track"])}
    assert same(table, row_of[6], row_of[2]) and not same(table, row_of[1], row_of[6])
    ended = [(0, range(0, 10), 0, ANN), (5, range(10, 20), 0, ANN), *FILM[1:]]
    table, journal = corrected(tmp_path, cut, move, film=ended)
    assert statuses(journal) == ["held", "held"] and len(table) == 6
    assert same(table, 5, 1) and not same(table, 0, 5)


def test_an_undone_cut_is_none_and_what_was_said_of_the_part_is_said_of_the_track(tmp_path):
    rows = [said(1, "cut_track", later(0, 10)), said(2, "move", later(0, 15), 1)]
    table, journal = corrected(tmp_path, *rows, said(3, "undo", undoes=1))
    assert len(table) == 5 and same(table, 0, 1)
    assert statuses(journal) == ["undone", "held", "held"]


def test_shots_are_cut_and_joined_and_characters_keep_their_names(tmp_path):
    rows = [
        replace(said(1, "cut_shot"), boundary_s=3.0),
        said(2, "name", later(1, 15), name="Ben"),
        replace(said(3, "cut_shot"), boundary_s=8.5),
        replace(said(4, "join_shots"), boundary_s=8.6),
        replace(said(5, "join_shots"), boundary_s=6.0),
    ]
    table, journal = corrected(tmp_path, *rows)
    assert statuses(journal) == ["held", "held", "superseded", "held", "unmatched"]
    assert [row["time_s"] for row in journal["rows"]] == [3.0, 3.5, 8.5, 8.6, 6.0]
    shots = read_table(tmp_path / "corrected_shots.parquet", SHOTS)
    assert shots["start_s"].tolist() == [0.0, 3.0]
    tracks = read_table(tmp_path / "corrected_tracks.parquet", TRACKS)
    assert table["shot"].tolist() == tracks.groupby("track")["shot"].first().tolist()
    assert table["shot"].tolist() == [0, 0, 1, 1, 1, 1]
    assert same(table, 1, 5) and table["name"].tolist().count("Ben") == 3


def test_a_film_without_faces_keeps_its_corrections(tmp_path):
    table, journal = corrected(tmp_path, said(1, "merge", 0, 4), film=[])
    assert len(table) == 0
    assert statuses(journal) == ["unmatched"]


def test_the_same_corrections_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        cut = [said(1, "cut_track", later(0, 7)), replace(said(2, "cut_shot"), boundary_s=4.7)]
        corrected(tmp_path / name, *cut, said(3, "split", 2, 0), said(4, "name", 0, name="Ann"))
    tables = ("corrected", "corrected_tracks", "corrected_shots")
    for file in (*(f"{table}.parquet" for table in tables), "corrections.json"):
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
