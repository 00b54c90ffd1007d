"""The weak labels of one film: what it says about its faces without anyone labelling them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.pooling import pool_tracks
from castmap.mining.hard_examples import (
    find_hard_examples,
    keep_hardest,
    list_impossible,
    mark_impossible,
    within_track_distance,
)
from castmap.mining.splitting import find_tracklets
from castmap.mining.tracklets import count_fates, tracklet_means
from castmap.tracks.cooccurrence import IMPOSSIBLE, cooccurring_pairs, linked_tracks
from castmap.tracks.must_links import ENDS, count_must_links, find_must_links, kept_links


@dataclass(frozen=True)
class MiningSettings:
    """How weak labels are mined; the section ``mining`` of config.yaml.

    Attributes:
        tracklets_per_track: how many tracklets a track is split into.
        min_faces_per_tracklet: a track that does not give as many is not split.
        impossible_share: cannot-links nearer than all but this share of tracks' own farthest
            tracklets are impossible.
        hardest_share: of the examples, 0..1, that are kept for training.
        threading: whether shot threading gives must-links.
    """

    tracklets_per_track: int
    min_faces_per_tracklet: int
    impossible_share: float
    hardest_share: float
    threading: bool


class WeakLabels(NamedTuple):
    """What was mined, as tables of castmap.formats.tables.

    Attributes:
        tracklets: TRACKLETS, the positives.
        cooccurrence: COOCCURRENCE, the negatives and what is taken for none.
        must_links: MUST_LINKS, tracks of one person in different shots.
        hard_examples: HARD_EXAMPLES.
        impossible_negatives: IMPOSSIBLE_NEGATIVES.
        summary: counts; see castmap.mining.tracklets.count_fates.
    """

    tracklets: pd.DataFrame
    cooccurrence: pd.DataFrame
    must_links: pd.DataFrame
    hard_examples: pd.DataFrame
    impossible_negatives: pd.DataFrame
    summary: dict[str, int]


def mine_film(
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    embeddings: np.ndarray,
    settings: MiningSettings,
    seed: int,
) -> WeakLabels:
    """Split tracks into tracklets, find cannot-links, and pick the hardest of both.

    Args:
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        embeddings: float [n, d], unit rows, row i for detection i.
        settings: see there.
        seed: of k-means.
    """
    tracklets, fates = find_tracklets(
        tracks, embeddings, settings.tracklets_per_track, settings.min_faces_per_tracklet, seed
    )
    means = tracklet_means(tracklets, embeddings)
    threshold = within_track_distance(means, settings.impossible_share)
    pooled = pool_tracks(tracks, detections, embeddings)
    numbers = np.sort(tracks["track"].unique())
    pairs = mark_impossible(cooccurring_pairs(tracks), numbers, pooled, threshold)
    faces = tracks.loc[~tracks["interpolated"], ["track", "detection"]]
    must_links = _must_links(tracks, numbers, pooled, settings.threading)
    hard = find_hard_examples(
        *(tracklets, means, faces, embeddings),
        linked_tracks(pairs),
        kept_links(must_links),
    )
    hard["kept"] = keep_hardest(hard["hardness"], settings.hardest_share)
    impossible = list_impossible(pairs[pairs["kind"] == IMPOSSIBLE], tracks)
    counts = count_fates(fates, pairs, hard) | count_must_links(must_links)
    return WeakLabels(tracklets, pairs, must_links, hard, impossible, counts)


def _must_links(
    tracks: pd.DataFrame, numbers: np.ndarray, pooled: np.ndarray, threading: bool
) -> pd.DataFrame:
    """The MUST_LINKS table."""
    table = find_must_links(tracks, threading)
    faces = tracks[~tracks["interpolated"]].sort_values("frame").groupby("track")["detection"]
    one, other = (pooled[np.searchsorted(numbers, table[end])] for end in ENDS)
    return table.assign(
        distance=np.clip(1 - np.einsum("ij,ij->i", one, other), 0, 2),
        detection=table["track"].map(faces.last()),
        other_detection=table["other_track"].map(faces.first()),
    )
