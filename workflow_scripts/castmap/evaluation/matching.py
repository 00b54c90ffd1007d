"""Which person of the labels a detected face, and a track, belongs to.

A person is a name. Faces and tracks that belong to none are unlabelled: their person is missing.
Regions of somebody who is not named, and those that are not to be judged, are of no person either;
what lies on them is not judged.
See docs/evaluation.md.
"""

import numpy as np
import pandas as pd

from castmap.evaluation.judged import boxes_judged, scored_frames
from castmap.formats.label_names import is_named

NOBODY = -1
_NOT_JUDGED = -2


def people_of_faces(faces: pd.DataFrame, true_faces: pd.DataFrame) -> pd.Series:
    """The person whose region holds each face's centre in its frame.

    Where several regions hold the centre, the smallest one counts; of equal ones, the first.

    Args:
        faces: columns frame, x1, y1, x2, y2 (px); one row per face.
        true_faces: the labels, TRUE_FACES.

    Returns:
        Names (str), missing where the face is unlabelled or not judged; the index of ``faces``.
    """
    people = _people(true_faces)
    codes = _codes_of_faces(faces, true_faces, people)
    return _names(codes, people).set_axis(faces.index)


def judged_faces(faces: pd.DataFrame, true_faces: pd.DataFrame) -> pd.DataFrame:
    """The faces that are judged: not those of somebody unnamed, or on a region not to be judged.

    Args:
        faces: columns frame, x1, y1, x2, y2 (px); one row per face.
        true_faces: the labels, TRUE_FACES.
    """
    return faces[_codes_of_faces(faces, true_faces, _people(true_faces)) != _NOT_JUDGED]


def people_of_tracks(
    tracks: pd.DataFrame, true_faces: pd.DataFrame, judged: np.ndarray | None = None
) -> pd.DataFrame:
    """The person of each track: the one most of its detected faces in judged frames belong to.

    Unlabelled faces vote, too, so a track of mostly such faces is unlabelled; and so do faces that
    are not judged, so a track of mostly such faces is not judged. Of people with equally many faces
    the one seen first in the track wins. Interpolated boxes were not detected and do not vote.

    Args:
        tracks: TRACKS.
        true_faces: the labels, TRUE_FACES.
        judged: int [k], the frames that the labels judge, ascending; None: all.

    Returns:
        One row per track, by track: ``track``; ``judged``, whether it is seen in a judged frame,
        and not mostly on regions that are not judged; ``person`` (str, missing: unlabelled, or not
        judged); ``n_faces``, its detected faces; ``n_judged_faces``, those that are judged, in
        judged frames (see judged.boxes_judged); of these,
        ``n_person_faces``, which belong to the track's person (0 for an unlabelled track),
        ``n_people``, how many different people they belong to, and ``n_second_faces``, which
        belong to the second most frequent of these people.
    """
    people = _people(true_faces)
    order = tracks.sort_values(["track", "frame"], kind="stable")
    compared = boxes_judged(order, judged)
    found = compared[~compared["interpolated"]]
    detected = order.loc[~order["interpolated"], "track"].value_counts()
    faces = pd.DataFrame(
        {"track": found["track"], "person": _codes_of_faces(found, true_faces, people)}
    )
    faces["place"] = np.arange(len(faces))
    votes = faces.groupby(["track", "person"], as_index=False).agg(
        faces=("place", "size"), first=("place", "min")
    )
    votes = votes.sort_values(["track", "faces", "first"], ascending=[True, False, True])
    winner = votes.drop_duplicates("track").set_index("track")
    named = votes[votes["person"] >= 0]
    certain = faces[faces["person"] != _NOT_JUDGED]
    second = named[named.groupby("track").cumcount() == 1].set_index("track")["faces"]

    index = pd.Index(np.unique(tracks["track"]), name="track")
    person = winner["person"].reindex(index, fill_value=NOBODY).to_numpy()
    n_person_faces = winner["faces"].reindex(index, fill_value=0).to_numpy()
    return pd.DataFrame(
        {
            "track": index,
            "judged": index.isin(compared["track"]) & (person != _NOT_JUDGED),
            "person": _names(person, people),
            "n_faces": detected.reindex(index, fill_value=0).to_numpy(),
            "n_judged_faces": _count(certain, index),
            "n_person_faces": np.where(person < 0, 0, n_person_faces),
            "n_people": _count(named, index),
            "n_second_faces": second.reindex(index, fill_value=0).to_numpy(),
        }
    )


def people_of_frames(
    true_faces: pd.DataFrame,
    shots: pd.DataFrame,
    examined: pd.DataFrame,
    judged: np.ndarray | None = None,
) -> pd.DataFrame:
    """Whom the labels show in each frame in which they are compared with what was found.

    Args:
        true_faces: the labels, TRUE_FACES.
        shots: SHOTS; frames inside their transitions are not examined.
        examined: the EXAMINED table.
        judged: int [k], the frames that the labels judge, ascending; None: all.

    Returns:
        One row per such frame (see judged.scored_frames) and person in it, by frame and person:
        shot, frame, person.
    """
    true_faces = true_faces[is_named(true_faces["person"])]
    table = scored_frames(shots, examined, judged)
    first = np.searchsorted(table["frame"], true_faces["start_frame"])
    counts = np.searchsorted(table["frame"], true_faces["end_frame"]) - first
    # Of each region, the numbers of its rows: first, first + 1, ...
    passed = np.cumsum(counts) - counts
    rows = np.repeat(first - passed, counts) + np.arange(counts.sum())
    shown = table.iloc[rows].assign(person=np.repeat(true_faces["person"].to_numpy(), counts))
    ordered = shown.drop_duplicates(["frame", "person"]).sort_values(["frame", "person"])
    return ordered.reset_index(drop=True)


def _people(true_faces: pd.DataFrame) -> list[str]:
    names = true_faces["person"]
    return sorted(names[is_named(names)].unique())


def _count(rows: pd.DataFrame, tracks: pd.Index) -> np.ndarray:
    return rows.groupby("track").size().reindex(tracks, fill_value=0).to_numpy()


def _codes_of_faces(faces: pd.DataFrame, true_faces: pd.DataFrame, people: list[str]) -> np.ndarray:
    """Each face's position in ``people``, else NOBODY (in no region) or _NOT_JUDGED; int array."""
    order = np.argsort(faces["frame"].to_numpy(), kind="stable")
    frame = faces["frame"].to_numpy()[order]
    x = (faces["x1"].to_numpy(float) + faces["x2"].to_numpy(float))[order] / 2
    y = (faces["y1"].to_numpy(float) + faces["y2"].to_numpy(float))[order] / 2

    area = (true_faces["x2"] - true_faces["x1"]) * (true_faces["y2"] - true_faces["y1"])
    smallest_first = np.argsort(area.to_numpy(), kind="stable")
    regions = true_faces.iloc[smallest_first[::-1]]
    person = pd.Index(people).get_indexer(pd.Index(regions["person"]))
    person = np.where(is_named(regions["person"]), person, _NOT_JUDGED)
    first = np.searchsorted(frame, regions["start_frame"])
    last = np.searchsorted(frame, regions["end_frame"])
    boxes = regions[["x1", "y1", "x2", "y2"]].to_numpy(float)

    codes = np.full(len(faces), NOBODY)
    # Largest region first, so that a smaller one overwrites it.
    for code, start, end, (x1, y1, x2, y2) in zip(person, first, last, boxes, strict=True):
        xs, ys = x[start:end], y[start:end]
        inside = (x1 <= xs) & (xs < x2) & (y1 <= ys) & (ys < y2)
        codes[start:end][inside] = code
    unsorted = np.empty_like(codes)
    unsorted[order] = codes
    return unsorted


def _names(codes: np.ndarray, people: list[str]) -> pd.Series:
    """Turn positions in ``people`` into names; missing where there is none."""
    return pd.Series([people[code] if code >= 0 else None for code in codes], dtype="str")
