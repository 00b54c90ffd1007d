"""The stage export_movie: the cast map as people and other tools read it."""

import pandas as pd
import pytest

from workflow_scripts import export_movie
from workflow_scripts.formats.tables import CAST_MAP, CLUSTERS
from workflow_scripts.stagekit.files import read_csv, write_table

HEADER = "character,start_s,end_s,shot,track,confidence\n"


def run(folder, rows):
    """``rows``: track, shot, start_s, end_s, character, confidence."""
    folder.mkdir(exist_ok=True)
    columns = ["track", "shot", "start_s", "end_s", "character", "confidence"]
    table = pd.DataFrame(rows, columns=columns).assign(
        n_faces=5, second_character=None, joined=False
    )
    path = folder / "clusters.parquet"
    write_table(path, CLUSTERS, table if rows else CLUSTERS.empty(), {})
    out = folder / "exports" / "cast_map.csv"
    export_movie.main(["--clusters", str(path), "--out-cast-map", str(out)])
    return out


ROWS = [
    (0, 0, 0.0, 2.0, "C02", 0.5),
    (1, 0, 1 / 3, 10 / 3, "C01", 2 / 3),
    (2, 1, 10 / 3, 4.56789, "C02", 1.0),
    (3, 0, 0.0, 0.0417, "C01", 0.0),
]


def test_what_is_no_character_is_not_in_the_cast_map(tmp_path):
    nobody = [(4, 0, 0.0, 9.0, "background", 0.0), (5, 0, 0.0, 9.0, "not_a_face", 0.0)]
    assert run(tmp_path / "a", [*ROWS, *nobody]).read_text() == run(tmp_path, ROWS).read_text()


def test_appearances_stand_in_order_of_time_then_character_with_milliseconds(tmp_path):
    assert run(tmp_path, ROWS).read_text() == HEADER + (
        "C01,0.0,0.042,0,3,0.0\n"
        "C02,0.0,2.0,0,0,0.5\n"
        "C01,0.333,3.333,0,1,0.667\n"
        "C02,3.333,4.568,1,2,1.0\n"
    )


def test_one_character_found_twice_at_once_stands_in_order_of_tracks(tmp_path):
    rows = [(track, 0, 1.0, 2.0, "C01", 0.5) for track in (5, 2, 9)]
    assert pd.read_csv(run(tmp_path, rows))["track"].tolist() == [2, 5, 9]


def test_every_track_is_exported_once(tmp_path):
    cast = read_csv(run(tmp_path, ROWS), CAST_MAP)
    assert sorted(cast["track"]) == [0, 1, 2, 3]
    people = {row[0]: row[4] for row in ROWS}
    assert cast["character"].tolist() == [people[track] for track in cast["track"]]


def test_long_films_do_not_lose_milliseconds(tmp_path):
    rows = [(0, 0, 35_999.9584, 36_000.0004, "C01", 0.25)]
    assert run(tmp_path, rows).read_text() == HEADER + "C01,35999.958,36000.0,0,0,0.25\n"


def test_an_empty_film_has_only_a_heading(tmp_path):
    out = run(tmp_path, [])
    assert out.read_text() == HEADER
    assert read_csv(out, CAST_MAP).empty


def test_the_same_clusters_give_the_same_bytes(tmp_path):
    # Rows are sorted by time, character and track, so neither does their order matter.
    first = run(tmp_path / "one", ROWS).read_bytes()
    assert run(tmp_path / "two", ROWS).read_bytes() == first
    assert run(tmp_path / "three", ROWS[::-1]).read_bytes() == first
    assert b"\r" not in first


def test_a_file_without_a_needed_column_is_named_and_nothing_is_written(tmp_path, capsys):
    path, out = tmp_path / "clusters.parquet", tmp_path / "cast_map.csv"
    pd.DataFrame({"track": [0], "character": ["C01"]}).to_parquet(path)
    with pytest.raises(SystemExit) as stopped:
        export_movie.main(["--clusters", str(path), "--out-cast-map", str(out)])
    assert stopped.value.code == 1
    assert "clusters.parquet: clusters: missing columns" in capsys.readouterr().err
    assert not out.exists()
