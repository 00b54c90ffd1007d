"""The stage embed_faces, with each backbone."""

import json
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import embed_faces
from castmap.embedding.networks import load_embedder
from castmap.formats.embeddings import read_embeddings
from castmap.formats.face_archive import read_crop
from tests.found_faces import write_faces

NETWORKS, DIMENSION = ("sface", "dlib_resnet"), 128


OWN = {"size_px": 112, "crop": "arcface", "channel_order": "RGB", "mean": 0.0, "scale": 1.0}


def run(folder, weights, model, count, out="embeddings.safetensors", threads=1):
    write_faces(folder, count)
    file = "original/sface.onnx" if model == "onnx" else f"{model}.safetensors"
    parameters = json.dumps(OWN if model == "onnx" else {})
    embed_faces.main(
        [
            *("--detections", str(folder / "detections.parquet")),
            *("--faces", str(folder / "faces.zip"), "--model", model, "--device", "cpu"),
            *("--threads", str(threads), "--seed", "5", "--parameters", parameters),
            *("--weights", str(weights(file))),
            *("--out-embeddings", str(folder / out)),
        ]
    )
    return read_embeddings(folder / out)


@pytest.mark.parametrize("model", NETWORKS)
def test_every_detection_has_a_row_of_unit_length(model, weights, tmp_path):
    rows = run(tmp_path, weights, model, 35)
    assert rows.shape == (35, DIMENSION)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=2e-3)
    assert len(np.unique(rows, axis=0)) == 35


@pytest.mark.parametrize("model", [*NETWORKS, "onnx"])
def test_no_detections_have_no_rows(model, weights, tmp_path):
    assert run(tmp_path, weights, model, 0).shape == (0, DIMENSION)


@pytest.mark.parametrize("model", ["sface", "onnx"])
def test_the_same_faces_give_the_same_bytes(model, weights, tmp_path):
    for name in ("one", "two"):
        run(tmp_path, weights, model, 3, name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_batches_that_are_embedded_side_by_side_give_the_same_bytes(weights, tmp_path):
    before, files = torch.get_num_threads(), []
    for threads in (1, 2, 3):
        run(tmp_path, weights, "sface", 150, str(threads), threads)
        files.append((tmp_path / str(threads)).read_bytes())
    torch.set_num_threads(before)
    assert len(set(files)) == 1


@pytest.mark.parametrize("model", NETWORKS)
def test_a_row_is_the_embedding_of_its_own_crop(model, weights, tmp_path):
    rows = run(tmp_path, weights, model, 35)
    embedder = load_embedder(model, load_file(weights(f"{model}.safetensors")), torch.device("cpu"))
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        for detection in (0, 1, 31, 32, 34):  # 32 begins the second batch
            alone = embedder.embed(read_crop(archive, detection)[None])[0]
            assert np.allclose(rows[detection], alone, atol=2e-3)
