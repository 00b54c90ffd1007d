"""The stage tabulate on a film that was turned away; films with results are in tests/workflow."""

import pandas as pd
import pytest

from workflow_scripts import tabulate
from workflow_scripts.evaluation.tables import TABLES
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS
from workflow_scripts.stagekit.files import write_json, write_table

REASON = "100%_sure.mp4 is not a video file"


def run(folder, movies=("notes",), named="notes"):
    info = {"movie": named, "title": "Notes", "status": "rejected", "reason": REASON}
    write_json(folder / "movie.json", {**info, "duration_s": None})
    arguments = ["--movie-infos", str(folder / "movie.json")]
    for schema in (SHOTS, DETECTIONS, TRACKS, CLUSTERS):
        path = folder / f"{schema.name}.parquet"
        write_table(path, schema, schema.empty(), {})
        arguments += [f"--{schema.name}", str(path)]
    tables = folder / "tables"
    tabulate.main(
        ["--movies", *movies, *arguments, "--model", "sface", "--out-folder", str(tables)]
    )
    return tables


def test_every_table_is_written_in_three_forms(tmp_path):
    written = {path.name for path in run(tmp_path).iterdir()}
    assert written == {f"{name}.{form}" for name in TABLES for form in ("csv", "md", "tex")}


def test_a_film_that_was_turned_away_is_listed_with_its_reason(tmp_path):
    tables = run(tmp_path)
    films = pd.read_csv(tables / "films.csv")
    assert films[["movie", "status", "reason"]].to_numpy().tolist() == [
        ["notes", "rejected", REASON]
    ]
    assert "n = 1 films, 1 of them rejected" in (tables / "films.md").read_text()
    assert r"100\%\_sure.mp4" in (tables / "films.tex").read_text()


def test_the_same_input_gives_the_same_bytes(tmp_path):
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        tables = run(tmp_path / name)
        contents.append({path.name: path.read_bytes() for path in tables.iterdir()})
    assert contents[0] == contents[1]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"movies": ("notes", "more")}, "--movie-infos: 1 files for 2 films"),
        ({"named": "other"}, "is of film 'other' but stands where 'notes' is expected"),
    ],
)
def test_files_that_do_not_match_the_films_are_one_sentence(tmp_path, capsys, changed, sentence):
    with pytest.raises(SystemExit):
        run(tmp_path, **changed)
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error
