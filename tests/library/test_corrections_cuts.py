"""Tracks that are cut in two, and shots that are cut or joined: known answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.corrections.cuts import Part, clusters_of_cut, cut_film, on_all_parts
from castmap.corrections.replay import Placed
from castmap.formats.corrections import Correction, Face
from castmap.formats.tables import FRAMES, SHOTS, TRACKS
from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.tracks.examined import every_nth, track_intervals

WHEN = "2026-01-31T12:00:00Z"
WIDTH, HEIGHT, FPS, N_FRAMES = 1000, 500, 10, 100
ENDS = np.arange(N_FRAMES) / FPS
FILM = FRAMES.validate(
    pd.DataFrame({"frame": range(N_FRAMES), "time_s": ENDS, "duration_s": 1 / FPS}).assign(
        time_source="pts"
    )
)
ONE_SHOT = shots_table(boundaries_table([]), FILM)
TWO_SHOTS = shots_table(boundaries_table([(50, "cut", 50, 50, 0.9)]), FILM)
THREE_SHOTS = shots_table(
    boundaries_table([(30, "cut", 30, 30, 0.9), (60, "gradual", 55, 65, 0.7)]), FILM
)


def tracks_of(*tracks, shots=TWO_SHOTS):
    """``tracks``: left edge, frames, and of these those in which no face was detected."""
    rows, n = [], 0
    for number, (left, frames, missed) in enumerate(tracks):
        for frame in frames:
            shot = int(np.searchsorted(shots["start_frame"], frame, side="right")) - 1
            found = frame not in missed
            box = (left, 100, left + 100, 200)
            rows.append((number, shot, frame, frame / FPS, n if found else -1, *box, not found))
            n += found
    return TRACKS.validate(pd.DataFrame(rows, columns=TRACKS.columns))


TRACKS_HERE = tracks_of((100, range(10, 40), ()), (400, range(20, 50), (30, 31, 32)))


def face(time_s, left):
    return Face(time_s, left / WIDTH, 0.2, (left + 100) / WIDTH, 0.4)


def cut_track(operation, time_s, left):
    return Correction(operation, operation, WHEN, "cut_track", face(time_s, left))


def of_shots(operation, action, time_s):
    return Correction(operation, operation, WHEN, action, boundary_s=time_s)


def cut(*cuts, tracks=TRACKS_HERE, shots=TWO_SHOTS, frames=FILM):
    film = cut_film(cuts, tracks, shots, frames, WIDTH, HEIGHT)
    TRACKS.validate(film.tracks)
    SHOTS.validate(film.shots)
    return film


def frames_of(film):
    return {
        number: own["frame"].tolist() for number, own in film.tracks.groupby("track", sort=True)
    }


def statuses(film):
    return [outcome.status for _, outcome in sorted(film.outcomes.items())]


def starts(film):
    return film.shots["start_frame"].tolist()


def test_without_cuts_all_is_as_found():
    film = cut()
    assert film.tracks is TRACKS_HERE and film.shots is TWO_SHOTS
    assert film.parts == [] and film.outcomes == {}


def test_a_track_is_cut_before_the_frame_that_is_shown_then():
    for time_s in (2.0, 2.0499, 1.9996):
        film = cut(cut_track(1, time_s, 100))
        assert frames_of(film) == {
            0: list(range(10, 20)),
            1: list(range(20, 50)),
            2: list(range(20, 40)),
        }
        assert film.parts == [Part(2, 0, 1, 20)]
        assert film.outcomes[1] == ("held", "", 2)
    assert film.shots.equals(TWO_SHOTS)


def test_cuts_of_one_track_compose_whatever_their_order():
    film = cut(cut_track(1, 3.0, 100), cut_track(2, 2.0, 100))
    parts = {0: list(range(10, 20)), 2: list(range(30, 40)), 3: list(range(20, 30))}
    assert {number: frames_of(film)[number] for number in parts} == parts
    assert film.parts == [Part(2, 0, 1, 30), Part(3, 0, 2, 20)]
    film = cut(cut_track(1, 2.0, 100), cut_track(2, 3.0, 100))
    assert sorted(map(tuple, frames_of(film).values())) == sorted(
        [*map(tuple, parts.values()), tuple(range(20, 50))]
    )
    assert film.parts == [Part(2, 0, 1, 20), Part(3, 2, 2, 30)]


def test_boxes_that_were_filled_in_belong_to_no_part():
    film = cut(cut_track(1, 3.1, 400))
    assert frames_of(film)[1] == list(range(20, 30))
    assert frames_of(film)[2] == list(range(33, 50))
    again = cut(cut_track(1, 3.1, 400), cut_track(2, 3.2, 400))
    assert again.tracks.equals(film.tracks)  # between the two there is no face
    assert statuses(again) == ["held", "held"]
    assert again.outcomes[2].track == 2


def test_where_a_track_begins_it_is_not_cut_and_after_its_end_it_cannot_be():
    begins, ended, nobody = cut_track(1, 0.8, 100), cut_track(2, 4.1, 100), cut_track(3, 2, 800)
    film = cut(begins, ended, nobody)
    assert film.tracks.equals(TRACKS_HERE)
    assert statuses(film) == ["held", "unmatched", "unmatched"]
    assert film.outcomes[1].track == 0
    assert "no face is followed there at 4.100 s" in film.outcomes[2].reason


def test_a_cut_outside_the_film_waits():
    film = cut(cut_track(1, 1e6, 100), of_shots(2, "cut_shot", 10.0), of_shots(3, "cut_shot", 9.9))
    assert statuses(film) == ["unmatched", "unmatched", "held"]
    assert film.outcomes[2].reason == "the film shows nothing at 10.000 s"
    nothing = FRAMES.empty()
    film = cut(
        *(of_shots(1, "cut_shot", 1.0), of_shots(2, "join_shots", 1.0), cut_track(3, 1, 100)),
        **{"tracks": TRACKS.empty(), "shots": SHOTS.empty(), "frames": nothing},
    )
    assert statuses(film) == ["unmatched"] * 3


def test_a_shot_is_cut_and_tracks_with_it():
    film = cut(of_shots(1, "cut_shot", 2.5))
    assert starts(film) == [0, 25, 50]
    assert film.shots["boundary"].tolist() == ["film_start", "cut", "cut"]
    assert film.shots["end_s"].tolist() == [2.5, 5.0, 10.0]
    assert frames_of(film) == {
        0: list(range(10, 25)),
        1: list(range(20, 25)),
        2: list(range(25, 40)),
        3: list(range(25, 50)),
    }
    assert film.tracks.groupby("track")["shot"].first().tolist() == [0, 0, 1, 1]
    assert film.parts == [Part(2, 0, 1, 25), Part(3, 1, 1, 25)]


def test_at_a_boundary_nothing_is_cut():
    for time_s in (5.0, 5.19, 4.81):
        film = cut(of_shots(1, "cut_shot", time_s))
        assert film.shots.equals(TWO_SHOTS) and film.tracks.equals(TRACKS_HERE)
        assert statuses(film) == ["held"]
    assert starts(cut(of_shots(1, "cut_shot", 5.3))) == [0, 50, 53]
    assert starts(cut(of_shots(1, "cut_shot", 0.1))) == [0, 50]
    assert len(cut(of_shots(1, "cut_shot", 5.6), shots=THREE_SHOTS).shots) == 3  # it dissolves


def test_a_track_is_cut_where_a_shot_is_once():
    film = cut(of_shots(1, "cut_shot", 2.5), cut_track(2, 2.5, 100))
    assert statuses(film) == ["held", "held"]
    assert film.outcomes[2].track == 2
    assert film.parts == [Part(2, 0, 1, 25), Part(3, 1, 1, 25)]


def test_shots_are_joined_and_tracks_stay():
    tracks = tracks_of(
        (100, range(10, 30), ()), (100, range(30, 50), ()), (400, range(70, 90), ()),
        shots=THREE_SHOTS,
    )  # fmt: skip
    film = cut(of_shots(1, "join_shots", 3.1), tracks=tracks, shots=THREE_SHOTS)
    assert starts(film) == [0, 60]
    assert film.shots["transition_start_frame"].tolist() == [0, 55]
    assert frames_of(film) == frames_of(cut(tracks=tracks))
    assert film.tracks.groupby("track")["shot"].first().tolist() == [0, 0, 1]
    assert statuses(film) == ["held"]
    film = cut(of_shots(1, "join_shots", 5.5), tracks=tracks, shots=THREE_SHOTS)
    assert starts(film) == [0, 30]  # somewhere in the dissolve


@pytest.mark.parametrize("time_s", [4.7, 5.3, 0.0, 12.0])
def test_where_no_shot_begins_none_are_joined(time_s):
    film = cut(of_shots(1, "join_shots", time_s))
    assert film.shots.equals(TWO_SHOTS)
    assert statuses(film) == ["unmatched"]


def test_of_a_boundary_the_later_word_counts():
    film = cut(of_shots(1, "cut_shot", 2.5), of_shots(2, "join_shots", 2.5))
    assert starts(film) == [0, 50] and statuses(film) == ["superseded", "held"]
    film = cut(of_shots(1, "join_shots", 5.0), of_shots(2, "cut_shot", 5.0))
    assert starts(film) == [0, 50] and statuses(film) == ["superseded", "held"]
    film = cut(of_shots(1, "join_shots", 5.0), of_shots(2, "cut_shot", 5.1))
    assert starts(film) == [0, 51] and statuses(film) == ["held", "held"]  # it was moved


def test_the_parts_are_in_the_character_of_their_track_for_as_long_as_they_are_seen():
    examined = every_nth(1, N_FRAMES)
    clusters = track_intervals(TRACKS_HERE, TWO_SHOTS, FILM, examined)
    clusters = clusters.assign(character=["C01", "background"], confidence=[0.9, 0.0], joined=False)
    film = cut(cut_track(1, 2.0, 100), of_shots(2, "cut_shot", 3.3))
    table = clusters_of_cut(clusters, film, FILM, examined)
    assert table["track"].tolist() == [0, 1, 2, 3, 4]
    assert table["character"].tolist() == ["C01", "background", "C01", "background", "C01"]
    assert table["shot"].tolist() == [0, 0, 0, 1, 1]
    assert table["n_faces"].tolist() == [10, 10, 13, 17, 7]
    assert table["start_s"].tolist() == [1.0, 2.0, 2.0, 3.3, 3.3]
    # From frame 30 on no face was detected: the first part lasts to frame 29.
    assert np.allclose(table["end_s"], [2.0, 3.0, 3.3, 5.0, 4.0])
    assert clusters_of_cut(clusters, cut(), FILM, examined) is clusters


def test_between_examined_frames_a_cut_says_when_one_ends_and_the_other_begins():
    sparse = tracks_of((100, range(10, 70, 6), ()), shots=ONE_SHOT)
    examined = every_nth(6, N_FRAMES).assign(frame=lambda table: table["frame"] + 4)
    examined = examined[examined["frame"] < N_FRAMES]
    clusters = track_intervals(sparse, ONE_SHOT, FILM, examined).assign(character="C01")
    seen = clusters[["start_s", "end_s"]].to_numpy()[0]
    assert seen.tolist() == [0.7, 6.8]
    for time_s in (2.3, 2.8):  # faces are on the frames 22 and 28
        film = cut(cut_track(1, time_s, 100), tracks=sparse, shots=ONE_SHOT)
        table = clusters_of_cut(clusters, film, FILM, examined)
        first_end_s = min(time_s, 2.6)  # half a step after its last face
        assert np.allclose(table["start_s"], [0.7, time_s])
        assert np.allclose(table["end_s"], [first_end_s, 6.8])
    twice = cut(cut_track(1, 2.8, 100), cut_track(2, 2.0, 100), tracks=sparse, shots=ONE_SHOT)
    table = clusters_of_cut(clusters, twice, FILM, examined).sort_values("start_s")
    assert np.allclose(table["start_s"], [0.7, 2.0, 2.8])
    assert np.allclose(table["end_s"], [2.0, 2.6, 6.8])


def test_what_was_said_before_a_cut_was_said_of_the_whole_track():
    parts = [Part(7, 3, 2, 20), Part(8, 7, 4, 30)]
    numbers = [3, 5, 7, 8]

    def concerned(operation, row, other=None):
        said = Correction(1, operation, WHEN, "move", face(1, 1), face(2, 1))
        placed = [Placed(said, row, other)]
        return [(p.row, p.other) for p in on_all_parts(placed, parts, numbers)]

    assert concerned(1, 0, 1) == [(0, 1), (2, 1), (3, 1)]
    assert concerned(1, 1, 3) == [(1, 3), (1, 0), (1, 2)]
    assert concerned(3, 0) == [(0, None)]
    assert concerned(3, 2) == [(2, None), (3, None)]
    assert concerned(5, 2) == [(2, None)]
    assert concerned(1, None, 1) == [(None, 1)]
    assert concerned(3, 0, 2) == [(0, 2), (0, 3)]
    assert concerned(1, 0, 2) == [(0, 2), (0, 3), (2, 0), (2, 3), (3, 2), (3, 0)]  # of one track


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["track", "cut_shot", "join_shots"]), st.floats(0, 10))))
def test_whatever_is_cut_no_face_is_lost_and_each_track_lies_in_one_shot(said):
    cuts = [
        cut_track(n, time_s, 400) if what == "track" else of_shots(n, what, time_s)
        for n, (what, time_s) in enumerate(said, start=1)
    ]
    film = cut(*cuts)
    faces = film.tracks[~film.tracks["interpolated"]]
    found = TRACKS_HERE[~TRACKS_HERE["interpolated"]]
    assert sorted(faces["detection"]) == sorted(found["detection"])
    bounds = film.shots.set_index("shot").loc[film.tracks["shot"]]
    assert (film.tracks["frame"].to_numpy() >= bounds["start_frame"].to_numpy()).all()
    assert (film.tracks["frame"].to_numpy() < bounds["end_frame"].to_numpy()).all()
    for _, own in film.tracks.groupby("track"):
        assert own["shot"].nunique() == 1
        assert not own["interpolated"].iloc[[0, -1]].any()
    assert film.shots["end_frame"].tolist() == [*film.shots["start_frame"][1:], N_FRAMES]
    assert sorted(film.tracks["track"].unique()) == list(range(2 + len(film.parts)))


@settings(max_examples=40)
@given(st.integers(1, 6), st.floats(1.5, 3.5))
def test_a_cut_holds_where_other_frames_are_examined_and_tracks_have_other_numbers(stride, time_s):
    every = tracks_of((400, range(10, 40), ()), (100, range(10, 40), ()))
    sparse = every[every["frame"] % stride == 0].assign(track=5 - every["track"])
    film = cut(cut_track(1, time_s, 100), tracks=TRACKS.validate(sparse))
    frame = int((time_s + 1e-3) * FPS)
    own = film.tracks[film.tracks["x1"] == 100]
    assert (own.loc[own["frame"] < frame, "track"] == 4).all()
    assert (own.loc[own["frame"] >= frame, "track"] == 6).all()
    assert set(film.tracks.loc[film.tracks["x1"] == 400, "track"]) == {5}
