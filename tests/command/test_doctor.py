"""`castmap doctor` finds what is wrong with a machine, on this machine made wrong."""

import json
import re
import shutil

import pytest
import torch

from castmap.command.doctor import A_PROBLEM, OK, check_disk


def examine(copy, castmap, **variables):
    """The exit status, and the findings by what they are about."""
    run = castmap(copy.folder, "doctor", "--json", **variables)
    findings = json.loads(run.stdout)
    assert len({finding["about"] for finding in findings}) == len(findings)
    return run.returncode, {finding.pop("about"): finding for finding in findings}


def problems(findings):
    return [about for about, finding in findings.items() if finding["status"] == "problem"]


def rewrite(path, content):
    """Replace a file that may be a hard link to the true one."""
    path.unlink()
    path.write_bytes(content)


def test_a_good_machine_has_no_problem(fresh, castmap):
    status, findings = examine(fresh, castmap)
    assert problems(findings) == []
    assert status == 0
    assert "torch 2." in findings["packages"]["found"]
    assert "sface.onnx: Apache-2.0" in findings["licences of weights"]["found"]
    assert findings["licences of footage"]["status"] == "note"  # one clip states none
    assert "opencv-python: Apache" in findings["licences of packages"]["found"]
    assert "3 films" in findings["settings"]["found"]
    lines = castmap(fresh.folder, "doctor").stdout.splitlines()
    assert len(lines) == len(findings)
    assert all(line.startswith(("OK   ", "NOTE ")) for line in lines)


def test_a_wrong_and_a_missing_package_are_named(fresh, castmap):
    lock = fresh.path("envs/requirements.txt")
    text = lock.read_text()
    (numpy,) = re.findall(r"^numpy==\S+", text, re.M)
    lock.write_text(text.replace(numpy, "numpy==1.0.0") + "no-such-package==1.0\n")
    status, findings = examine(fresh, castmap)
    assert status == 1
    assert problems(findings) == ["package numpy", "package no-such-package"]
    version = numpy.removeprefix("numpy==")
    assert findings["package numpy"]["found"] == f"{version}, the lock has 1.0.0"
    assert "python envs/install.py" in findings["package numpy"]["fix"]
    assert findings["package no-such-package"]["found"] == "not installed, the lock has 1.0"


def test_damaged_weights_are_named(fresh, castmap):
    weights = fresh.path("resources/weights")
    flipped = bytearray((weights / "sface.safetensors").read_bytes())
    flipped[-1] ^= 1
    rewrite(weights / "sface.safetensors", flipped)
    rewrite(weights / "centerface.safetensors", b"garbage")
    (weights / "dlib_resnet.safetensors").unlink()
    pins = fresh.path("resources/pinned_files.yaml")
    pins.write_text(pins.read_text().replace("sha256: a313d0b3", "sha256: 0000d0b3"))
    status, findings = examine(fresh, castmap)
    assert status == 1
    assert problems(findings) == [f"weights {n}" for n in ("centerface", "sface", "transnetv2")]
    for name in ("sface", "centerface"):
        assert ": damaged, or tampered with" in findings[f"weights {name}"]["found"]
    assert "resources/pinned_files.yaml has 0000d0b3" in findings["weights transnetv2"]["found"]
    assert findings["weights sface"]["fix"] == "`make weights` makes it anew"
    assert findings["weights dlib_resnet"]["status"] == "note"


def test_a_missing_system_library_is_named(fresh, castmap, tmp_path):
    (tmp_path / "libGL.so.1").write_bytes(b"")  # found first, and no library
    _, findings = examine(fresh, castmap, LD_LIBRARY_PATH=str(tmp_path))
    if findings["OpenCV"]["status"] == "ok":
        pytest.skip("this build of OpenCV does not want libGL")
    assert "libGL.so.1" in findings["OpenCV"]["found"]
    assert "apt-get install libgl1 libglib2.0-0" in findings["OpenCV"]["fix"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_is_asked_for_and_not_there_is_a_problem(fresh, castmap):
    config = fresh.path("config.yaml")
    text = config.read_text()
    config.write_text(text.replace("device: auto", "device: cuda"))
    status, findings = examine(fresh, castmap)
    assert (status, problems(findings)) == (1, ["GPU"])
    assert "config.yaml asks for cuda" in findings["GPU"]["found"]
    config.write_text(text.replace("device: auto", "device: cpu"))
    assert examine(fresh, castmap)[1]["GPU"]["status"] == "ok"


def test_a_faulty_setting_is_a_problem(fresh, castmap):
    config = fresh.path("config.yaml")
    config.write_text(config.read_text().replace("long_side_px: 640", "long_side_px: 0"))
    status, findings = examine(fresh, castmap)
    assert (status, problems(findings)) == (1, ["settings"])
    assert "faces.long_side_px is 0" in findings["settings"]["found"]


def test_a_film_that_is_yet_to_be_analysed_needs_room(fresh, castmap):
    film = fresh.path("films/long.mp4")
    shutil.copy(fresh.path("resources/demo/footage/carphone_pristine.mp4"), film)
    with film.open("r+b") as file:
        file.truncate(900_000_000)  # two hours at 1 Mbit/s
    _, findings = examine(fresh, castmap)
    assert "1 films to analyse (2.0 h at 500 MB) need about 2.0 GB" in findings["disk"]["found"]
    film.unlink()


def test_a_full_disk_is_a_problem():
    assert check_disk(2100, [2.0, 0.0]).status == OK
    full = check_disk(1900, [2.0, 0.0])
    assert full.status == A_PROBLEM
    assert full.fix
