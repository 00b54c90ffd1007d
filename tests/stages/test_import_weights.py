"""Every network's weights, imported from the files as their packages ship them."""

import hashlib
import json

import pytest
import yaml
from safetensors import safe_open

from castmap.formats.weights import IMPORTED_SHA256
from castmap.packages.fetching import read_pins
from import_weights import SOURCES, main

ORIGINALS = {
    "centerface": "centerface.onnx",
    "sface": "sface.onnx",
    "dlib_resnet": "dlib_resnet.dat",
    "transnetv2": "transnetv2.pth",
}
MODULES = {
    "centerface": "castmap.faces.centerface",
    "sface": "castmap.embedding.backbones.sface",
    "dlib_resnet": "castmap.embedding.backbones.dlib_resnet",
    "transnetv2": "castmap.shots.transnetv2",
}


def run(name, original, out, sha256=None):
    network = [f"--name={name}", f"--module={MODULES[name]}"]
    sha256 = sha256 or hashlib.sha256(original.read_bytes()).hexdigest()
    network.append(f"--original-sha256={sha256}")
    main([*network, f"--original={original}", f"--out-weights={out}"])


@pytest.mark.parametrize("name", ORIGINALS)
def test_the_same_original_gives_the_same_bytes_and_says_where_it_comes_from(
    name, weights, tmp_path
):
    original = weights(f"original/{ORIGINALS[name]}")
    for attempt in ("one", "two"):
        out = tmp_path / f"{attempt}.safetensors"
        run(name, original, out)
    assert (tmp_path / "one.safetensors").read_bytes() == out.read_bytes()
    assert hashlib.sha256(out.read_bytes()).hexdigest() == IMPORTED_SHA256[name]
    with safe_open(out, "pt") as file:
        record = json.loads(file.metadata()["castmap"])
        numbers = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118 (no dict)
    assert record["network"] == name
    assert record["original_sha256"] == hashlib.sha256(original.read_bytes()).hexdigest()
    # Nothing is lost: the originals hold 1.8 to 9.7 million numbers, SFace's in single bytes.
    assert numbers > 1_800_000


def test_packages_and_licences_are_those_of_the_pinned_files(root):
    pins = read_pins(yaml.safe_load((root / "resources" / "pinned_files.yaml").read_text()))
    pinned = {
        name: (f"{pins[file].package}=={pins[file].version}", pins[file].licence)
        for name, file in ORIGINALS.items()
    }
    assert {name: (s.package, s.licence) for name, s in SOURCES.items()} == pinned


def test_the_file_of_another_network_is_refused(weights, tmp_path, capsys):
    out = tmp_path / "out.safetensors"
    original = weights("original/centerface.onnx")
    with pytest.raises(SystemExit):
        run("sface", original, out)
    assert f"{original}: not the SFace network" in capsys.readouterr().err
    assert not out.exists()


def test_an_original_with_one_other_bit_is_refused(weights, tmp_path, capsys):
    """The bit is in the middle of the numbers: the file can be read all the same."""
    content = bytearray(weights("original/sface.onnx").read_bytes())
    pinned = hashlib.sha256(content).hexdigest()
    content[len(content) // 2] ^= 1
    (tmp_path / "sface.onnx").write_bytes(content)
    out = tmp_path / "out.safetensors"
    with pytest.raises(SystemExit):
        run("sface", tmp_path / "sface.onnx", out, pinned)
    said = capsys.readouterr().err
    assert f"instead of {pinned}: damaged, or tampered with; `make weights` fetches it" in said
    assert "Traceback" not in said
    # As if it were the pinned one: the import gives other bytes than it should, and is refused too.
    with pytest.raises(SystemExit):
        run("sface", tmp_path / "sface.onnx", out)
    assert f"instead of {IMPORTED_SHA256['sface']}" in capsys.readouterr().err
    assert not out.exists()
