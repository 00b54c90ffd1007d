"""Multi-object tracking scores, computed by TrackEval.

A true identity is an appearance, one person in one shot: a track never leaves its shot, and a cut
is no tracking error. As no identity crosses a cut, each shot is a sequence of its own, and the
combined sequences score as the whole film would. The similarity of a tracked face is 1 to the
person it belongs to and 0 to everybody else, because labels are regions that say nothing of where
in them a face lies. See docs/evaluation.md.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from trackeval.metrics import CLEAR, HOTA, Identity

from castmap.evaluation.judged import boxes_scored
from castmap.evaluation.matching import (
    NOBODY,
    judged_faces,
    people_of_faces,
    people_of_frames,
)

_QUIET = {"PRINT_CONFIG": False}
_SCORES = ("hota", "deta", "assa", "idf1", "mota")


def tracking_scores(
    tracks: pd.DataFrame,
    true_faces: pd.DataFrame,
    shots: pd.DataFrame,
    examined: pd.DataFrame,
    judged: np.ndarray | None = None,
) -> dict[str, int | float | None]:
    """HOTA and its parts, IDF1 and MOTA of a film's tracks, over its compared frames.

    Args:
        tracks: TRACKS; interpolated boxes count, for the track says that the face is there.
        true_faces: the labels, TRUE_FACES.
        shots: SHOTS.
        examined: the EXAMINED table.
        judged: int [k], the frames that the labels judge, ascending; None: all.

    Returns:
        JSON values: appearances (true identities), labelled_faces (a person in a frame), hota,
        deta, assa, idf1, mota, and id_switches; the scores are None without labelled faces.
    """
    true = people_of_frames(true_faces, shots, examined, judged)
    counts = {
        "appearances": len(true.drop_duplicates(["shot", "person"])),
        "labelled_faces": len(true),
    }
    if true.empty:
        return {**counts, **dict.fromkeys((*_SCORES, "id_switches"))}
    faces = judged_faces(boxes_scored(tracks, shots, examined, judged), true_faces)
    sequences = dict(enumerate(_sequences(true, faces, people_of_faces(faces, true_faces))))
    hota = HOTA()
    hota.array_labels = np.array([0.5])  # similarities are 0 or 1: every threshold gives the same
    found: dict = {}
    for metric in (hota, Identity(_QUIET), CLEAR(_QUIET)):
        of_shots = {shot: metric.eval_sequence(data) for shot, data in sequences.items()}
        found |= metric.combine_sequences(of_shots)
    return {
        **counts,
        "hota": float(found["HOTA"][0]),
        "deta": float(found["DetA"][0]),
        "assa": float(found["AssA"][0]),
        "idf1": float(found["IDF1"]),
        "mota": float(found["MOTA"]),
        "id_switches": int(found["IDSW"]),
    }


def _sequences(true: pd.DataFrame, tracks: pd.DataFrame, person: pd.Series) -> Iterator[dict]:
    """What TrackEval takes, of each shot with a labelled person or a track.

    Args:
        true: columns shot, frame, person.
        tracks: TRACKS.
        person: the person of each row of ``tracks``; missing: unlabelled.
    """
    people = pd.Index(true["person"].unique())
    true = true.assign(code=people.get_indexer(true["person"]))
    found = tracks[["shot", "frame", "track"]].assign(
        code=np.where(person.isna(), NOBODY, people.get_indexer(person))
    )
    by_shot = {int(str(shot)): rows for shot, rows in found.groupby("shot")}
    of_true = {int(str(shot)): rows for shot, rows in true.groupby("shot")}
    for shot in sorted(by_shot.keys() | of_true.keys()):
        yield _sequence(of_true.get(shot, true.iloc[:0]), by_shot.get(shot, found.iloc[:0]))


def _sequence(true: pd.DataFrame, found: pd.DataFrame) -> dict:
    frames = np.union1d(true["frame"], found["frame"])
    true_ids, true_people = _by_frame(true, true["code"], frames)
    track_ids, track_people = _by_frame(found, found["track"], frames)
    return {
        "num_timesteps": len(frames),
        "num_gt_dets": len(true),
        "num_tracker_dets": len(found),
        "num_gt_ids": true["code"].nunique(),
        "num_tracker_ids": found["track"].nunique(),
        "gt_ids": true_ids,
        "tracker_ids": track_ids,
        "similarity_scores": [
            (labelled[:, None] == own[None, :]).astype(float)
            for labelled, own in zip(true_people, track_people, strict=True)
        ],
    }


def _by_frame(
    rows: pd.DataFrame, identity: pd.Series, frames: np.ndarray
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The identities, numbered from 0, and the people of each frame."""
    order = np.argsort(rows["frame"].to_numpy(), kind="stable")
    ends = np.searchsorted(rows["frame"].to_numpy()[order], frames[1:])
    numbers = np.unique(identity, return_inverse=True)[1][order]
    return np.split(numbers, ends), np.split(rows["code"].to_numpy()[order], ends)
