"""Every network's weights, imported from the files as their packages ship them."""

import hashlib
import json
from dataclasses import asdict

import pytest
import yaml
from safetensors import safe_open

from castmap.packages.weights import pins_of_packages, pretrained_networks
from import_weights import main

NETWORKS = pretrained_networks()


@pytest.fixture(scope="module")
def pins(root):
    return pins_of_packages(yaml.safe_load((root / "resources/pinned_files.yaml").read_text()))


def run(name, pin, original, out):
    what = [f"--name={name}", f"--pin={json.dumps(pin)}", f"--original={original}"]
    main([*what, f"--out-weights={out}"])


def test_the_networks_with_weights_are_known():
    assert sorted(NETWORKS) == ["centerface", "dlib_resnet", "sface", "transnetv2"]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_original_gives_the_same_bytes_and_says_where_it_comes_from(
    name, weights, pins, tmp_path
):
    pin = pins[NETWORKS[name].original]
    original = weights(f"original/{NETWORKS[name].original}")
    for attempt in ("one", "two"):
        out = tmp_path / f"{attempt}.safetensors"
        run(name, asdict(pin), original, out)
    assert (tmp_path / "one.safetensors").read_bytes() == out.read_bytes()
    assert out.read_bytes() == weights(f"{name}.safetensors").read_bytes()
    with safe_open(out, "pt") as file:
        record = json.loads(file.metadata()["castmap"])
        numbers = sum(file.get_tensor(key).numel() for key in file.keys())  # noqa: SIM118 (no dict)
    assert record == {
        "network": name,
        "package": f"{pin.package}=={pin.version}",
        "licence": pin.licence,
        "original_sha256": hashlib.sha256(original.read_bytes()).hexdigest(),
    }
    # Nothing is lost: the originals hold 1.8 to 9.7 million numbers, SFace's in single bytes.
    assert numbers > 1_800_000


def test_the_file_of_another_network_is_refused(weights, pins, tmp_path, capsys):
    out = tmp_path / "out.safetensors"
    original = weights("original/centerface.onnx")
    with pytest.raises(SystemExit):
        run("sface", asdict(pins["centerface.onnx"]), original, out)
    assert f"{original}: not the SFace network" in capsys.readouterr().err
    assert not out.exists()


def test_an_original_with_one_other_bit_is_refused(weights, pins, tmp_path, capsys):
    """The bit is in the middle of the numbers: the file can be read all the same."""
    pin = asdict(pins["sface.onnx"])
    content = bytearray(weights("original/sface.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "sface.onnx").write_bytes(content)
    out = tmp_path / "out.safetensors"
    with pytest.raises(SystemExit):
        run("sface", pin, tmp_path / "sface.onnx", out)
    said = capsys.readouterr().err
    assert f"instead of {pin['sha256']}: damaged, or tampered with; `make weights` fetches" in said
    assert "Traceback" not in said
    # As if it were the pinned one: the import gives other bytes than it should, and is refused too.
    pin["sha256"] = hashlib.sha256(content).hexdigest()
    with pytest.raises(SystemExit):
        run("sface", pin, tmp_path / "sface.onnx", out)
    assert f"instead of {NETWORKS['sface'].imported_sha256}" in capsys.readouterr().err
    assert not out.exists()
