"""Must-links: pairs of tracks that are one person, as far as cannot-links allow it."""

import numpy as np
import pandas as pd

from castmap.tracks.cooccurrence import find_cannot_links
from castmap.tracks.shot_threads import find_threads

THREADING = "threading"
ENDS = ("track", "other_track")
NO_PAIRS = np.zeros((0, 2), int)


def find_must_links(tracks: pd.DataFrame, threading: bool) -> pd.DataFrame:
    """Which tracks of a film are one person, and which only seem so.

    Args:
        tracks: the TRACKS table.
        threading: whether shot threading is believed; if not, there are none.

    Returns:
        What judge_must_links returns.
    """
    threads = find_threads(tracks if threading else tracks.iloc[:0])
    return judge_must_links(threads.assign(kind=THREADING), find_cannot_links(tracks))


def judge_must_links(pairs: pd.DataFrame, cannot_links: np.ndarray) -> pd.DataFrame:
    """Drop the must-links that contradict a cannot-link, by themselves or by way of others.

    A must-link makes one person of all that its two tracks are linked with. If two of them have a
    cannot-link, it is dropped. The surest links come first: those of the largest overlap.

    Args:
        pairs: columns track, other_track, kind and iou; no pair twice.
        cannot_links: int [k, 2], track numbers.

    Returns:
        One row per pair, the smaller track number first, sorted: track, other_track, kind, iou,
        kept (bool), and against_track and against_other_track, the cannot-link that a dropped one
        contradicts (Int64, missing where it is kept).
    """
    ends = np.sort(pairs[list(ENDS)].to_numpy(int), axis=1)
    order = np.lexsort((ends[:, 1], ends[:, 0], -pairs["iou"].to_numpy(float)))
    numbers = np.unique(np.concatenate([ends, cannot_links]))
    group = np.arange(len(numbers))
    apart = np.searchsorted(numbers, cannot_links)
    against = np.full(ends.shape, -1)
    for place in order:
        one, other = group[np.searchsorted(numbers, ends[place])]
        between = (np.sort(group[apart], axis=1) == sorted((one, other))).all(axis=1)
        if between.any():
            against[place] = cannot_links[between.argmax()]
        else:
            group[group == other] = one
    dropped = pd.DataFrame(against, pairs.index, ["against_track", "against_other_track"])
    dropped = dropped.astype("Int64").mask(against < 0)
    judged = pairs.assign(track=ends[:, 0], other_track=ends[:, 1], kept=against[:, 0] < 0)
    return judged.join(dropped).sort_values(list(ENDS), ignore_index=True)


def kept_links(must_links: pd.DataFrame) -> np.ndarray:
    """The pairs that hold.

    Args:
        must_links: the MUST_LINKS table, or what judge_must_links returns.

    Returns:
        int [m, 2], track numbers, in the table's order.
    """
    return must_links.loc[must_links["kept"], list(ENDS)].to_numpy(int).reshape(-1, 2)


def count_must_links(must_links: pd.DataFrame) -> dict[str, int]:
    """How many must-links are kept, and how many contradict a cannot-link.

    Args:
        must_links: the MUST_LINKS table.
    """
    kept = int(must_links["kept"].sum())
    return {"must_links": kept, "contradicting": len(must_links) - kept}
