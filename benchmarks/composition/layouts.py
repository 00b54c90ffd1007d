"""Who is where in a composed film: real episodes, their roles given to people."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.formats.kit_tracks import add_shots, read_shots, read_tracks
from castmap.formats.tables import BOX_COLUMNS

EVERY_NTH_FRAME = 3
FRAME_S = 0.04
FRAME_PX = (1024, 576)
_MIN_FACES = 3


@dataclass(frozen=True)
class Layout:
    """Who is where in an episode: tracks, each track's name, and shots."""

    tracks: pd.DataFrame
    names: pd.Series
    shots: pd.DataFrame


def read_layout(mat: Path) -> Layout:
    """The layout of an episode; its shots are in the .videvents file beside it."""
    with mat.open("rb") as file:
        tracks, names = read_tracks(file)
    events = mat.with_name(mat.name.removesuffix(".facetracks.mat") + ".videvents")
    n_frames = int(tracks["frame"].max()) + 1
    shots = read_shots(events.read_text(), n_frames)
    return Layout(add_shots(tracks, shots), names, shots)


def cast_layout(
    layout: Layout,
    people: Sequence[str],
    max_tracks: int,
    median_face_px: float | None,
    random: np.random.Generator,
) -> tuple[pd.DataFrame, pd.Series]:
    """Give the roles with the most tracks to people, and keep a stretch of the episode.

    Returns:
        The TRACKS table of the examined frames, tracks renumbered, boxes shrunk to the
        wanted median; and the person of each track.
    """
    roles = layout.names.value_counts().index[: len(people)]
    actor = dict(zip(roles, random.permutation(list(people)), strict=False))
    tracks = layout.tracks[layout.tracks["frame"] % EVERY_NTH_FRAME == 0]
    tracks = tracks[tracks["track"].map(layout.names).isin(roles)]
    tracks = tracks[tracks.groupby("track")["frame"].transform("size") >= _MIN_FACES]
    numbers = tracks.groupby("track")["frame"].min().sort_values(kind="stable").index
    start = int(random.integers(max(len(numbers) - max_tracks, 0) + 1))
    kept = numbers[start : start + max_tracks]
    tracks = tracks[tracks["track"].isin(kept)].copy()
    person = layout.names.loc[kept].map(actor).reset_index(drop=True)
    tracks["track"] = tracks["track"].map({old: new for new, old in enumerate(kept)})
    tracks = tracks.sort_values(["frame", "track"], kind="stable").reset_index(drop=True)
    boxes = list(BOX_COLUMNS)
    if median_face_px is not None:
        tracks[boxes] *= median_face_px / float(np.median(face_sizes(tracks)))
    return tracks, person


def face_sizes(tracks: pd.DataFrame) -> np.ndarray:
    """The size of each face, px: the geometric mean of its box's width and height."""
    widths, heights = tracks["x2"] - tracks["x1"], tracks["y2"] - tracks["y1"]
    return np.sqrt(np.maximum(widths * heights, 1)).to_numpy(float)
