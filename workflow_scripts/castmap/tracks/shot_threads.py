"""Shot threading: shot, reverse shot, shot. The camera comes back to where it stood two shots ago.

Who is then seen in the same place is the same person. Between a shot and the next nothing follows
from the place: whoever is where somebody was one shot ago is somebody else more often than not, but
not often enough to be sure (``benchmarks/real_episodes.py`` prints both).
"""

import pandas as pd

from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou

MIN_IOU = 0.8  # from here on no match of five real episodes is wrong; see docs/mining.md
_SHOTS_ON = 2


def find_threads(
    tracks: pd.DataFrame, min_iou: float = MIN_IOU, shots_on: int = _SHOTS_ON
) -> pd.DataFrame:
    """Which track of two shots on begins where a track of a shot ends.

    A track's last box is held against the first boxes of the tracks two shots on, and the one that
    it overlaps most is taken, if the overlap is large. Two tracks may so lead to the same one.

    Args:
        tracks: the TRACKS table.
        min_iou: overlap (intersection over union) from which a match counts.
        shots_on: how many shots lie between the two, plus one.

    Returns:
        One row per match, by track: track, other_track (of the later shot), iou.
    """
    of_track = tracks.sort_values(["track", "frame"]).groupby("track")
    columns = ["shot", *BOX_COLUMNS]
    ends, starts = of_track[columns].last().reset_index(), of_track[columns].first().reset_index()
    met = ends.assign(shot=ends["shot"] + shots_on).merge(
        starts, on="shot", suffixes=("", "_other")
    )
    others = [f"{name}_other" for name in BOX_COLUMNS]
    met["iou"] = paired_iou(met[list(BOX_COLUMNS)].to_numpy(), met[others].to_numpy())
    met = met[met["iou"] >= min_iou].rename(columns={"track_other": "other_track"})
    best = met.sort_values(["track", "iou", "other_track"], ascending=[True, False, True])
    best = best.drop_duplicates("track").reset_index(drop=True)
    return best[["track", "other_track", "iou"]]
