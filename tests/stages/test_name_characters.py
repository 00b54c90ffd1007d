"""Known people from pictures and films to names: the stages, on a small film."""

import json
import zipfile

import numpy as np
import pandas as pd

import name_characters
import remember_people
from castmap.files.results import read_table, write_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import CHARACTERS, DETECTIONS, KNOWN_FACES, NAME_EVIDENCE, NAMES
from tests.stages.test_correct_characters import corrected, said


def remember(folder):
    """What a film remembers of the people who were named in it."""
    tables = ("tracks", "detections", "corrected")
    remember_people.main(
        [
            *(f"--{name}={folder / name}.parquet" for name in tables),
            f"--embeddings={folder / 'embeddings.sface.safetensors'}",
            f"--movie={folder / 'movie.json'}",
            f"--faces={folder / 'faces.zip'}",
            f"--out-remembered={folder / 'remembered.parquet'}",
        ]
    )
    return read_table(folder / "remembered.parquet", KNOWN_FACES)


def name(folder, *remembered, known_faces=None, cast=None):
    """The names of a film's characters, by the films before it and the gallery."""
    tables = ("tracks", "detections", "corrected")
    gallery = [f"--known-faces={known_faces}"] * (known_faces is not None)
    made = {"names": NAMES, "evidence": NAME_EVIDENCE, "characters": CHARACTERS}
    name_characters.main(
        [
            *(f"--{table}={folder / table}.parquet" for table in tables),
            f"--embeddings={folder / 'embeddings.sface.safetensors'}",
            f"--journal={folder / 'corrections.json'}",
            *gallery,
            *("--remembered", *(str(path) for path in remembered)),
            *(f"--cast={json.dumps(cast)}", "--expected-error=0.01"),
            *(f"--out-{table}={folder / table}.parquet" for table in made),
            f"--out-known={folder / 'known.json'}",
        ]
    )
    return [read_table(folder / f"{table}.parquet", schema) for table, schema in made.items()]


def certain(names):
    """The names that are used."""
    return sorted(names.loc[names["status"] == "certain", "name"])


def film(folder, *corrections):
    """A film of three people, and which track is whose."""
    folder.mkdir()
    table, _ = corrected(folder, *corrections)
    n_faces = len(read_table(folder / "detections.parquet", DETECTIONS))
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in range(n_faces):
            add_crop(archive, detection, np.full((112, 112, 3), detection, np.uint8))
    info = json.loads((folder / "movie.json").read_text())
    (folder / "movie.json").write_text(json.dumps(info | {"movie": folder.name}))
    return table


def test_a_person_who_was_named_in_one_film_is_known_in_the_next(tmp_path):
    first = film(tmp_path / "e1", said(1, "name", 0, name="Ann"), said(2, "name", 1, name="Ben"))
    kept = remember(tmp_path / "e1")
    assert kept["name"].unique().tolist() == ["Ann", "Ben"] and set(kept["origin"]) == {"e1"}
    whose = first.set_index("track")["name"]
    assert (kept["track"].map(whose) == kept["name"]).all()
    embeddings = read_embeddings(tmp_path / "e1/embeddings.sface.safetensors")
    for row in kept.itertuples():
        assert np.allclose(row.embedding, embeddings[row.detection])
    film(tmp_path / "e2")
    names, evidence, characters = name(tmp_path / "e2", tmp_path / "e1/remembered.parquet")
    used = characters.set_index("track")
    assert used.loc[[0, 2], "name"].tolist() == ["Ann", "Ann"]
    assert used.loc[[1, 3], "name"].tolist() == ["Ben", "Ben"]
    assert pd.isna(used.loc[4, "name"]) and used.loc[0, "named_by"] == "certain"
    assert certain(names) == ["Ann", "Ben"]
    assert set(evidence["origin"]) == {"e1"} and evidence["time_s"].notna().all()
    said_of = json.loads((tmp_path / "e2/known.json").read_text())
    assert said_of["people"] == ["Ann", "Ben"] and said_of["films"] == ["e1"]


def test_what_was_refused_and_who_is_not_in_the_cast_is_not_named(tmp_path):
    film(tmp_path / "e1", said(1, "name", 0, name="Ann"), said(2, "name", 1, name="Ben"))
    remember(tmp_path / "e1")
    whose = film(tmp_path / "e2", said(1, "refuse", 0, name="Ann")).set_index("track")["character"]
    names, *_ = name(tmp_path / "e2", tmp_path / "e1/remembered.parquet")
    hers = names.set_index("character").loc[whose[0]]
    assert certain(names) == ["Ben"] and "Ann" not in (hers["name"], hers["second_name"])
    names, *_ = name(tmp_path / "e2", tmp_path / "e1/remembered.parquet", cast={"Eve": ""})
    assert names["status"].eq("unknown").all()


def test_nobody_is_known_without_pictures_and_films(tmp_path):
    table = film(tmp_path / "e1")
    names, evidence, characters = name(tmp_path / "e1")
    assert names["status"].eq("unknown").all() and not len(evidence)
    assert characters["character"].equals(table["character"]) and characters["name"].isna().all()
    assert not len(remember(tmp_path / "e1"))


def test_a_film_of_nobody_has_tables_without_rows(tmp_path):
    (tmp_path / "e1").mkdir()
    corrected(tmp_path / "e1", film=[])
    for table in name(tmp_path / "e1"):
        assert not len(table)


def test_the_same_input_gives_the_same_bytes(tmp_path):
    film(tmp_path / "e1", said(1, "name", 0, name="Ann"))
    film(tmp_path / "e2")
    made = []
    for _ in range(2):
        remember(tmp_path / "e1")
        name(tmp_path / "e2", tmp_path / "e1/remembered.parquet")
        files = ("e1/remembered", "e2/names", "e2/evidence", "e2/characters")
        made.append([(tmp_path / f"{file}.parquet").read_bytes() for file in files])
    assert made[0] == made[1]


def test_a_gallery_of_pictures_names_as_films_do(tmp_path):
    film(tmp_path / "e1", said(1, "name", 4, name="Eve"))
    faces = remember(tmp_path / "e1").assign(origin="Eve/1.jpg", track=None, time_s=None)
    gallery = tmp_path / "known_faces.parquet"
    write_table(gallery, KNOWN_FACES, faces.assign(detection=None), {})
    film(tmp_path / "e2")
    names, evidence, _ = name(tmp_path / "e2", known_faces=gallery)
    assert certain(names) == ["Eve"]
    assert set(evidence["origin"]) == {"Eve/1.jpg"} and 4 in evidence["track"].tolist()
