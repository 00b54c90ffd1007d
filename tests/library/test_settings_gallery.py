"""The gallery as people fill it: names, pictures, and what is neither."""

import os

import pytest

from castmap.settings.gallery import hash_gallery, list_pictures


@pytest.fixture
def gallery(tmp_path):
    for path in ("Ann/1.jpg", "Ann/2.PNG", "Ben/a b.webp", ".hidden/1.jpg", "Ann/.DS_Store"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(b"picture")
    (tmp_path / "cast.tsv").write_text("name\tfilm\trole\tfrom\tto\n")
    return tmp_path


def found(folder):
    return {picture.origin: (picture.name, picture.fault) for picture in list_pictures(folder)}


def test_each_folder_is_a_person_and_what_is_hidden_is_left_out(gallery):
    assert found(gallery) == {
        "Ann/1.jpg": ("Ann", None),
        "Ann/2.PNG": ("Ann", None),
        "Ben/a b.webp": ("Ben", None),
    }


def test_what_is_no_picture_has_a_reason(gallery):
    (gallery / "Ann/notes.txt").write_text("tall")
    (gallery / "Ann/empty.jpg").touch()
    os.mkfifo(gallery / "Ann/pipe.jpg")
    (gallery / "Ann/gone.jpg").symlink_to("nowhere")
    with (gallery / "Ann/huge.png").open("wb") as file:
        file.truncate((64 << 20) + 1)
    faults = {name: fault for name, (_, fault) in found(gallery).items() if fault}
    assert faults["Ann/notes.txt"].startswith("is no picture by its name; castmap takes .bmp")
    assert faults["Ann/empty.jpg"].startswith("is empty (0 bytes)")
    assert faults["Ann/pipe.jpg"] == "is a pipe, not a picture"
    assert faults["Ann/gone.jpg"].startswith("is a link to nowhere")
    assert faults["Ann/huge.png"] == "has more than 64 MiB; make it smaller"


@pytest.mark.parametrize("name", ["\u202egnp", "a\nb", "\u200b", "x" * 201])
def test_a_folder_whose_name_nobody_can_have_is_named(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "1.jpg").write_bytes(b"picture")
    [picture] = list_pictures(tmp_path)
    assert "rename the folder" in picture.fault
    assert "\n" not in picture.origin and "\u202e" not in picture.origin


def test_two_spellings_of_a_name_are_one_person(tmp_path):
    for name in ("Zoe\u0301", "Zo\u00e9"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.jpg").write_bytes(b"picture")
    assert {picture.name for picture in list_pictures(tmp_path)} == {"Zo\u00e9"}


def test_the_hash_follows_names_and_content_and_not_dates(gallery):
    before = hash_gallery(gallery)
    os.utime(gallery / "Ann/1.jpg", (0, 0))
    assert hash_gallery(gallery) == before
    (gallery / "Ann/1.jpg").write_bytes(b"another")
    changed = hash_gallery(gallery)
    (gallery / "Ann").rename(gallery / "Eve")
    assert len({before, changed, hash_gallery(gallery)}) == 3
    assert hash_gallery(gallery / "nothing here") is None
