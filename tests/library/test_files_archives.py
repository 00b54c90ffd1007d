"""Archives of results: the same bytes for the same files, and nothing but plain files comes out."""

import io
import tarfile
from pathlib import Path

import pytest

from castmap.files import archives


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name, text):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_archive_brings_files_back_with_one_date(here):
    write("results/b.txt", "bee")
    write("results/deep/a.txt", "a" * 3_000_000)
    archive = here / "it.tar"
    archives.pack(archive, ["results/deep/a.txt", "results/b.txt"])
    names = archives.names(archive, ("results/",))
    assert names == ["results/b.txt", "results/deep/a.txt"]
    for name in names:
        Path(name).unlink()
    archives.unpack(archive, names, 1e9)
    assert Path("results/b.txt").read_text() == "bee"
    assert Path("results/deep/a.txt").read_text() == "a" * 3_000_000
    assert {path.stat().st_mtime for path in here.rglob("*.txt")} == {1e9}


def test_the_same_files_give_the_same_bytes_whatever_their_date_and_order(here):
    write("a", "1")
    write("b", "2")
    archives.pack(here / "one.tar", ["a", "b"])
    write("a", "1")
    Path("a").chmod(0o600)
    archives.pack(here / "two.tar", ["b", "a"])
    assert (here / "one.tar").read_bytes() == (here / "two.tar").read_bytes()


def test_a_file_is_changed_if_one_byte_is_and_not_if_it_is_absent(here):
    write("a", "1" * 2_000_000)
    write("b", "2")
    write("c", "3")
    archives.pack(here / "it.tar", ["a", "b", "c"])
    write("a", "1" * 1_999_999 + "2")
    Path("b").unlink()
    assert archives.changed(here / "it.tar", ["a", "b", "c"]) == ["a"]
    write("c", "3 and more")
    assert archives.changed(here / "it.tar", ["a", "b", "c"]) == ["a", "c"]


def entry(name, kind=tarfile.REGTYPE, target=""):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    ("member", "fault"),
    [
        (entry("../elsewhere"), "lies outside results/"),
        (entry("/etc/cron.d/job"), "lies outside results/"),
        (entry(".git/hooks/post-checkout"), "lies outside results/"),
        (entry("numpy.py"), "lies outside results/"),
        (entry("results"), "lies outside results/"),
        (entry("results/../numpy.py"), "is no plain path"),
        (entry("results//a"), "is no plain path"),
        (entry("results/./a"), "is no plain path"),
        (entry("results/a\nb"), "is no plain path"),
        (entry("results/a\\..\\b"), "is no plain path"),
        (entry("results/a", tarfile.SYMTYPE, "/etc/passwd"), "is no plain file"),
        (entry("results/a", tarfile.LNKTYPE, "results/b"), "is no plain file"),
        (entry("results/a", tarfile.DIRTYPE), "is no plain file"),
        (entry("results/a", tarfile.FIFOTYPE), "is no plain file"),
        (entry("results/a", tarfile.CHRTYPE), "is no plain file"),
        (entry("results/good"), "comes twice"),
    ],
)
def test_an_archive_that_holds_anything_but_plain_files_of_its_folders_is_refused(
    here, member, fault
):
    with tarfile.open(here / "it.tar", "w") as tar:
        tar.addfile(entry("results/good"), io.BytesIO())
        tar.addfile(member, io.BytesIO())
    with pytest.raises(archives.ArchiveError, match=f"the entry .* {fault}"):
        archives.names(here / "it.tar", ("results/",))


@pytest.mark.parametrize("content", [b"", b"no tar file", b"\x1f\x8b\x08\0"])
def test_what_is_no_archive_is_refused(here, content):
    (here / "it.tar").write_bytes(content)
    with pytest.raises(archives.ArchiveError, match=r"it\.tar: "):
        archives.names(here / "it.tar", ("results/",))
