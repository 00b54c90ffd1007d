"""From clusters of tracks to characters with names."""

import numpy as np
import pandas as pd

from workflow_scripts.tracks.examined import union_length


def name_characters(intervals: pd.DataFrame, clusters: np.ndarray) -> pd.Series:
    """Name clusters C01, C02, ... by screen time, longest first; ties by first appearance.

    Args:
        intervals: one row per track, with start_s and end_s.
        clusters: int [t], the cluster of each row.

    Returns:
        The name of each row's character.
    """
    table = intervals.assign(cluster=clusters)
    ranked = sorted(
        (-screen_time(rows), rows["start_s"].min(), cluster)
        for cluster, rows in table.groupby("cluster")
    )
    digits = max(2, len(str(len(ranked))))
    names = {cluster: f"C{rank:0{digits}d}" for rank, (_, _, cluster) in enumerate(ranked, start=1)}
    return table["cluster"].map(names)


def screen_time(intervals: pd.DataFrame) -> float:
    """Seconds covered by the union of half-open intervals [start_s, end_s)."""
    return union_length(intervals["start_s"].to_numpy(), intervals["end_s"].to_numpy())
