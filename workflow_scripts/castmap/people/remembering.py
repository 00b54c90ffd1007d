"""Which faces of a named character are kept, to know the person again."""

import numpy as np
import pandas as pd

from castmap.clustering.pooling import best_faces, quality

MOST_FACES = 10  # of a person, from one film
_CANDIDATES = 40  # the best faces, among which the most different are chosen
_WORST_QUALITY = 0.5  # of the quality of the person's best face


def choose_faces(
    characters: pd.DataFrame,
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    embeddings: np.ndarray,
) -> pd.DataFrame:
    """The best and most different faces of each character that somebody named.

    Of each track its best face is a candidate; of these, the 40 best that are at least half as good
    as the best of all. The best is taken first, then, again and again, the one that is farthest
    from all that are taken, up to ten.

    Args:
        characters: CORRECTED or CHARACTERS rows; those without a name are left out.
        tracks: the TRACKS table.
        detections: the DETECTIONS table, row i being detection i.
        embeddings: float [n, d], unit rows, row i for detection i.

    Returns:
        Columns name, track, detection, time_s and quality, by name, in the order of choice.
    """
    named = characters.loc[characters["name"].notna(), ["track", "name"]]
    faces = tracks.loc[~tracks["interpolated"], ["track", "detection", "time_s"]]
    faces = faces.assign(quality=quality(detections.iloc[faces["detection"]]))
    best = best_faces(faces).merge(named, on="track")
    chosen = [_most_different(own, embeddings) for _, own in best.groupby("name")]
    columns = ["name", "track", "detection", "time_s", "quality"]
    return pd.concat([best.iloc[:0], *chosen], ignore_index=True)[columns]


def _most_different(faces: pd.DataFrame, embeddings: np.ndarray) -> pd.DataFrame:
    """The chosen faces of one person, in the order of choice."""
    ranked = faces.sort_values(["quality", "detection"], ascending=[False, True])
    good = ranked[ranked["quality"] >= _WORST_QUALITY * ranked["quality"].iloc[0]]
    good = good.iloc[:_CANDIDATES]
    vectors = embeddings[good["detection"]].astype(float)
    distances = 1 - vectors @ vectors.T
    taken = [0]
    while len(taken) < min(MOST_FACES, len(good)):
        nearest = distances[:, taken].min(axis=1)
        nearest[taken] = -1
        taken.append(int(nearest.argmax()))
    return good.iloc[taken]
