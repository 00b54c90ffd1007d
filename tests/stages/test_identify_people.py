"""The stages identify_people and evaluate_people on films of a few tracks."""

import json

import numpy as np
import pandas as pd
import pytest

import evaluate_people
import identify_people
from castmap.faces.alignment import TEMPLATE
from castmap.files.results import read_table, write_csv, write_table
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import (
    CHARACTERS,
    DETECTIONS,
    LANDMARK_COLUMNS,
    PEOPLE,
    TRACKS,
    TRUE_FACES,
)

PEOPLE_OF = {"ann": 0, "ben": 1, "eve": 2}
FILMS = {
    "one": [("C01", "ann"), ("C02", "ben"), ("C01", "ann")],
    "two": [("C01", "ben"), ("C02", "ann"), ("background", "eve")],
    "three": [],
}


def write_film(folder, cast):
    """``cast``: of each track, of three faces: the character, who it is, and the given name."""
    n_faces = 3 * len(cast)
    table = pd.DataFrame({"detection": range(n_faces), "frame": range(n_faces)})
    table["track"] = table["detection"] // 3
    table["time_s"] = table["frame"] / 10
    table = table.assign(shot=0, interpolated=False, x1=0.0, y1=0.0, x2=60.0, y2=80.0)
    table = table.assign(score=0.9, size_px=69.0, blur=100.0, yaw=0.0)
    table[list(LANDMARK_COLUMNS)] = np.tile(TEMPLATE.ravel(), (n_faces, 1))
    for schema in (TRACKS, DETECTIONS):
        own = table[schema.columns] if cast else schema.empty()
        write_table(folder / f"{schema.name}.parquet", schema, own, {})
    vectors = np.eye(128)[[PEOPLE_OF[who] for _, who, *_ in cast for _ in range(3)]]
    write_embeddings(folder / "embeddings.safetensors", vectors.reshape(-1, 128), {})
    columns = [(character, *given, None)[:2] for character, _, *given in cast]
    characters = pd.DataFrame(columns, columns=["character", "name"], dtype=object)
    characters = characters.assign(track=range(len(cast)), shot=0, start_s=0.0, end_s=0.3)
    characters = characters.assign(n_faces=3, confidence=0.8, second_character=None, joined=False)
    characters = characters.assign(named_by=None, corrected=False)
    characters = characters if cast else CHARACTERS.empty()
    write_table(folder / "characters.parquet", CHARACTERS, characters, {})
    labels = table.assign(person=[who for _, who, *_ in cast for _ in range(3)])
    labels = labels.rename(columns={"frame": "start_frame"})
    labels["end_frame"] = labels["start_frame"] + 1
    labels = labels[TRUE_FACES.columns] if cast else TRUE_FACES.empty()
    write_csv(folder / "faces.csv", TRUE_FACES, labels)


def files(folder, name, movies):
    return [str(next((folder / movie).glob(f"{name}.*"))) for movie in movies]


def identify(tmp_path, films):
    for movie, cast in films.items():
        write_film(tmp_path / movie, cast)
    arguments = []
    for name in ("characters", "tracks", "detections", "embeddings"):
        arguments += [f"--{name}", *files(tmp_path, name, films)]
    out = tmp_path / "people.parquet"
    identify_people.main([*arguments, "--stop-distance=0.4", f"--out-people={out}"])
    return read_table(out, PEOPLE)


@pytest.fixture
def corpus(tmp_path):
    identify(tmp_path, FILMS)
    return tmp_path


def test_a_person_has_one_number_in_all_films(corpus):
    table = read_table(corpus / "people.parquet", PEOPLE)
    assert table[["movie", "character", "person"]].to_numpy().tolist() == [
        ["one", "C01", "P001"],
        ["one", "C02", "P002"],
        ["two", "C01", "P002"],
        ["two", "C02", "P001"],
    ]
    assert (table["margin"] > 0.9).all()
    assert table["name"].isna().all()


def test_names_that_people_gave_rule_over_faces_and_hold_in_every_film(tmp_path):
    films = {
        "one": [("C01", "ann", "Ann"), ("C02", "ben")],
        "two": [("C01", "ann", "Her twin"), ("C02", "eve", "Ann"), ("C03", "ben")],
        "three": [("C01", "ben", "Ben")],
    }
    table = identify(tmp_path, films)
    assert table[["movie", "character", "person", "name"]].to_numpy().tolist() == [
        ["one", "C01", "P001", "Ann"],
        ["one", "C02", "P002", "Ben"],
        ["two", "C01", "P003", "Her twin"],
        ["two", "C02", "P001", "Ann"],
        ["two", "C03", "P002", "Ben"],
        ["three", "C01", "P002", "Ben"],
    ]


def test_people_are_compared_with_their_names_over_all_labelled_films(corpus):
    labels = corpus / "two" / "faces.csv"  # where ann is spelled otherwise than in the first film
    labels.write_text(labels.read_text().replace("ann,", "Ann ,").replace("ben,", "BEN,"))
    folders = json.dumps({movie: str(corpus / movie) for movie in ("one", "two")})
    arguments = [f"--people={corpus / 'people.parquet'}", f"--labels={folders}", "--seed=2008"]
    for option, name in (
        ("characters", "characters"),
        ("tracks", "tracks"),
        ("true-faces", "faces"),
    ):
        arguments += [f"--{option}", *files(corpus, name, ("one", "two"))]
    out = corpus / "people.json"
    evaluate_people.main([*arguments, "--bootstrap=5", f"--out-metrics={out}"])
    found = json.loads(out.read_text())
    assert (found["k_pred"], found["k_true"], found["n_tracks"]) == (2, 3, 6)
    assert found["n_tracks_unassigned"] == 1  # Eve is in the background
    assert found["track"]["v_measure"] == pytest.approx(1)
    assert found["movies"] == ["one", "two"]
    assert {row["person"]: row["tracks"] for row in found["people"]} == {
        "ann": 3,
        "ben": 2,
        "eve": 1,
    }
