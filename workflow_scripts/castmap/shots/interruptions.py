"""Flashes and fades: shot boundaries where the picture is interrupted or goes to black.

Detectors compare neighbouring frames. They take a single black frame or a flash for two cuts, and a
fade to black and up again for a shot of black frames, or miss the fade if they see only cuts. Here
the pictures on either side decide.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from castmap.shots.boundaries import boundaries_table

_SMALL = (48, 27)
_THUMBNAIL = (16, 9)
_DARKEST, _LIGHTEST = 40, 215  # black is not 0 in every film, nor is white 255
_UNIFORM = 16  # levels between the darkest and the lightest place of an empty frame
# Of 103 labelled cuts in six clips of films, 95 % join pictures that correlate by .55 or less; of
# pictures of one shot six frames apart, 95 % correlate by .73 or more.
_SAME_PICTURE = 0.7
_LESS_THAN_FLASH = 0.5  # of how far a flash is from the pictures around it: how far they are apart
_FLASH_S = 0.2
_FLASH_FRAMES = 3
_PASSES_S = 1.0  # what passes the lens leaves it within that
_PAUSE_S = 2.0  # black that lasts longer is a shot: titles begin, or the film pauses
_LONGEST_FADE_S = 3.0
_FADING = 1.03  # a picture that fades grows darker by this much, at least, in three frames
_SAME_SHAPE = 0.97  # cosine: a picture that fades stays what it is
_FAINT = 8.0  # levels; so near to black a picture has no shape
_FAR_APART_S = 0.2  # detectors are made for films whose frames are nearer than that
_CLOCK_ERROR_S = 1e-6


class Thumbnails:
    """Every frame of a film at 16 x 9 pixels, 432 bytes each, taken as the frames pass."""

    def __init__(self) -> None:
        # In one piece: small ones that stay would lie between the large ones that networks need.
        self._thumbnails = bytearray()
        self._empty: list[int] = []

    def __len__(self) -> int:
        return len(self._empty)

    def watch(self, frames: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Pass frames on, uint8 (height, width, 3), RGB, and keep a thumbnail of each."""
        for frame in frames:
            small = cv2.resize(frame, _SMALL, interpolation=cv2.INTER_AREA)
            self._thumbnails += cv2.resize(
                small, _THUMBNAIL, interpolation=cv2.INTER_AREA
            ).tobytes()
            self._empty.append(_emptiness(small))
            yield frame

    def pictures(self) -> np.ndarray:
        """Float32 (n, 432), 0..255."""
        size = _THUMBNAIL[0] * _THUMBNAIL[1] * 3
        return np.frombuffer(bytes(self._thumbnails), np.uint8).reshape(-1, size).astype(np.float32)

    def empty(self) -> np.ndarray:
        """Int (n,): -1 where a frame is black all over, 1 where it is white, 0 elsewhere."""
        return np.array(self._empty, int)


class _Pause(NamedTuple):
    """Empty frames between two pictures: start..end are empty, first..last fade too; half-open."""

    start: int
    end: int
    first: int
    last: int


def add_far_cuts(
    boundaries: pd.DataFrame, thumbnails: Thumbnails, times_s: np.ndarray, threshold: float
) -> pd.DataFrame:
    """Add the cuts between frames a fifth of a second and more apart, of which detectors miss most.

    There, other pictures are other shots. Of frames 1 s apart in six labelled clips, 88 % of those
    of two shots correlate by less than 0.5, and 7 % of those of one.

    Args:
        boundaries: as a detector gives them.
        thumbnails: of all the film's frames.
        times_s: float (n,), when each frame is shown.
        threshold: of 1 - correlation, which is the score of such a cut, at most 1.

    Returns:
        Boundaries.
    """
    pictures = thumbnails.pictures()
    rows = list(boundaries.itertuples(index=False, name=None))
    known = {frame for row in rows for frame in range(row[2], max(row[2], row[3] - 1) + 1)}
    for frame in np.flatnonzero(np.diff(times_s) >= _FAR_APART_S - _CLOCK_ERROR_S) + 1:
        score = min(1 - _correlation(pictures[frame - 1], pictures[frame]), 1.0)
        if score > threshold and frame not in known:
            rows.append((int(frame), "cut", int(frame), int(frame), score))
    return boundaries_table(sorted(rows))


def settle_interruptions(
    boundaries: pd.DataFrame, thumbnails: Thumbnails, times_s: np.ndarray
) -> pd.DataFrame:
    """Take out the boundaries of flashes, and make one of those on either side of a short black.

    - Black or white frames, up to three or a fifth of a second, between two frames of one picture,
      and any flash that short: no boundary.
    - Up to two seconds of black or white between different pictures: one boundary, whether the
      detector has found none or several. With the frames that fade before and after it is gradual;
      so short and without a fade it is a cut. Where the detector has found none and a picture from
      before is back within a second, something has passed the lens: no boundary.
    - A gradual transition at the very beginning or end of the film: no boundary.
    - Black for longer is a shot.

    Args:
        boundaries: as a detector gives them.
        thumbnails: of all the film's frames.
        times_s: float (n,), when each frame is shown.

    Returns:
        Boundaries.
    """
    pictures = thumbnails.pictures()
    rows = list(boundaries.itertuples(index=False, name=None))
    settled = []
    for pause in _pauses(pictures, thumbnails.empty(), times_s):
        touching = [row for row in rows if row[3] >= pause.first - 1 and row[2] <= pause.last + 1]
        rows = [row for row in rows if row not in touching]
        if touching:
            same = _is_same_picture(pictures[pause.first - 1], pictures[pause.last])
            same = same and _is_short(pause, times_s)
        else:
            same = _comes_back(pause, pictures, times_s)
        if not same:
            settled.append(_one_boundary(pause, touching))
    rows = [
        row
        for row in rows
        if not _is_flash(row, pictures, times_s) and not _ends_the_film(row, len(pictures))
    ]
    return boundaries_table(sorted([*rows, *settled]))


def _emptiness(small: np.ndarray) -> int:
    darkest, lightest = int(small.min()), int(small.max())
    if lightest - darkest > _UNIFORM:
        return 0
    return int(darkest >= _LIGHTEST) - int(lightest <= _DARKEST)


def _pauses(pictures: np.ndarray, empty: np.ndarray, times_s: np.ndarray) -> Iterator[_Pause]:
    """The runs of empty frames that are no shots of their own."""
    edges = np.flatnonzero(np.diff(empty, prepend=0, append=0))
    for start, end in itertools.pairwise(edges.tolist()):
        if not empty[start] or start == 0 or end == len(empty):
            continue
        pause = _Pause(start, end, start, end)
        if _is_short(pause, times_s) or times_s[end] - times_s[start] <= _PAUSE_S:
            yield _with_fades(pause, pictures, times_s)


def _is_short(pause: _Pause, times_s: np.ndarray) -> bool:
    lasts_s = times_s[pause.end] - times_s[pause.start]
    return pause.end - pause.start <= _FLASH_FRAMES or lasts_s <= _FLASH_S + _CLOCK_ERROR_S


def _comes_back(pause: _Pause, pictures: np.ndarray, times_s: np.ndarray) -> bool:
    """Whether a picture from before a pause is back soon after it: something passed the lens."""
    begin = np.searchsorted(times_s, times_s[pause.first] - _PASSES_S)
    stop = np.searchsorted(times_s, times_s[pause.last] + _PASSES_S, side="right")
    before, after = pictures[begin : pause.first], pictures[pause.last : stop]
    return any(_is_same_picture(one, other) for one in before for other in after)


def _with_fades(pause: _Pause, pictures: np.ndarray, times_s: np.ndarray) -> _Pause:
    """Extend a pause over the frames that fade."""
    level = pictures[pause.start : pause.end].mean()
    begin = np.searchsorted(times_s, times_s[pause.start] - _LONGEST_FADE_S)
    stop = np.searchsorted(times_s, times_s[pause.end] + _LONGEST_FADE_S)
    before = np.abs(pictures[begin : pause.start][::-1] - level)
    after = np.abs(pictures[pause.end : stop] - level)
    return pause._replace(first=pause.start - _fading(before), last=pause.end + _fading(after))


def _fading(pictures: np.ndarray) -> int:
    """How many of these pictures, counted away from the empty ones, are still fading.

    Args:
        pictures: (k, 432), their distances from the empty frame; the first is next to it.
    """
    strength = pictures.mean(axis=1)
    for place in range(len(pictures) - 1):
        beyond = strength[place + 1 : place + 4].max()
        if beyond < strength[place] * _FADING or not _have_one_shape(*pictures[place : place + 2]):
            return place
    return max(len(pictures) - 1, 0)


def _have_one_shape(one: np.ndarray, other: np.ndarray) -> bool:
    if min(one.mean(), other.mean()) < _FAINT:
        return True
    return one @ other >= _SAME_SHAPE * np.linalg.norm(one) * np.linalg.norm(other)


def _is_same_picture(one: np.ndarray, other: np.ndarray) -> bool:
    return _correlation(one, other) >= _SAME_PICTURE


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Of two pictures; 0 where one is all of one level."""
    one, other = one - one.mean(), other - other.mean()
    length = np.linalg.norm(one) * np.linalg.norm(other)
    return float(one @ other / length) if length > 0 else 0.0


def _one_boundary(pause: _Pause, touching: list[tuple]) -> tuple[int, str, int, int, float]:
    score = max((row[4] for row in touching), default=1.0)
    first = min([pause.first, *(row[2] for row in touching if row[1] == "gradual")])
    last = max([pause.last, *(row[3] for row in touching if row[1] == "gradual")])
    if last - first <= _FLASH_FRAMES:
        return (pause.end, "cut", pause.end, pause.end, score)
    return (_turning_point(pause, touching, first, last), "gradual", first, last, score)


def _turning_point(pause: _Pause, touching: list[tuple], first: int, last: int) -> int:
    """Where the new shot begins: with what cuts off a picture, or else in the middle."""
    inside = [row[0] for row in touching if pause.start <= row[0] <= pause.end]
    if len(inside) == 1:
        return inside[0]
    cut_off, cut_in = first == pause.start, last == pause.end
    if cut_off != cut_in:
        return pause.start if cut_off else pause.end
    return (first + last) // 2


def _ends_the_film(row: tuple, count: int) -> bool:
    """Whether a transition has a picture on one side only: the film fades in, or out."""
    _, kind, start, end, _ = row
    return kind == "gradual" and (start <= _FLASH_FRAMES or end >= count - _FLASH_FRAMES)


def _is_flash(row: tuple, pictures: np.ndarray, times_s: np.ndarray) -> bool:
    """Whether the picture before a boundary is back within a moment of it.

    Two pictures i and j on either side are compared with what is between them: that is a flash if
    it differs from both by more than they do from each other. At a cut nothing does.
    """
    _, _, start, end, _ = row
    run_s = times_s[min(end, len(times_s) - 1)] - times_s[start]
    longest_s = _FLASH_S + run_s + _CLOCK_ERROR_S
    begin = np.searchsorted(times_s, times_s[start] - longest_s)
    stop = np.searchsorted(times_s, times_s[min(end, len(times_s) - 1)] + longest_s, side="right")
    near = pictures[begin:stop]
    distance = np.abs(near[:, None] - near[None]).mean(axis=2)
    for i in range(start - begin):
        for j in range(max(end - begin, i + 2), len(near)):
            if times_s[begin + j] - times_s[begin + i + 1] > longest_s:
                break
            between = np.minimum(distance[i, i + 1 : j], distance[j, i + 1 : j]).max()
            away = distance[i, j] < _LESS_THAN_FLASH * between
            if away and _is_same_picture(near[i], near[j]):
                return True
    return False
