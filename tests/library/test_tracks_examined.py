"""Which frames were looked at, and how long an appearance lasts."""

import numpy as np
import pandas as pd

from castmap.tracks.examined import every_nth, examined_frames, steps_s, track_intervals


def shots_table(bounds, transitions=()):
    table = pd.DataFrame(bounds, columns=["start_frame", "end_frame"])
    table["shot"] = range(len(bounds))
    table["transition_start_frame"] = table["start_frame"]
    table["transition_end_frame"] = table["start_frame"]
    for shot, start, end in transitions:
        table.loc[shot, ["transition_start_frame", "transition_end_frame"]] = start, end
    return table


def frames_table(times, last=0.1):
    durations = np.append(np.diff(times), last)
    return pd.DataFrame({"frame": range(len(times)), "time_s": times, "duration_s": durations})


def intervals(tracks, shots, frames, step):
    """``tracks``: shot and frames of each."""
    rows = [(n, shot, f, False) for n, (shot, seen) in enumerate(tracks) for f in seen]
    table = pd.DataFrame(rows, columns=["track", "shot", "frame", "interpolated"])
    found = track_intervals(table, shots, frames, every_nth(step, len(frames)))
    return np.round(found[["start_s", "end_s"]].to_numpy(), 6).tolist()


def examined(shots, step):
    table = every_nth(step, shots["end_frame"].iloc[-1])
    return {shot: frames.tolist() for shot, frames in examined_frames(shots, table)}


def test_frames_are_counted_from_the_start_of_the_film_not_of_the_shot():
    shots = shots_table([(0, 4), (4, 11), (11, 12), (12, 20)])
    assert examined(shots, 3) == {0: [0, 3], 1: [6, 9], 2: [], 3: [12, 15, 18]}
    assert examined(shots, 1)[2] == [11]


def test_frames_inside_a_transition_belong_to_no_shot():
    shots = shots_table([(0, 10), (10, 20)], [(1, 7, 13)])
    assert examined(shots, 1) == {0: list(range(7)), 1: list(range(13, 20))}


def test_a_step_lasts_until_the_next_examined_frame_or_the_end_of_the_film():
    frames = frames_table([0.0, 0.1, 0.2, 1.2, 1.3, 1.4, 9.4], last=0.5)
    assert np.round(steps_s(frames, every_nth(3, 7)), 6).tolist() == [1.2, 8.2, 0.5]
    assert np.round(steps_s(frames, every_nth(100, 7)), 6).tolist() == [9.9]


def test_an_appearance_lasts_half_a_step_beyond_its_faces():
    frames = frames_table(np.arange(60) / 10)
    found = intervals([(0, [12, 15, 18])], shots_table([(0, 60)]), frames, 3)
    assert found == [[1.1, 2.0]]


def test_half_a_step_is_that_to_the_neighbouring_examined_frame():
    tracks = pd.DataFrame({"track": 0, "shot": 0, "frame": [10, 11], "interpolated": False})
    examined = pd.DataFrame({"frame": [0, 4, 10, 11, 19, 40]})
    frames = frames_table(np.arange(60) / 10)
    found = track_intervals(tracks, shots_table([(0, 60)]), frames, examined)
    assert np.round(found[["start_s", "end_s"]].to_numpy(), 6).tolist() == [[0.7, 1.6]]


def test_an_appearance_from_the_first_to_the_last_examined_frame_lasts_the_shot():
    frames = frames_table(np.arange(60) / 10)
    shots = shots_table([(0, 13), (13, 32), (32, 60)])
    found = intervals([(1, [15, 18, 21, 24, 27, 30])], shots, frames, 3)
    assert found == [[1.3, 3.2]]


def test_no_appearance_leaves_its_shot():
    frames = frames_table(np.arange(60) / 10)
    shots = shots_table([(0, 16), (16, 60)])
    # Frame 9 is the last examined one of its shot; frame 27 is not the first of its own.
    assert intervals([(0, [9]), (1, [27, 36])], shots, frames, 9) == [[0.5, 1.6], [2.3, 4.1]]


def test_the_last_shot_ends_with_the_last_frame_and_times_are_those_shown():
    times = np.cumsum(np.linspace(0.02, 0.1, 20))
    frames = frames_table(times, last=0.5)
    found = intervals([(0, range(20))], shots_table([(0, 20)]), frames, 1)
    assert found == [[round(times[0], 6), round(times[-1] + 0.5, 6)]]


def test_only_detected_faces_count():
    rows = [(0, 0, 0, False), (0, 0, 1, True), (0, 0, 2, False)]
    tracks = pd.DataFrame(rows, columns=["track", "shot", "frame", "interpolated"])
    frames = frames_table(np.arange(3) / 10)
    found = track_intervals(tracks, shots_table([(0, 3)]), frames, every_nth(1, 3))
    assert found["n_faces"].tolist() == [2]
