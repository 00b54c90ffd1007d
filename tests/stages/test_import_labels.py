"""The command import_labels: other tools' labels, as a film's folder of labels."""

import pandas as pd
import pytest

from workflow_scripts import import_labels
from workflow_scripts.formats.tables import TRUE_FACES
from workflow_scripts.stagekit.files import read_csv, write_csv


def run(folder, form, text):
    path = folder / "theirs.txt"
    path.write_text(text, encoding="utf-8")
    out = folder / "labels"
    import_labels.main([f"--format={form}", f"--faces={path}", f"--out-labels={out}"])
    return out


def test_labels_are_written_as_a_film_takes_them(tmp_path):
    out = run(tmp_path, "mot", "1,7,10,20,30,40,1\n2,7,10,20,30,40,1\n")
    table = read_csv(out / "faces.csv", TRUE_FACES)
    assert table["person"].tolist() == ["7", "7"]
    assert table["start_frame"].tolist() == [0, 1]
    assert not (out / "shots.csv").exists()


def test_people_may_be_called_like_numbers_and_missing_values(tmp_path):
    table = pd.DataFrame({"person": ["007", "NA", "None"], "start_frame": 0, "end_frame": 1})
    table = table.assign(x1=0.0, y1=0.0, x2=1.0, y2=1.0)
    write_csv(tmp_path / "faces.csv", TRUE_FACES, table)
    assert read_csv(tmp_path / "faces.csv", TRUE_FACES)["person"].tolist() == ["007", "NA", "None"]


@pytest.mark.parametrize(("form", "text"), [("mot", "a,b"), ("cvat", "<a>"), ("via", "{}")])
def test_a_file_of_another_kind_is_named_and_nothing_is_written(tmp_path, form, text, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, form, text)
    assert stopped.value.code == 1
    assert f"theirs.txt: not {form} labels" in capsys.readouterr().err
    assert not (tmp_path / "labels").exists()
