"""What jobs are granted, by the length of their films."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.planning.requests import NEEDS, film_length_s, memory_mb, runtime_min

HOURS = 3600.0


def test_a_probed_film_is_as_long_as_it_is_whatever_its_size():
    assert film_length_s({"duration_s": 5400.5}, 10**12) == 5400.5
    assert film_length_s({"duration_s": 5 * HOURS}, None) == 5 * HOURS


def test_a_film_that_was_turned_away_has_no_length():
    assert film_length_s({"duration_s": None}, 10**9) == 0


def test_a_film_not_yet_probed_lasts_as_long_as_a_file_of_its_size_may():
    assert film_length_s(None, 900_000_000) == 2 * HOURS  # at 1 Mbit/s
    assert film_length_s(None, 50_000_000_000) == 4 * HOURS
    assert film_length_s(None, None) == 4 * HOURS


def test_two_hours_of_film_ask_for_known_amounts():
    assert runtime_min("detect_faces", 2 * HOURS, 1) == 10 + 360
    assert memory_mb("detect_faces", 2 * HOURS, 1) == 6000 + 400
    assert runtime_min("detect_faces", 2 * HOURS, 2) == 740


@pytest.mark.parametrize("rule", NEEDS)
@given(film_s=st.floats(0, 400 * HOURS), longer_s=st.floats(0, HOURS), attempt=st.integers(1, 3))
def test_more_film_and_another_attempt_never_ask_for_less(rule, film_s, longer_s, attempt):
    for ask in (runtime_min, memory_mb):
        asked = ask(rule, film_s, attempt)
        assert isinstance(asked, int)
        assert ask(rule, film_s + longer_s, attempt) >= asked > 0
        more = ask(rule, film_s, attempt + 1)
        assert more == pytest.approx(asked * (attempt + 1) / attempt, abs=2)


def test_requests_are_several_times_what_was_measured():
    """On one core at 1280x720 without a GPU, in minutes for each minute of film."""
    measured = {"detect_faces": 0.7, "detect_shots": 0.15, "embed_faces": 0.15}
    for rule, share in measured.items():
        assert runtime_min(rule, 2 * HOURS, 1) >= 4 * share * 120
        assert memory_mb(rule, 2 * HOURS, 1) >= 1.5 * 1100
