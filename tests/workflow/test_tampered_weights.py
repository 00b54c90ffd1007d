"""One other bit in weights is noticed where they are loaded, and they are made anew."""

import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file

from castmap.console import InputError
from castmap.formats.sealed_weights import WeightsError, check_sha256
from castmap.formats.weights import load_sealed, save_sealed
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.packages.weights import pretrained_networks
from tests.workflow.test_failures import draw_gradients


def flip(path, at, bit=0):
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.unlink()  # it may be a hard link to the true one
    path.write_bytes(content)


@pytest.mark.parametrize("network", pretrained_networks())
def test_pretrained_weights_are_the_imported_ones_to_the_bit(network, weights, tmp_path):
    path = weights(f"{network}.safetensors")
    state, true = read_pretrained(path, network), load_file(path)
    assert state.keys() == true.keys()
    assert all(torch.equal(state[name], true[name]) for name in true)
    copy = tmp_path / "copy.safetensors"
    size = path.stat().st_size
    for at in (9, 300, size // 2, size - 1):  # the header, the record, the numbers
        copy.write_bytes(path.read_bytes())
        flip(copy, at)
        for read in (read_pretrained, hash_pretrained):
            with pytest.raises(InputError, match="damaged, or tampered with; `make weights` makes"):
                read(copy, network)
    for cut in (b"", path.read_bytes()[: size // 2]):
        copy.write_bytes(cut)
        with pytest.raises(InputError, match="damaged, or tampered with"):
            read_pretrained(copy, network)
    # The same numbers without a record, too, are not the file.
    save_file(true, copy)
    with pytest.raises(InputError, match="damaged, or tampered with"):
        read_pretrained(copy, network)


def test_weights_of_our_making_are_sealed_with_their_record(tmp_path):
    path = tmp_path / "w.safetensors"
    torch.manual_seed(0)
    state = {"head.turn": torch.randn(3, 4), "n": torch.tensor(7), "b": torch.randn(5).bfloat16()}
    save_sealed(path, state, {"method": "triplet", "seed": 5})
    found, record = load_sealed(path)
    assert record == {"method": "triplet", "seed": 5}
    assert all(torch.equal(found[name], state[name]) for name in state)
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(content)
        flip(path, at, at % 8)
        with pytest.raises(WeightsError, match=r"w\.safetensors"):
            load_sealed(path)
    for cut in (b"", content[:40], content[:-1], content + b"\0"):
        path.write_bytes(cut)
        with pytest.raises(WeightsError, match="delete it, and run again"):
            load_sealed(path)


def test_damaged_weights_stop_a_run_and_make_weights_makes_them_anew(fresh):
    for name in ("train", "held_out"):
        fresh.path(f"resources/splits/{name}.txt").write_text("# none\n")
    draw_gradients(fresh.path("films/street.mp4"), 5)
    target = "results/street/embeddings.sface.safetensors"
    weights = fresh.path("resources/weights/sface.safetensors")
    original = fresh.path("resources/weights/original/transnetv2.pth")
    flip(weights, weights.stat().st_size // 2)
    run = fresh.snakemake(target)
    assert run.returncode != 0
    assert "resources/weights/sface.safetensors: has SHA-256" in run.stdout
    assert "castmap: resources/weights/sface.safetensors: damaged, or tampered with" in run.stdout
    assert "so no film is at fault; `make weights` makes it anew" in run.stdout
    assert "Traceback" not in run.stdout
    assert not fresh.path(target).exists()
    assert not fresh.path("results/logs/failed_films.csv").exists()
    flip(original, 1000)
    # What `make weights` does.
    tidy = [sys.executable, "-m", "castmap.command", "remove-damaged-weights"]
    subprocess.run(tidy, cwd=fresh.folder, check=True)
    assert not weights.exists()
    assert not original.exists()  # fetched again with the weights that come from it
    assert fresh.path("resources/weights/original/sface.onnx").exists()
    run = fresh.snakemake(target)
    assert run.returncode == 0, run.stdout
    check_sha256(weights.read_bytes(), pretrained_networks()["sface"].imported_sha256)
