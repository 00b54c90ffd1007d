"""Cuts seen in the pictures themselves: two frames that differ in structure, all at once.

Pictures are compared by the contrast and structure part of SSIM (Wang, Bovik, Sheikh and
Simoncelli, "Image quality assessment: from error visibility to structural similarity", 2004), taken
over the whole thumbnail:

    (2 cov(x, y) + c) / (var(x) + var(y) + c),  c = (0.03 * 255)^2

It is 1 for two frames of one picture, however much brighter one of them is, and for two empty ones;
near 0 for two pictures that have nothing to do with each other.
"""

import numpy as np

# The constant of the paper: noise and compression in a flat picture are no structure.
_FLAT = (0.03 * 255) ** 2
# Motion goes on: where it sets in, the next frame changes as much. What changes twice as much as
# any of the two frames before and the two after is a cut.
_SHARP = 2.0
_NEIGHBOURS = (-2, -1, 1, 2)
# A change that is less sharp is something that passes the lens if two frames are alike of those
# within about a second on either side. In the three clips on which this was chosen, the most alike
# across a cut reach 0.72, and 84 % of pairs half a second to two apart in one shot 0.8 and more.
_PASSES = 24
_BACK = 0.8
_BLOCK = 4096


def find_changes(pictures: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Find where the picture becomes another from one frame to the next.

    Args:
        pictures: of all frames, float32 (n, d), 0..255; small, so that a step of the camera moves
            little.
        threshold: of 1 - similarity, above 0 and below 1.

    Returns:
        The first frames of other pictures, int (m,), and for all frames 1 - similarity to the one
        before, 0..1, float (n,).
    """
    change, difference = _compare_neighbours(pictures)
    around = _around(change)
    peaks = np.flatnonzero((difference >= threshold) & (change >= around[1:3].max(axis=0)))
    sharp = change >= _SHARP * around.max(axis=0)
    cuts = [frame for frame in peaks if sharp[frame] or not _comes_back(pictures, int(frame))]
    return np.array(cuts, int), difference


def similarity(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Contrast and structure part of SSIM of pairs of pictures.

    Args:
        one: pictures, float (..., d), 0..255.
        other: pictures of a shape that broadcasts with it.

    Returns:
        -1..1, (...).
    """
    one = one - one.mean(axis=-1, keepdims=True)
    other = other - other.mean(axis=-1, keepdims=True)
    together = 2 * (one * other).mean(axis=-1) + _FLAT
    return together / (np.square(one).mean(axis=-1) + np.square(other).mean(axis=-1) + _FLAT)


def _compare_neighbours(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each frame and the one before: mean absolute change, and 1 - similarity, 0..1."""
    change, difference = np.zeros((2, len(pictures)))
    for start in range(1, len(pictures), _BLOCK):
        block = slice(start, start + _BLOCK)
        now = pictures[block]
        before = pictures[start - 1 : start - 1 + len(now)]
        change[block] = np.abs(now - before).mean(axis=1)
        difference[block] = 1 - similarity(now, before)
    return change, difference.clip(0, 1)


def _around(change: np.ndarray) -> np.ndarray:
    """The changes two and one frames before, and one and two after; 0 beyond the film's ends."""
    reach = max(_NEIGHBOURS)
    padded = np.pad(change, reach)
    return np.stack([padded[reach + step :][: len(change)] for step in _NEIGHBOURS])


def _comes_back(pictures: np.ndarray, frame: int) -> bool:
    before = pictures[max(frame - _PASSES, 0) : frame]
    after = pictures[frame + 1 : frame + _PASSES]
    return bool((similarity(before[:, None], after[None]) >= _BACK).any())
