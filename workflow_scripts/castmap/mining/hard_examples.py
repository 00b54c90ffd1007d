"""Hard examples: the positive and the negative of each tracklet that the embedding gets wrong most.

A positive is another tracklet of the same track, or of one that must-links connect with it; a
negative is a face of a track that co-occurs with one of them. Both are found by exact
nearest-neighbour search in the embedding space before training, as in Somandepalli, Hebbar,
Narayanan (arXiv 2008.11289). That paper does not define which examples are hard; the definition
here is our own. Distances are cosine distances, 0..2.
"""

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import connected
from castmap.tracks.cooccurrence import CANNOT_LINK, IMPOSSIBLE
from castmap.tracks.must_links import NO_PAIRS

_COLUMNS = [
    "track",
    "tracklet",
    "positive_track",
    "positive_tracklet",
    "positive_distance",
    "negative_track",
    "negative_detection",
    "negative_distance",
]


def farthest_siblings(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each tracklet, the farthest tracklet of its own track.

    Args:
        means: float [k, v, d], unit rows: k tracks of v tracklets.

    Returns:
        int [k, v], the other tracklet; float [k, v], its distance.
    """
    if not len(means):
        return np.zeros(means.shape[:2], int), np.zeros(means.shape[:2])
    distances = 1 - means @ means.transpose(0, 2, 1)
    other = distances.argmax(axis=2)
    return other, np.take_along_axis(distances, other[..., None], axis=2)[..., 0]


def mark_impossible(
    pairs: pd.DataFrame, numbers: np.ndarray, pooled: np.ndarray, threshold: float
) -> pd.DataFrame:
    """Find co-occurring tracks that are probably one person: mirrors, screens, pictures.

    Args:
        pairs: what cooccurring_pairs returns.
        numbers: int [t], track numbers, ascending.
        pooled: float [t, d], unit rows: one vector per track of ``numbers``.
        threshold: cannot-link pairs nearer than this are impossible; NaN marks none.

    Returns:
        ``pairs`` with a column distance, and the kind of impossible pairs changed.
    """
    one, other = (
        pooled[np.searchsorted(numbers, pairs[name])] for name in ("track", "other_track")
    )
    distance = np.clip(1 - np.einsum("ij,ij->i", one, other), 0, 2)
    impossible = (pairs["kind"] == CANNOT_LINK) & (distance < threshold)
    kind = pairs["kind"].where(~impossible, IMPOSSIBLE)
    return pairs.assign(distance=distance, kind=kind)


def find_hard_examples(
    tracklets: pd.DataFrame,
    means: np.ndarray,
    faces: pd.DataFrame,
    embeddings: np.ndarray,
    pairs: np.ndarray,
    must_links: np.ndarray = NO_PAIRS,
) -> pd.DataFrame:
    """For each tracklet, its farthest positive and its nearest negative.

    The positives are all other tracklets of the tracks that must-links connect with its own; the
    negatives all faces of the tracks that one of these tracks, or of those that must-links connect
    with it, cannot be linked with, whether or not they were split. hardness = distance of the
    positive - distance of the negative: above 0, the embedding puts the other person nearer.

    Args:
        tracklets: what find_tracklets returns; k tracks.
        means: float [k, v, d]: what tracklet_means returns.
        faces: columns track and detection: the detected faces of all tracks.
        embeddings: float [n, d], unit rows, row i for detection i.
        pairs: int [p, 2], the cannot-links: track numbers.
        must_links: int [m, 2], track numbers; none contradicts a cannot-link.

    Returns:
        One row per tracklet of the tracks that are in a pair, or connected with one that is, sorted
        by track and tracklet: track, tracklet, positive_track, positive_tracklet,
        positive_distance, negative_track, negative_detection, negative_distance, hardness.
    """
    split = np.unique(tracklets["track"])
    order = faces.sort_values(["track", "detection"])
    detections, owners = order["detection"].to_numpy(), order["track"].to_numpy()
    numbers = np.unique(np.concatenate([split, owners, pairs.ravel(), must_links.ravel()]))
    person = connected(len(numbers), np.searchsorted(numbers, must_links))
    person_of_split, person_of_face, person_of_pair = (
        person[np.searchsorted(numbers, tracks)] for tracks in (split, owners, pairs)
    )
    both = np.concatenate([person_of_pair, person_of_pair[:, ::-1]])
    by_person = np.argsort(person_of_face, kind="stable")
    starts = np.searchsorted(person_of_face[by_person], np.arange(len(numbers) + 1))
    n_tracklets = means.shape[1]
    rows = []
    for own, others in pd.Series(both[:, 1]).groupby(both[:, 0]):
        places = np.flatnonzero(person_of_split == own)
        if not len(places):
            continue
        anchors = means[places].reshape(-1, means.shape[2])
        farthest, far = (found[0] for found in farthest_siblings(anchors[None]))
        faces_of = [by_person[starts[other] : starts[other + 1]] for other in others.unique()]
        negatives = np.sort(np.concatenate(faces_of))
        nearest, near = _nearest(anchors, embeddings[detections[negatives]])
        found = {
            "track": np.repeat(split[places], n_tracklets),
            "tracklet": np.tile(np.arange(n_tracklets), len(places)),
            "positive_track": split[places][farthest // n_tracklets],
            "positive_tracklet": farthest % n_tracklets,
            "positive_distance": far,
            "negative_track": owners[negatives[nearest]],
            "negative_detection": detections[negatives[nearest]],
            "negative_distance": near,
        }
        rows.append(pd.DataFrame(found))
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=_COLUMNS)
    table = table.sort_values(["track", "tracklet"], ignore_index=True)
    far_and_near = ["positive_distance", "negative_distance"]
    table[far_and_near] = table[far_and_near].astype(float).clip(0, 2)
    return table.assign(hardness=table["positive_distance"] - table["negative_distance"])


def _nearest(means: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each row of ``means``, which row of ``faces`` is nearest, and its distance."""
    similarity = means @ faces.T
    best = similarity.argmax(axis=1)
    return best, 1 - np.take_along_axis(similarity, best[:, None], axis=1)[:, 0]


def keep_hardest(hardness: pd.Series, share: float) -> pd.Series:
    """Which examples to train on: the hardest ``share``, and all of positive hardness.

    Args:
        hardness: what find_hard_examples computes.
        share: 0..1, of the examples.

    Returns:
        bool, the index of ``hardness``.
    """
    if hardness.empty:
        return hardness.astype(bool)
    return (hardness > 0) | (hardness >= hardness.quantile(1 - share))


def within_track_distance(means: np.ndarray, share: float) -> float:
    """A quantile of how far apart the two farthest tracklets of a track are.

    Args:
        means: float [k, v, d], unit rows.
        share: 0..1, of the tracks whose farthest tracklets are nearer than the result.

    Returns:
        A distance; NaN where no track was split.
    """
    if not len(means):
        return float("nan")
    return float(np.quantile(farthest_siblings(means)[1].max(axis=1), share))


def list_impossible(pairs: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """What somebody needs to judge impossible pairs: when, and a face of each.

    Args:
        pairs: rows of what mark_impossible returns.
        tracks: the TRACKS table.

    Returns:
        The IMPOSSIBLE_NEGATIVES table, nearest pairs first.
    """
    times = tracks.drop_duplicates("frame").set_index("frame")["time_s"]
    found = tracks[~tracks["interpolated"]]
    faces = {track: rows for track, rows in found.groupby("track")}

    def face_near(track: int, frame: int) -> int:
        rows = faces[track]
        return int(rows["detection"].iloc[(rows["frame"] - frame).abs().argmin()])

    table = pairs[["track", "other_track", "first_frame", "distance"]].copy()
    table["time_s"] = table["first_frame"].map(times).astype(float)
    for column, name in (("track", "detection"), ("other_track", "other_detection")):
        places = zip(table[column], table["first_frame"], strict=True)
        table[name] = [face_near(track, frame) for track, frame in places]
    return table.sort_values(["distance", "track", "other_track"])
