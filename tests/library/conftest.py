"""These tests need no film, no weights and no network: `make unit` runs them anywhere."""

import pytest


@pytest.fixture
def weights():
    """What needs pretrained weights lies elsewhere."""
    pytest.fail("a test with pretrained weights belongs to tests/networks")


@pytest.fixture
def demo():
    """What needs a run of the workflow lies elsewhere."""
    pytest.fail("a test with a run of the workflow belongs to tests/workflow")
