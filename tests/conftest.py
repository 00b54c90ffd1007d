"""What every test may ask for: the repository's root and the pretrained weights."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def weights():
    """A function from a file name under resources/weights/ to its path."""

    def path(name: str) -> Path:
        found = ROOT / "resources" / "weights" / name
        if not found.exists():
            pytest.fail(f"{found.relative_to(ROOT)} is missing; `make weights` makes it")
        return found

    return path
