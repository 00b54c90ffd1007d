"""KIT's face tracks, from files written here in their layout."""

import io

import numpy as np
import pytest
import scipy.io

from castmap.formats.kit_tracks import add_shots, read_shots, read_tracks
from castmap.formats.tables import SHOTS, TRACKS

FIELDS = ("x", "y", "w", "h", "frames", "timestamps", "groundTruthIdentity")
EVENTS = """CVHCI_VIDEOEVENTS_V1
10 0.454 CUT
12 0.534 TITLESONG 14 0.614
20 0.854 FADE 30 1.254
40 1.654 CUT
90 3.654 CUT
"""


def mat(*tracks):
    found = np.zeros(len(tracks), dtype=[(name, object) for name in FIELDS])
    for place, (name, frames, x) in enumerate(tracks):
        boxes = [np.full(len(frames), value, np.uint8) for value in (x, 20, 200, 100)]
        times = np.array(frames) * 0.04 + 0.054
        found[place] = (*boxes, np.array(frames, np.uint16), times, name)
    file = io.BytesIO()
    scipy.io.savemat(file, {"FaceTracks": found})
    file.seek(0)
    return file


def test_tracks_are_numbered_by_first_frame_with_the_names_beside_them():
    tracks, people = read_tracks(mat(("penny", [30, 31, 32], 5), ("unknown", [3, 4], 200)))
    assert tracks.groupby("track")["frame"].first().tolist() == [3, 30]
    assert people.isna().tolist() == [True, False]
    assert people[1] == "penny"
    assert tracks["detection"].tolist() == [0, 1, 2, 3, 4]
    assert tracks["time_s"].iloc[0] == pytest.approx(0.174)


def test_boxes_of_bytes_do_not_overflow_and_one_face_is_a_track():
    tracks, people = read_tracks(mat(("raj", [7], 200)))
    assert tracks[["x1", "y1", "x2", "y2"]].to_numpy().tolist() == [[200, 20, 400, 120]]
    assert people.tolist() == ["raj"]


def test_cuts_and_fades_begin_shots_and_other_events_do_not():
    shots = SHOTS.validate(read_shots(EVENTS, 60))
    assert shots["start_frame"].tolist() == [0, 10, 25, 40]
    assert shots["end_frame"].tolist() == [10, 25, 40, 60]
    assert shots["boundary"].tolist() == ["film_start", "cut", "gradual", "cut"]
    assert shots.loc[2, ["transition_start_frame", "transition_end_frame"]].tolist() == [20, 30]


def test_a_track_is_in_the_shot_of_its_middle_face():
    tracks, _ = read_tracks(mat(("raj", [8, 9, 10, 11, 12], 0), ("penny", [50, 51], 0)))
    table = add_shots(tracks, read_shots(EVENTS, 60))
    TRACKS.validate(table)
    assert table.groupby("track")["shot"].unique().map(list).tolist() == [[1], [3]]


def test_files_of_another_kind_say_what_was_expected():
    file = io.BytesIO()
    scipy.io.savemat(file, {"Other": 1})
    file.seek(0)
    with pytest.raises(ValueError, match=r"no variable FaceTracks in the file; it holds \['Other"):
        read_tracks(file)
    with pytest.raises(ValueError, match="CVHCI_VIDEOEVENTS_V1"):
        read_shots("frame,time\n", 10)
    with pytest.raises(ValueError, match="begins with ''"):
        read_shots("", 10)
