import io

import pytest

from workflow_scripts.video.fingerprint import fingerprint

FILM = bytes(range(256)) * 2000


def test_equal_content_gives_an_equal_fingerprint():
    assert fingerprint(io.BytesIO(FILM)) == fingerprint(io.BytesIO(bytes(FILM)))


@pytest.mark.parametrize(
    "other",
    [b"", FILM[:-1], FILM + b"x", b"x" + FILM[1:], FILM[:-1] + b"x"],
    ids=["empty", "shorter", "longer", "other start", "other end"],
)
def test_other_content_gives_another_fingerprint(other):
    assert fingerprint(io.BytesIO(FILM)) != fingerprint(io.BytesIO(other))
