"""The stage evaluate_shots on files."""

import pandas as pd
import pytest

import evaluate_shots
from castmap.files.results import read_json, write_csv, write_table
from castmap.formats.tables import SHOTS, TRUE_SHOTS


def true_table():
    return pd.DataFrame(
        {
            "start_frame": [0, 50, 90],
            "end_frame": [50, 90, 120],
            "boundary": ["film_start", "cut", "gradual"],
            "transition_start_frame": [0, 50, 85],
            "transition_end_frame": [0, 50, 95],
        }
    )


def found_table():
    table = true_table().iloc[:2].assign(end_frame=[50, 120], shot=[0, 1], score=1.0)
    return table.assign(start_s=table["start_frame"] / 25, end_s=table["end_frame"] / 25)


@pytest.fixture
def run(tmp_path):
    def run_on(shots):
        write_table(tmp_path / "shots.parquet", SHOTS, shots, {})
        write_csv(tmp_path / "shots.csv", TRUE_SHOTS, true_table())
        out = tmp_path / "metrics" / "shots.json"
        args = ["--shots", tmp_path / "shots.parquet", "--true-shots", tmp_path / "shots.csv"]
        evaluate_shots.main([*map(str, args), "--out-metrics", str(out)])
        return read_json(out)

    return run_on


def test_found_and_missed_boundaries_are_counted(run):
    metrics = run(found_table())
    assert (metrics["cuts"], metrics["gradual"]) == (1, 1)
    assert (metrics["recall"], metrics["precision"]) == (0.5, 1)
    assert metrics["missed_frames"] == [90]
    assert metrics["provenance"]["settings"] == {"tolerance_frames": 2}


def test_a_rejected_film_has_nothing_to_find(run):
    metrics = run(SHOTS.empty())
    assert metrics["recall"] is None
    assert metrics["cuts"] == metrics["found"] == 0


def test_labels_with_a_wrong_column_end_the_stage_with_the_files_name(run, tmp_path, capsys):
    run(found_table())
    (tmp_path / "shots.csv").write_text("start,end\n0,50\n")
    args = ["--shots", tmp_path / "shots.parquet", "--true-shots", tmp_path / "shots.csv"]
    with pytest.raises(SystemExit):
        evaluate_shots.main([*map(str, args), "--out-metrics", str(tmp_path / "out.json")])
    assert "shots.csv" in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
