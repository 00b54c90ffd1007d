import numpy as np
import pytest

from castmap.console import InputError
from castmap.formats.embeddings import read_embeddings, write_embeddings


def unit_rows(count, seed=0):
    rows = np.random.default_rng(seed).normal(size=(count, 128))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_embeddings_come_back_in_half_precision(count, tmp_path):
    path, rows = tmp_path / "embeddings.safetensors", unit_rows(count)
    write_embeddings(path, rows, {"stage": "embed_faces"})
    back = read_embeddings(path)
    assert back.shape == (count, 128)
    assert back.dtype == np.float32
    assert np.array_equal(back, rows.astype(np.float16).astype(np.float32))


def test_the_same_embeddings_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_embeddings(tmp_path / name, unit_rows(9), {"b": 1, "a": {"d": 2, "c": 3}})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_an_embedding_that_is_no_number_is_named_and_nothing_is_written(tmp_path):
    rows = unit_rows(5)
    rows[3, 7] = np.nan
    with pytest.raises(ValueError, match="the embedding of detection 3 is not finite"):
        write_embeddings(tmp_path / "embeddings.safetensors", rows, {})
    assert list(tmp_path.iterdir()) == []


def test_another_file_is_refused_by_name(tmp_path):
    path = tmp_path / "embeddings.safetensors"
    path.write_bytes(b"no embeddings")
    with pytest.raises(InputError, match=r"embeddings\.safetensors cannot be read .*; delete it"):
        read_embeddings(path)
