"""Co-occurring tracks: tracks seen at the same time show different people."""

import numpy as np
import pandas as pd

from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou

_SAME_FACE_IOU = 0.3
_HANDOVER_S = 1 / 3  # for so long at most are both seen,
_BRIEF_S = 0.5  # and one of them no longer than this in all
# Where a face comes or goes, examined frames are a tenth of a second and a frame apart: edges of
# two tracks no further apart may be one moment.
_SAME_MOMENT_S = 0.15
_CLOCK_ERROR_S = 1e-6  # sums of times are rounded
CANNOT_LINK, DUPLICATE, HANDOVER = "cannot-link", "duplicate", "handover"
IMPOSSIBLE = "impossible"


def cooccurring_pairs(tracks: pd.DataFrame) -> pd.DataFrame:
    """Pairs of tracks that share a frame.

    A pair whose boxes overlap is one face found twice, not two people. Neither is a handover taken
    for two people: one begins later or ends earlier than the other, by more than 0.15 s, and not
    within it; they are seen together for a third of a second at most, and one of them for half a
    second at most. Where one picture slides or fades over the next, the same person may be in both.

    Args:
        tracks: the TRACKS table.

    Returns:
        One row per pair, sorted: track and other_track (the smaller number first), first_frame
        (of those they share), n_frames (how many they share), max_iou (of their boxes in one
        frame) and kind (cannot-link, duplicate or handover).
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
    pairs["kind"] = np.where(_are_handovers(pairs, tracks), HANDOVER, CANNOT_LINK)
    pairs.loc[pairs["max_iou"] > _SAME_FACE_IOU, "kind"] = DUPLICATE
    return pairs


def _are_handovers(pairs: pd.DataFrame, tracks: pd.DataFrame) -> np.ndarray:
    """Whether of each pair one track is followed by the other after a moment with both, bool."""
    seen = tracks.groupby("track")["time_s"].agg(["min", "max"])
    starts, ends = (
        np.stack([seen[edge].loc[pairs[name]] for name in ("track", "other_track")])
        for edge in ("min", "max")
    )
    later, longer = _order(starts), _order(ends)
    one_after_other = (later * longer >= 0) & (later + longer != 0)
    both_s = ends.min(axis=0) - starts.max(axis=0)
    brief_s = (ends - starts).min(axis=0)
    return (
        one_after_other
        & (both_s <= _HANDOVER_S + _CLOCK_ERROR_S)
        & (brief_s <= _BRIEF_S + _CLOCK_ERROR_S)
    )


def _order(moments_s: np.ndarray) -> np.ndarray:
    """Of two moments, 1 where the first is later, -1 where it is earlier, 0 if they may be one."""
    apart_s = moments_s[0] - moments_s[1]
    return np.where(np.abs(apart_s) <= _SAME_MOMENT_S + _CLOCK_ERROR_S, 0, np.sign(apart_s))


def find_cannot_links(tracks: pd.DataFrame) -> np.ndarray:
    """Pairs of tracks that are seen at the same time, and so are different people.

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
