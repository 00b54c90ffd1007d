"""Where labelled faces are lost, and which tracks may found a character: known answers."""

import pandas as pd
import pytest

from benchmarks.lost_faces import judge, lost_boxes
from castmap.faces.alignment import TEMPLATE
from castmap.formats.tables import BOX_COLUMNS, LANDMARK_COLUMNS
from castmap.tracks.examined import every_nth

SHOTS = pd.DataFrame(
    {
        "shot": [0],
        "start_frame": [0],
        "end_frame": [24],
        "transition_start_frame": [0],
        "transition_end_frame": [0],
    }
)
EXAMINED = every_nth(3, 24)


def boxes(*rows):
    """(x, first frame, end): a box of 100 px."""
    table = pd.DataFrame(rows, columns=["x1", "start_frame", "end_frame"])
    return table.assign(y1=0.0, x2=table["x1"] + 100.0, y2=100.0)


def labels(*rows):
    """(person, x, frame): a box for two frames."""
    table = boxes(*[(x, frame, frame + 2) for _, x, frame in rows])
    return table.assign(person=[who for who, _, _ in rows])


def faces(*rows):
    """(track, x, frame, score): detections, and their tracks; a face of track None has none."""
    table = boxes(*[(x, frame, frame) for _, x, frame, _ in rows]).rename(
        columns={"start_frame": "frame"}
    )
    table = table.assign(score=[row[3] for row in rows], size_px=60.0, blur=100.0)
    table[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    tracks = table[["frame", *BOX_COLUMNS]].assign(detection=range(len(rows)), interpolated=False)
    tracks = tracks.assign(track=[row[0] for row in rows], shot=0, time_s=table["frame"] / 24)
    return table, tracks.dropna(subset="track").astype({"track": int})


def test_each_box_is_followed_or_lost_for_one_reason():
    found, tracks = faces((0, 0, 6, 0.9), (0, 0, 9, 0.9), (None, 0, 18, 0.9))
    true = labels(
        *(("ann", 0, frame) for frame in (6, 8)),  # from the first face to the last
        ("ann", 0, 4),  # 5 is nearer to 6 than to 3: in the appearance only
        ("ann", 0, 0),  # examined at 0: not found
        ("ann", 0, 18),  # found, in no track
        ("ann", 0, 22),  # 22 and 23 are not examined
        ("unknown", 0, 12),
    )
    lost = lost_boxes(tracks, found, SHOTS, EXAMINED, true)
    assert lost == pytest.approx(
        {
            "boxes": 6,
            "appearance": 3 / 6,
            "first_to_last": 2 / 6,
            "not_found": 1 / 6,
            "in_no_track": 1 / 6,
            "not_examined": 1 / 6,
        }
    )


def test_tracks_of_people_are_rejected_and_those_of_nobody_admitted_by_their_scores():
    rows = [(0, 0, 0.9), (1, 200, 0.6), (2, 400, 0.5), (3, 600, 0.9), (4, 800, 0.3)]
    found, tracks = faces(*((t, x, frame, score) for t, x, score in rows for frame in (6, 9)))
    true = labels(*(("ann", x, frame) for x in (0, 200, 400) for frame in (6, 8)))
    judged = judge(tracks, found, true)
    assert (judged["tracks"], judged["named"], judged["nobody"]) == (5, 3, 2)
    assert (judged["rejected"], judged["no_face"], judged["admitted"]) == (2, 1, 1)
    assert (judged["plain_rejected"], judged["plain_admitted"], judged["mixed"]) == (0, 2, 0)
