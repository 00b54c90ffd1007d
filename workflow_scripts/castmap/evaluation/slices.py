"""Clustering scores by slice: of the tracks with the smallest faces, the largest, and so on."""

from itertools import pairwise

import numpy as np
import pandas as pd

from castmap.evaluation.bins import cut_evenly
from castmap.evaluation.clustering import contingency, label_items

SLICES = ("size_px", "blur", "yaw", "length", "prominence")


def track_covariates(tracks: pd.DataFrame, detections: pd.DataFrame) -> pd.DataFrame:
    """Properties that may make a track hard to cluster.

    Args:
        tracks: TRACKS; interpolated boxes do not count.
        detections: DETECTIONS.

    Returns:
        One row per track: track, size_px, blur, yaw (medians over its faces; yaw without its
        sign), length (faces).
    """
    found = tracks.loc[~tracks["interpolated"], ["track", "detection"]]
    faces = detections.set_index("detection")[["size_px", "blur", "yaw"]].loc[found["detection"]]
    by_track = faces.assign(yaw=faces["yaw"].abs()).groupby(found["track"].to_numpy())
    table = by_track.median().assign(length=by_track.size())
    return table.rename_axis("track").reset_index()


def slice_clusters(tracks: pd.DataFrame, covariates: pd.DataFrame) -> dict[str, list[dict]]:
    """BCubed by thirds of the tracks, each track judged in the whole film's clustering.

    Args:
        tracks: what clustering.evaluate_clusters takes.
        covariates: what track_covariates returns; the same tracks.

    Returns:
        By slice, the JSON values of each third, by rising covariate: low and high (from low to
        below high), n_tracks, bcubed_precision and bcubed_recall (means over the third's tracks),
        bcubed_f1 (their harmonic mean); None in a third without tracks. ``prominence`` is the
        share of the film's tracks that are of the track's person. Without labelled tracks there
        are no thirds.
    """
    items = label_items(tracks)
    if not len(items.tracks):
        return {name: [] for name in SLICES}
    table = contingency(items, np.ones(len(items.tracks), int)).astype(float)
    of_both = table[items.row, items.column]
    precision = of_both / table.sum(axis=1)[items.row]
    recall = of_both / table.sum(axis=0)[items.column]
    values = items.tracks[["track"]].merge(covariates, on="track", how="left", validate="1:1")
    values = values.assign(prominence=table.sum(axis=0)[items.column] / table.sum())
    return {name: _thirds(values[name].to_numpy(float), precision, recall) for name in SLICES}


def _thirds(values: np.ndarray, precision: np.ndarray, recall: np.ndarray) -> list[dict]:
    edges, bins = cut_evenly(values)
    result = []
    for number, (low, high) in enumerate(pairwise(edges)):
        inside = bins == number
        scores = dict.fromkeys(("bcubed_precision", "bcubed_recall", "bcubed_f1"))
        if inside.any():
            p, r = float(precision[inside].mean()), float(recall[inside].mean())
            scores = dict(zip(scores, (p, r, 2 * p * r / (p + r)), strict=True))
        result.append(
            {"low": float(low), "high": float(high), "n_tracks": int(inside.sum()), **scores}
        )
    return result
