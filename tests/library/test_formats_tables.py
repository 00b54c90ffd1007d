import numpy as np
import pandas as pd
import pytest

from castmap.formats.tables import FRAMES, SCHEMAS, TableError


def frames(n=3):
    return pd.DataFrame(
        {
            "frame": np.arange(n),
            "time_s": np.arange(n) / 25,
            "duration_s": np.full(n, 0.04),
            "time_source": ["pts"] * n,
        }
    )


def test_a_table_gets_its_column_order_and_types():
    table = FRAMES.validate(frames()[["time_source", "duration_s", "frame", "time_s"]])
    assert list(table) == FRAMES.columns
    assert table["frame"].dtype == np.int32
    assert table["time_s"].tolist() == [0.0, 0.04, 0.08]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda t: t.drop(columns="time_s"), r"missing columns \['time_s'\]"),
        (lambda t: t.assign(note="x"), r"unknown columns \['note'\]"),
        (lambda t: t.assign(frame=[0, 1, 1]), r"two rows with the same key \{'frame': 1\}"),
        (lambda t: t.assign(frame=["a", "b", "c"]), "frame"),
        (lambda t: t.assign(time_source=["pts", None, "pts"]), "time_source has missing values"),
        (lambda t: t.assign(time_s=[0.0, np.nan, 1.0]), "time_s has missing values"),
    ],
)
def test_a_broken_table_is_refused_by_name(change, sentence):
    with pytest.raises(TableError, match=sentence) as caught:
        FRAMES.validate(change(frames()))
    assert str(caught.value).startswith("frames: ")


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_every_column_is_documented_and_an_empty_table_is_legal(schema):
    assert all(field.metadata[b"description"] for field in schema.arrow)
    assert set(schema.key) <= set(schema.columns)
    assert schema.validate(schema.empty()).empty
