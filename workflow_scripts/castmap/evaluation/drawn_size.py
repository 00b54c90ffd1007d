"""Whether the labels were drawn on a copy of the film of another size."""

from itertools import product

import numpy as np
import pandas as pd

from castmap.evaluation.matching import people_of_faces
from castmap.formats.label_names import is_named
from castmap.formats.tables import BOX_COLUMNS

# Heights (px) that films and their copies usually have.
_HEIGHTS = (240, 270, 288, 360, 480, 540, 576, 720, 1080, 1440, 2160)
_MOST_FRAMES = 2000
_FITS, _FITS_WELL = 0.6, 0.9  # of the labelled faces
_AS_GOOD = 0.02


def better_factor(detections: pd.DataFrame, true_faces: pd.DataFrame) -> float | None:
    """The factor by which the labels must be scaled to lie on the detected faces, if any does.

    A factor must double the share of regions that hold a detected face, to at least 60 %; or raise
    it by a sixth, to at least 90 %.

    Args:
        detections: columns frame, x1, y1, x2, y2 (px); those in labelled frames count.
        true_faces: the labels, TRUE_FACES.

    Returns:
        Of the ratios of common film heights that fit best, the one that brings the centres of
        regions closest to the faces in them; None if no other size fits far better.
    """
    true_faces = true_faces[is_named(true_faces["person"])]
    faces = _in_labelled_frames(detections, true_faces)
    labelled = _count_labelled(faces, true_faces)
    as_it_is = _found(faces, _people(faces, true_faces, 1.0)) / max(labelled, 1)
    if faces.empty or as_it_is > 0.85:
        return None
    factors = sorted({round(one / other, 6) for one, other in product(_HEIGHTS, repeat=2)} - {1.0})
    people = {factor: _people(faces, true_faces, factor) for factor in factors}
    found = {factor: _found(faces, people[factor]) / labelled for factor in factors}
    most = max(found.values())
    if most < max(_FITS, 2 * as_it_is) and not (most >= _FITS_WELL and as_it_is <= 0.85 * most):
        return None
    good = [factor for factor in factors if found[factor] >= most - _AS_GOOD]
    return min(good, key=lambda factor: _distance(faces, people[factor], true_faces, factor))


def _in_labelled_frames(detections: pd.DataFrame, true_faces: pd.DataFrame) -> pd.DataFrame:
    """Those of _MOST_FRAMES frames at most, evenly over the film; by frame."""
    frame = detections["frame"].to_numpy()
    started = np.searchsorted(np.sort(true_faces["start_frame"]), frame, side="right")
    ended = np.searchsorted(np.sort(true_faces["end_frame"]), frame, side="right")
    faces = detections[started > ended].sort_values("frame", kind="stable")
    frames = faces["frame"].unique()
    return faces[faces["frame"].isin(frames[:: max(1, -(-len(frames) // _MOST_FRAMES))])]


def _count_labelled(faces: pd.DataFrame, true_faces: pd.DataFrame) -> int:
    frames = faces["frame"].unique()
    start = np.searchsorted(frames, true_faces["start_frame"])
    end = np.searchsorted(frames, true_faces["end_frame"])
    return int((end - start).sum())


def _people(faces: pd.DataFrame, true_faces: pd.DataFrame, factor: float) -> pd.Series:
    edges = {edge: true_faces[edge] * factor for edge in BOX_COLUMNS}
    return people_of_faces(faces, true_faces.assign(**edges))


def _found(faces: pd.DataFrame, people: pd.Series) -> int:
    """In how many regions a face is."""
    found = pd.DataFrame({"frame": faces["frame"], "person": people}).dropna()
    return len(found.drop_duplicates())


def _distance(
    faces: pd.DataFrame, people: pd.Series, true_faces: pd.DataFrame, factor: float
) -> float:
    """The mean distance of faces from the centre of their region, in sizes of the region."""
    found = faces[["frame", *BOX_COLUMNS]].assign(person=people).dropna(subset="person")
    regions = true_faces.sort_values("start_frame", kind="stable").rename(
        columns={"start_frame": "frame"}
    )
    pairs = pd.merge_asof(
        found.astype({"frame": int}),
        regions.astype({"frame": int}),
        on="frame",
        by="person",
        suffixes=("", "_of_region"),
    )
    off = [
        (pairs[f"{a}1"] + pairs[f"{a}2"]) / factor
        - (pairs[f"{a}1_of_region"] + pairs[f"{a}2_of_region"])
        for a in "xy"
    ]
    size = [pairs[f"{a}2_of_region"] - pairs[f"{a}1_of_region"] for a in "xy"]
    return float(np.hypot(off[0] / size[0], off[1] / size[1]).mean())
