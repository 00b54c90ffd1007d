"""A network of the user's, an ONNX file named in config.yaml, embeds the faces of a film."""

import json

import numpy as np
import pytest
import safetensors

from castmap.files.hashing import sha256_file
from castmap.formats.embeddings import read_embeddings
from tests.found_faces import embed, only_one_film

FACES = 5


@pytest.fixture
def copy(fresh):
    """A working copy with one film, whose faces have been found."""
    return only_one_film(fresh, FACES)


def choose(copy, model, **own):
    """Say in config.yaml by which backbone, and what its own settings are."""
    config = copy.path("config.yaml")
    lines = config.read_text().splitlines()
    start = lines.index("embedding:")
    end = next(n for n in range(start + 1, len(lines)) if not lines[n].startswith(" "))
    section = ["embedding:", f"  model: {model}", f"  backbones: {json.dumps({model: own})}", ""]
    config.write_text("\n".join([*lines[:start], *(section if own else section[:2]), *lines[end:]]))


def test_sface_as_if_it_were_somebodys_own_gives_the_same_vectors(copy):
    choose(copy, "sface")
    ours = read_embeddings(embed(copy, "sface"))
    file = copy.path("mine.onnx")
    file.write_bytes(copy.path("resources/weights/original/sface.onnx").read_bytes())
    choose(copy, "onnx", path="mine.onnx", mean=0, scale=1)
    path = embed(copy, "onnx")
    own = read_embeddings(path)
    assert own.shape == (FACES, 128)
    assert np.abs(own - ours).max() < 1e-3  # of half precision, of rows of unit length
    with safetensors.safe_open(path, "np") as stored:
        settings = json.loads(stored.metadata()["castmap"])["settings"]
    assert settings["weights_sha256"] == sha256_file(file)
    assert settings["parameters"]["mean"] == 0
    # What is in the file counts, not its date; and so does what is said of it.
    target = "results/talk/embeddings.onnx.safetensors"
    only = (target, "--allowed-rules", "embed_faces")
    file.touch()
    assert copy.planned(*only) == {}
    file.write_bytes(file.read_bytes() + b"\x12\x00")  # the name of its maker
    assert copy.planned(*only) == {"embed_faces": 1}
    file.write_bytes(file.read_bytes()[:-2])
    choose(copy, "onnx", path="mine.onnx", mean=127.5, scale=127.5)
    assert copy.planned(*only) == {"embed_faces": 1}


@pytest.mark.parametrize(
    ("own", "trainable", "said"),
    [
        (
            {"size_px": 112},
            "linear_head",
            "embedding.backbones.onnx.path is null; it takes the path of",
        ),
        (
            {"path": "none.onnx"},
            "linear_head",
            "path is 'none.onnx', which does not exist; it takes the",
        ),
        (
            {"path": "resources/weights/original/sface.onnx"},
            "last_block",
            "adapt.trainable is last_block, but embedding.model is onnx, which cannot be trained "
            "itself; set adapt.trainable to linear_head or mlp_head",
        ),
        (
            {"path": "resources/weights/original/sface.onnx", "crop": "dlib"},
            "linear_head",
            "embedding.backbones.onnx.crop is 'dlib'; it takes arcface (a square",
        ),
    ],
)
def test_settings_that_do_not_do_are_refused_in_one_sentence(copy, own, trainable, said):
    choose(copy, "onnx", **own)
    config = copy.path("config.yaml")
    config.write_text(
        config.read_text().replace("trainable: linear_head", f"trainable: {trainable}")
    )
    run = copy.snakemake("--dry-run")
    assert run.returncode == 1
    (sentence,) = [line for line in run.stdout.splitlines() if line.startswith("castmap: ")]
    assert said in sentence
