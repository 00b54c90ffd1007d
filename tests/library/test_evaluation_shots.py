"""Known answers of boundary matching, and a brute-force oracle."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from castmap.evaluation.shots import match_boundaries, score_boundaries
from castmap.formats.tables import SHOTS, TRUE_SHOTS
from castmap.shots.boundaries import boundaries_table, shots_table

N_FRAMES = 1000


def found_shots(*frames):
    times = np.arange(N_FRAMES) / 25
    table = pd.DataFrame({"frame": range(N_FRAMES), "time_s": times, "duration_s": 0.04})
    return shots_table(boundaries_table((f, "cut", f, f, 0.9) for f in frames), table)


def true_shots(*transitions):
    starts = [0, *((first + last) // 2 for first, last in transitions)]
    kinds = ["gradual" if first < last else "cut" for first, last in transitions]
    return TRUE_SHOTS.validate(
        pd.DataFrame(
            {
                "start_frame": starts,
                "end_frame": [*starts[1:], N_FRAMES],
                "boundary": ["film_start", *kinds],
                "transition_start_frame": [0, *(first for first, _ in transitions)],
                "transition_end_frame": [0, *(last for _, last in transitions)],
            }
        )
    )


def test_a_cut_is_found_within_two_frames_of_it():
    metrics = score_boundaries(found_shots(98, 203), true_shots((100, 100), (200, 200)))
    assert (metrics["cut_recall"], metrics["precision"]) == (0.5, 0.5)
    assert metrics["missed_frames"] == [200]
    assert metrics["false_frames"] == [203]


def test_a_dissolve_is_found_anywhere_inside_and_two_frames_beyond():
    true = true_shots((100, 110))
    recalls = [score_boundaries(found_shots(f), true)["gradual_recall"] for f in (97, 98, 112, 113)]
    assert recalls == [0, 1, 1, 0]


def test_a_second_boundary_in_a_dissolve_is_false():
    metrics = score_boundaries(found_shots(101, 109), true_shots((100, 110)))
    assert (metrics["recall"], metrics["precision"]) == (1, 0.5)
    assert metrics["f1"] == 2 / 3


def test_counts_and_recalls_are_by_kind():
    true = true_shots((100, 100), (200, 220), (300, 300), (400, 440))
    metrics = score_boundaries(found_shots(100, 210, 300, 500, 600), true)
    assert {k: metrics[k] for k in ("cuts", "gradual", "found", "matched")} == {
        "cuts": 2,
        "gradual": 2,
        "found": 5,
        "matched": 3,
    }
    assert (metrics["cut_recall"], metrics["gradual_recall"]) == (1, 0.5)
    assert (metrics["recall"], metrics["precision"]) == (0.75, 0.6)


def test_what_is_undefined_is_none():
    nothing = score_boundaries(found_shots(), true_shots())
    shares = ("cut_recall", "gradual_recall", "recall", "precision", "f1")
    assert [nothing[name] for name in shares] == [None] * 5
    missed = score_boundaries(found_shots(), true_shots((100, 100)))
    assert [missed[name] for name in shares] == [0, None, 0, None, 0]
    rejected = score_boundaries(SHOTS.empty(), TRUE_SHOTS.empty())
    assert rejected["found"] == rejected["matched"] == 0


def most_pairs(found, windows, tolerance):
    """The largest one-to-one matching, by trying every one."""
    for size in range(min(len(found), len(windows)), 0, -1):
        for some in combinations(windows, size):
            for order in permutations(found, size):
                if all(
                    a - tolerance <= f <= b + tolerance
                    for f, (a, b) in zip(order, some, strict=True)
                ):
                    return size
    return 0


@given(
    found=st.lists(st.integers(0, 20), max_size=4, unique=True),
    windows=st.lists(
        st.tuples(st.integers(0, 20), st.integers(0, 6)).map(lambda w: (w[0], sum(w))),
        max_size=4,
        unique=True,
    ),
    tolerance=st.integers(0, 2),
)
def test_the_matching_is_one_to_one_near_enough_and_the_largest(found, windows, tolerance):
    first = np.array([a for a, _ in windows], int)
    last = np.array([b for _, b in windows], int)
    matched = match_boundaries(np.array(found, int), first, last, tolerance)
    pairs = [(found[m], window) for m, window in zip(matched, windows, strict=True) if m >= 0]
    assert len({f for f, _ in pairs}) == len(pairs)
    assert all(a - tolerance <= f <= b + tolerance for f, (a, b) in pairs)
    assert len(pairs) == most_pairs(found, windows, tolerance)
