import itertools
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.evaluation.end_to_end import end_to_end
from castmap.formats.tables import CLUSTERS, DETECTIONS, EXAMINED, SHOTS, TRACKS, TRUE_FACES
from castmap.tracks.examined import every_nth

PLACES = {"ann": 0, "ben": 100, "nobody": 900}
N_FRAMES = 5
SHOT = pd.DataFrame({"shot": [0], "start_frame": [0], "end_frame": [N_FRAMES]}).assign(
    transition_start_frame=0, transition_end_frame=0
)
TRUE = pd.DataFrame(
    [(who, 0, N_FRAMES, PLACES[who], 0, PLACES[who] + 50, 50) for who in ("ann", "ben")],
    columns=TRUE_FACES.columns,
)


def boxes(frame, who):
    x = pd.Series([float(PLACES[name]) for name in who], dtype=float)
    return pd.DataFrame({"frame": list(frame), "x1": x, "y1": 0.0, "x2": x + 10, "y2": 10.0})


def film(tracks, untracked=()):
    """Detections, TRACKS and clusters.

    Args:
        tracks: (character, [who is at the face in each frame; None: no face; "(ann)": a box that
            was interpolated]) of each track.
        untracked: (frame, who) of detections in no track.
    """
    rows = [
        (track, frame, who.strip("()"), who.startswith("("))
        for track, (_, path) in enumerate(tracks)
        for frame, who in enumerate(path)
        if who
    ]
    table = pd.DataFrame(rows, columns=["track", "frame", "who", "interpolated"])
    table = table.astype({"track": int, "frame": int, "interpolated": bool})
    found = boxes(table["frame"], table["who"]).assign(
        track=table["track"], interpolated=table["interpolated"]
    )
    seen = pd.concat(
        [found[~found["interpolated"]], boxes(*zip(*untracked, strict=True))]
        if untracked
        else [found[~found["interpolated"]]]
    )
    characters = [name for name, _ in tracks]
    return seen, found, pd.DataFrame({"track": range(len(tracks)), "character": characters})


def scores(tracks, untracked=(), step=1):
    return end_to_end(*film(tracks, untracked), TRUE, SHOT, every_nth(step, N_FRAMES))


def test_a_film_without_a_fault_scores_one():
    result = scores([("C01", ["ann"] * 5), ("C02", ["ben"] * 5)])
    assert (result["precision"], result["recall"], result["f1"]) == (1, 1, 1)
    assert result["lost_by_detection"] == result["lost_by_clustering"] == 0


def test_every_stage_answers_for_what_it_lost():
    result = scores(
        [
            ("C01", ["ann", "ann", "ann", "ben", None]),  # Ann's track, with a face of Ben
            ("uncertain", [None, None, "ben", None, None]),
        ],
        untracked=[(1, "ben")],
    )
    assert result == {
        "labelled_faces": 10,
        "found_faces": 4,
        "right_faces": 3,
        "precision": 0.75,
        "recall": 0.3,
        "f1": pytest.approx(6 / 14),
        "lost_by_detection": 4,  # Ann in two frames, Ben in two
        "lost_by_tracking": 2,  # Ben in frame 1, in no track, and in frame 3, in that of Ann
        "lost_by_clustering": 1,  # Ben in frame 2
    }


def test_characters_and_people_are_paired_one_to_one():
    split = scores([("C01", ["ann"] * 3 + [None] * 2), ("C02", [None] * 3 + ["ann"] * 2)])
    assert (split["right_faces"], split["lost_by_clustering"]) == (3, 2)
    merged = scores([("C01", ["ann"] * 5), ("C01", ["ben"] * 4 + [None])])
    assert (merged["right_faces"], merged["precision"]) == (5, pytest.approx(5 / 9))
    assert (merged["lost_by_clustering"], merged["lost_by_detection"]) == (4, 1)


def test_a_person_found_twice_in_a_frame_is_right_once():
    result = scores([("C01", ["ann"] * 5), ("C01", ["ann"] * 5)])
    assert (result["right_faces"], result["found_faces"]) == (5, 10)


def test_what_a_track_filled_in_is_found_and_only_examined_frames_count():
    bridged = [("C01", ["ann", "(ann)", "ann", "(ann)", "ann"])]
    assert scores(bridged)["right_faces"] == 5
    skipped = [("C01", ["ann", None, "ann", None, "ann"])]
    assert scores(skipped)["lost_by_detection"] == 7
    assert scores(skipped, step=2)["lost_by_detection"] == 3


def test_nothing_to_judge_is_none():
    empty = DETECTIONS.empty(), TRACKS.empty(), CLUSTERS.empty()
    rejected = end_to_end(*empty, TRUE, SHOTS.empty(), EXAMINED.empty())
    assert rejected["labelled_faces"] == 0
    assert rejected["precision"] is rejected["recall"] is rejected["f1"] is None
    unseen = end_to_end(*empty, TRUE, SHOT, every_nth(1, N_FRAMES))
    assert (unseen["precision"], unseen["recall"], unseen["f1"]) == (None, 0, 0)
    assert unseen["lost_by_detection"] == 10
    json.dumps([rejected, unseen], allow_nan=False)


face = st.sampled_from([None, "ann", "ben", "nobody", "(ann)", "(nobody)"])
track = st.tuples(
    st.sampled_from(["C01", "C02", "C03", "background"]),
    st.lists(face, min_size=N_FRAMES, max_size=N_FRAMES).filter(any),
)
extra = st.tuples(st.integers(0, N_FRAMES - 1), st.sampled_from(["ann", "ben", "nobody"]))


@settings(max_examples=40)
@given(st.lists(track, max_size=5), st.lists(extra, max_size=4))
def test_counts_equal_those_by_trying_every_pairing(tracks, untracked):
    result = scores(tracks, untracked)

    def person(who):
        return None if who is None or "nobody" in who else who.strip("()")

    def owner(path):
        votes = [person(who) for who in path if who and not who.startswith("(")]
        return max(dict.fromkeys(votes), key=votes.count) if votes else None

    faces = [
        (name, owner(path), frame, person(who))
        for name, path in tracks
        for frame, who in enumerate(path)
        if who
    ]
    found = [face for face in faces if face[0] != "background"]
    true = set(itertools.product(range(N_FRAMES), ("ann", "ben")))

    def right(pairing):
        return {(frame, who) for name, _, frame, who in found if who and pairing.get(name) == who}

    names = ["C01", "C02", "C03", "nobody's"]
    pairings = [
        dict(zip(chosen, ("ann", "ben"), strict=True))
        for chosen in itertools.permutations(names, 2)
    ]
    most = max(len(right(pairing)) for pairing in pairings)
    assert result["right_faces"] == most
    assert result["found_faces"] == len(found)
    lost = sum(result[f"lost_by_{stage}"] for stage in ("detection", "tracking", "clustering"))
    assert result["labelled_faces"] == most + lost == len(true)
    seen = {(frame, who) for _, _, frame, who in faces if who}
    seen |= {(frame, who) for frame, who in untracked if who != "nobody"}
    assert result["lost_by_detection"] == len(true - seen)
    of_their_own = {(frame, who) for _, theirs, frame, who in faces if who and who == theirs}
    possible = [right(pairing) for pairing in pairings if len(right(pairing)) == most]
    assert result["lost_by_tracking"] in {len(seen - of_their_own - items) for items in possible}


def test_what_is_found_of_somebody_unnamed_is_not_false():
    shown = film([("C01", ["ann"] * 5), ("C02", ["nobody"] * 4 + ["ben"])])
    rest = (SHOT, every_nth(1, N_FRAMES))
    x = PLACES["nobody"]
    for name, found in {"unknown": 6, "ignore": 6, "cyd": 10}.items():
        row = pd.DataFrame([(name, 0, N_FRAMES, x, 0, x + 50, 50)], columns=TRUE.columns)
        result = end_to_end(*shown, pd.concat([TRUE, row]), *rest)
        assert result["found_faces"] == found
        assert result["labelled_faces"] == (15 if name == "cyd" else 10)
