"""Cuts and dissolves, by a network (TransNetV2) and by frame differences together.

TransNetV2 looks over motion, zooms and flashes, and so over cuts in the midst of them; differences
see those cuts, but no dissolve. What either finds is a boundary, and its score is
1 - (1 - p) (1 - d), with the network's highest probability p there and the largest difference d:
where both have seen a boundary, it is surer than either.

What takes long is the network, and it need not see every frame: differences see all of them, and
say at which frame the picture changes.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import pandas as pd

from castmap.shots.boundaries import boundaries_table
from castmap.shots.differences import find_changes
from castmap.shots.footage import Footage
from castmap.shots.interruptions import Thumbnails
from castmap.shots.transnetv2 import (
    FRAME_SIZE,
    LONGEST_CUT,
    boundaries_from,
    load_network,
    transition_probabilities,
)

MEMBER = {"order": 0, "gpu": True, "threads": True, "weights_of": "transnetv2"}
# The network sees frames that are no further apart than that, unless the film's are: at 24 to 30
# frames/s every second. Chosen on casablanca, golden and office: there it finds the same.
_NETWORK_S = 0.084
# The network's cut lies within this of the frame where the picture changes.
_NEAR = 2


def find_boundaries(film: Footage, threshold: float) -> pd.DataFrame:
    """Find cuts and gradual transitions; see ``shots.detectors``."""
    assert film.weights is not None  # MEMBER names them
    thumbnails = Thumbnails()
    frames = thumbnails.watch(film.decode(FRAME_SIZE))
    network = load_network(film.weights, film.device)
    step = step_of_network(film.frame_s)
    probabilities = transition_probabilities(network, islice(frames, 0, None, step), film.progress)
    cuts, differences = find_changes(thumbnails.pictures(), threshold)
    return join(probabilities, cuts, differences, threshold, step)


def step_of_network(frame_s: float) -> int:
    """From one frame that the network sees to the next.

    Args:
        frame_s: from one frame of the film to the next, s.
    """
    return max(1, int(_NETWORK_S / frame_s))


def join(
    probabilities: np.ndarray,
    cuts: np.ndarray,
    differences: np.ndarray,
    threshold: float,
    step: int = 1,
) -> pd.DataFrame:
    """Join what the network and the differences have found.

    Where the picture changes within what the network takes for one transition, the changes stand:
    a cut is where they are, and a transition that holds several is a run of short shots.

    Args:
        probabilities: of every step-th frame, float (ceil(n / step), 2), from
            ``transnetv2.transition_probabilities``.
        cuts: frames at which the picture changes, int (m,).
        differences: of each frame from the one before it, 0..1, float (n,).
        threshold: of the probabilities.
        step: from one frame that the network has seen to the next.

    Returns:
        Boundaries.
    """
    highest = probabilities.max(axis=1, initial=0.0).repeat(step)[: len(differences)]
    rows = [(int(cut), "cut", int(cut), int(cut)) for cut in cuts]
    for frame, kind, start, end in _by_network(probabilities, differences, threshold, step):
        if not ((cuts >= start - _NEAR) & (cuts <= end + _NEAR)).any():
            rows.append((frame, kind, start, end))
    scored = []
    for frame, kind, start, end in sorted(rows):
        near = slice(max(start - _NEAR, 0), max(end, start + 1))
        unseen = (1 - highest[near].max()) * (1 - differences[near].max())
        scored.append((frame, kind, start, end, float(1 - unseen)))
    return boundaries_table(scored)


def _by_network(
    probabilities: np.ndarray, differences: np.ndarray, threshold: float, step: int
) -> Iterator[tuple[int, str, int, int]]:
    """What the network has found, by frames of the film.

    A cut lies between two frames that the network has seen, where the picture changes most. A
    dissolve of which it has seen few frames may pass the threshold in one or two of them, as a cut
    does; it passes half the threshold in more.
    """
    found = boundaries_from(probabilities, threshold)
    faint = probabilities[:, 1] > threshold / 2
    for frame, kind, *run, _ in found.itertuples(index=False, name=None):
        start, end = _run_around(faint, frame - 1) if kind == "cut" and step > 1 else run
        if end - start > LONGEST_CUT:
            # Frames that were not seen, next to those of the run, count to it.
            first, last = max((start - 1) * step + 1, 0), min(end * step, len(differences))
            yield (first + last) // 2, "gradual", first, last
        else:
            before = (frame - 1) * step + 1
            cut = before + int(differences[before : frame * step + 1].argmax())
            yield cut, "cut", cut, cut


def _run_around(marked: np.ndarray, place: int) -> tuple[int, int]:
    """The run of marked places around one, which counts as marked; half-open."""
    start, end = place, place + 1
    while start > 0 and marked[start - 1]:
        start -= 1
    while end < len(marked) and marked[end]:
        end += 1
    return start, end
