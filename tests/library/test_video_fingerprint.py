import hashlib
import io
import os
import time

import pytest

from castmap.video.fingerprint import (
    FilmRecord,
    file_status,
    fingerprint,
    identify,
    known_by,
    read_record,
    write_record,
)

FILM = bytes(range(256)) * 2000
MIDDLE = len(FILM) // 4  # outside the samples


def _other(content=FILM, at=MIDDLE):
    """The same but for one bit that no sample shows."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_equal_content_gives_an_equal_fingerprint():
    assert fingerprint(io.BytesIO(FILM)) == fingerprint(io.BytesIO(bytes(FILM)))


@pytest.mark.parametrize(
    "other",
    [b"", FILM[:-1], FILM + b"x", b"x" + FILM[1:], FILM[:-1] + b"x"],
    ids=["empty", "shorter", "longer", "other start", "other end"],
)
def test_other_content_gives_another_fingerprint(other):
    assert fingerprint(io.BytesIO(FILM)) != fingerprint(io.BytesIO(other))


class Project:
    """A film, its movie.json and its record, as planning and probing leave them."""

    def __init__(self, folder):
        self.film, self.record = folder / "heat.mp4", folder / "logs" / "film.json"
        self.film.write_bytes(FILM)
        self.probed, self.recorded, self.read = {}, None, []

    def identify(self, **options):
        tell = lambda *given: self.read.append(given)  # noqa: E731
        return identify(self.film, self.probed, self.record, tell, **options)

    def probe(self, *, old=True):
        """What Snakemake knows the film by, and what probe_movie writes of it."""
        self.recorded = self.identify()
        content = self.film.read_bytes()
        sampled, sha256 = fingerprint(io.BytesIO(content)), _sha256(content)
        known = self.recorded if self.recorded == known_by(sha256) else sampled
        began_ns = time.time_ns() + 10**10 * old  # as if its dates were old by then
        write_record(self.record, FilmRecord(file_status(self.film), sha256, known), began_ns)
        self.probed = {"fingerprint": sampled, "sha256": sha256}
        self.read.clear()

    def planned(self):
        return self.identify() != self.recorded


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    project.probe()
    return project


def test_a_film_that_was_probed_is_not_read_again(project, monkeypatch):
    monkeypatch.setattr("castmap.video.fingerprint.fingerprint", None)
    assert not project.planned()
    assert project.read == []


def test_a_touched_or_copied_film_is_read_once_and_is_the_same(project):
    os.utime(project.film, (1, 1))
    assert not project.planned()
    copy = project.film.with_name("copy")
    copy.write_bytes(FILM)
    copy.replace(project.film)
    assert not project.planned()
    assert [size for _, size in project.read] == [len(FILM)] * 2
    assert not project.planned()


def test_any_changed_byte_is_noticed_whatever_the_date_says(project):
    """Of the same length and with the same samples, and with the old date given back."""
    before = project.film.stat()
    project.film.write_bytes(_other())
    os.utime(project.film, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert fingerprint(io.BytesIO(_other())) == fingerprint(io.BytesIO(FILM))
    assert project.planned()
    project.probe()
    assert not project.planned()
    project.film.write_bytes(FILM)
    assert project.planned()
    project.probe()
    assert not project.planned()
    os.utime(project.film)
    assert not project.planned()


def test_planning_again_before_the_changed_film_is_probed_says_the_same(project):
    project.film.write_bytes(_other())
    assert project.identify() == project.identify() == known_by(_sha256(_other()))
    known = FilmRecord(file_status(project.film), _sha256(_other()), known_by(_sha256(_other())))
    write_record(project.record, known, time.time_ns() + 10**10)
    assert project.planned()


def test_results_of_another_version_of_the_film_are_not_taken_for_its_own(project):
    """As when published results replace one's own: the record is of the film that is here."""
    project.probed = {**project.probed, "sha256": _sha256(_other())}
    assert project.planned()


def test_what_is_only_looked_at_leaves_no_record(project, monkeypatch):
    monkeypatch.setattr("castmap.video.fingerprint._DATES_TELL_AFTER_NS", 0)
    before = project.record.read_bytes()
    os.utime(project.film, (1, 1))
    assert project.identify(remember=False) == project.recorded
    assert project.record.read_bytes() == before
    assert project.identify() == project.recorded
    assert project.record.read_bytes() != before


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"status": {"bytes": 1}}', "null"])
def test_a_damaged_record_costs_a_reading_and_nothing_else(project, damage):
    project.record.write_text(damage)
    assert not project.planned()
    assert len(project.read) == 1


def test_a_record_that_cannot_be_written_costs_a_reading_and_nothing_else(project):
    project.record.unlink()
    project.record.parent.rmdir()
    project.record.parent.touch()
    os.utime(project.film, (1, 1))
    assert not project.planned()


def test_dates_too_fresh_to_tell_are_not_recorded(tmp_path):
    project = Project(tmp_path)
    project.probe(old=False)
    assert read_record(project.record) is None
    assert not project.planned()
    project.probe()
    assert read_record(project.record).sha256 == _sha256(FILM)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_not_read(tmp_path, make):
    make(tmp_path / "film.mp4")
    with pytest.raises(OSError, match="not a regular file"):
        identify(tmp_path / "film.mp4", {}, tmp_path / "film.json", print)
