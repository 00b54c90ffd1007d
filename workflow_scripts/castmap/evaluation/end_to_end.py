"""End-to-end evaluation: how many labelled faces reach the right character.

A true item is a labelled person in a compared frame, a found item a face of a character's track.
See docs/evaluation.md.
"""

import numpy as np
import pandas as pd

from castmap.clustering.characters import is_character
from castmap.evaluation.clustering import match_characters
from castmap.evaluation.judged import boxes_scored
from castmap.evaluation.matching import (
    judged_faces,
    people_of_faces,
    people_of_frames,
    people_of_tracks,
)


def end_to_end(
    detections: pd.DataFrame,
    tracks: pd.DataFrame,
    clusters: pd.DataFrame,
    true_faces: pd.DataFrame,
    shots: pd.DataFrame,
    examined: pd.DataFrame,
    judged: np.ndarray | None = None,
) -> dict[str, int | float | None]:
    """Precision, recall and F1 of detection, tracking and clustering together.

    Args:
        detections: DETECTIONS.
        tracks: TRACKS; interpolated boxes are faces too, for the track says that one is there.
        clusters: columns track, character (str); of the same tracks.
        true_faces: the labels, TRUE_FACES.
        shots: SHOTS.
        examined: the EXAMINED table.
        judged: int [k], the frames that the labels judge, ascending; None: all.

    Returns:
        JSON values: labelled_faces, found_faces, right_faces; precision, recall, f1 (None where
        there is nothing to judge); and lost_by_detection, lost_by_tracking, lost_by_clustering,
        which with right_faces add up to labelled_faces.
    """
    true = people_of_frames(true_faces, shots, examined, judged)
    owners = people_of_tracks(tracks, true_faces, judged)[["track", "person"]]
    faces = judged_faces(boxes_scored(tracks, shots, examined, judged), true_faces)
    boxes = faces[["track", "frame"]].assign(person=people_of_faces(faces, true_faces))
    boxes = boxes.merge(owners.rename(columns={"person": "owner"}), on="track")
    boxes = boxes.merge(clusters[["track", "character"]], on="track")
    of_characters = boxes[is_character(boxes["character"])]
    seen = detections[["frame"]].assign(person=people_of_faces(detections, true_faces))

    right = _is_among(true, _right(of_characters))
    tracked = _is_among(true, boxes[boxes["person"] == boxes["owner"]])
    found = _is_among(true, pd.concat([seen, boxes[["frame", "person"]]]))
    return {
        "labelled_faces": len(true),
        "found_faces": len(of_characters),
        "right_faces": int(right.sum()),
        "precision": _share(right.sum(), len(of_characters)),
        "recall": _share(right.sum(), len(true)),
        "f1": _share(2 * right.sum(), len(true) + len(of_characters)),
        "lost_by_detection": int((~right & ~found).sum()),
        "lost_by_tracking": int((~right & found & ~tracked).sum()),
        "lost_by_clustering": int((~right & found & tracked).sum()),
    }


def _right(faces: pd.DataFrame) -> pd.DataFrame:
    """The faces, once per frame, of the person that their character was matched with.

    Args:
        faces: columns frame, person (missing: unlabelled), character.
    """
    named = faces.dropna(subset="person").drop_duplicates(["frame", "person", "character"])
    counts = pd.crosstab(named["character"], named["person"])
    pairs = match_characters(counts.to_numpy(int))
    person_of = {counts.index[row]: counts.columns[column] for row, column in pairs}
    return named[named["person"] == named["character"].map(person_of)]


def _is_among(true: pd.DataFrame, faces: pd.DataFrame) -> np.ndarray:
    """Whether some face is of the frame and the person of each row of ``true``, bool."""
    keys = ["frame", "person"]
    return pd.MultiIndex.from_frame(true[keys]).isin(pd.MultiIndex.from_frame(faces[keys]))


def _share(part: int, whole: int) -> float | None:
    return float(part / whole) if whole else None
