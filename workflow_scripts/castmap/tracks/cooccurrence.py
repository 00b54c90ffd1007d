"""Co-occurring tracks: tracks seen at the same time show different people."""

import numpy as np
import pandas as pd

from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou

_SAME_FACE_IOU = 0.3
CANNOT_LINK, DUPLICATE, IMPOSSIBLE = "cannot-link", "duplicate", "impossible"


def cooccurring_pairs(tracks: pd.DataFrame) -> pd.DataFrame:
    """Pairs of tracks that share a frame.

    A pair whose boxes overlap is one face found twice, not two people.

    Args:
        tracks: the TRACKS table.

    Returns:
        One row per pair, sorted: track and other_track (the smaller number first), first_frame
        (of those they share), n_frames (how many they share), max_iou (of their boxes in one
        frame) and kind (cannot-link or duplicate).
    """
    columns = ["frame", "track", *BOX_COLUMNS]
    crowded = tracks.loc[tracks.duplicated("frame", keep=False), columns]
    met = crowded.merge(crowded, on="frame", suffixes=("", "_other"))
    met = met[met["track"] < met["track_other"]].rename(columns={"track_other": "other_track"})
    others = [f"{name}_other" for name in BOX_COLUMNS]
    met["iou"] = paired_iou(met[list(BOX_COLUMNS)].to_numpy(), met[others].to_numpy())
    pairs = met.groupby(["track", "other_track"], as_index=False).agg(
        first_frame=("frame", "min"), n_frames=("frame", "size"), max_iou=("iou", "max")
    )
    pairs["kind"] = np.where(pairs["max_iou"] > _SAME_FACE_IOU, DUPLICATE, CANNOT_LINK)
    return pairs


def find_cannot_links(tracks: pd.DataFrame) -> np.ndarray:
    """Pairs of tracks that share a frame without overlapping, and so are different people.

    Args:
        tracks: the TRACKS table.

    Returns:
        int [k, 2], track numbers, the smaller first, sorted.
    """
    return linked_tracks(cooccurring_pairs(tracks))


def linked_tracks(pairs: pd.DataFrame) -> np.ndarray:
    """The pairs of the kind cannot-link.

    Args:
        pairs: the COOCCURRENCE table, or what cooccurring_pairs returns.

    Returns:
        int [k, 2], track numbers, in the table's order.
    """
    kept = pairs.loc[pairs["kind"] == CANNOT_LINK, ["track", "other_track"]]
    return kept.to_numpy(int).reshape(-1, 2)
