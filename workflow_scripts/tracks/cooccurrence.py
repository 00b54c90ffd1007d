"""Tracks seen at the same time are different people."""

import itertools

import numpy as np
import pandas as pd

from workflow_scripts.formats.tables import BOX_COLUMNS
from workflow_scripts.tracks.boxes import pairwise_iou

_SAME_FACE_IOU = 0.3


def cannot_links(tracks: pd.DataFrame) -> np.ndarray:
    """Pairs of tracks that share a frame, and so are different people.

    A pair whose boxes overlap is one face found twice, not two people.

    Args:
        tracks: the TRACKS table.

    Returns:
        int [k, 2], track numbers, the smaller first, sorted.
    """
    together: set[tuple[int, int]] = set()
    overlapping: set[tuple[int, int]] = set()
    for _, faces in tracks.sort_values("track").groupby("frame"):
        if len(faces) == 1:
            continue
        boxes = faces[list(BOX_COLUMNS)].to_numpy()
        iou = pairwise_iou(boxes, boxes)
        numbers = faces["track"].to_numpy()
        for i, j in itertools.combinations(range(len(numbers)), 2):
            pair = (int(numbers[i]), int(numbers[j]))
            together.add(pair)
            if iou[i, j] > _SAME_FACE_IOU:
                overlapping.add(pair)
    return np.array(sorted(together - overlapping), dtype=int).reshape(-1, 2)
