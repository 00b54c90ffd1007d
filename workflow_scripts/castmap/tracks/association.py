"""Associate faces of neighbouring examined frames within one shot, by ByteTrack."""

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
import supervision
from trackers import ByteTrackTracker
from trackers.utils.iou import BIoU

from castmap.formats.tables import BOX_COLUMNS

_BUFFER_FRAMES_PER_S = 30  # the unit of ByteTrack's lost_track_buffer, whatever the film's rate
_MARGIN = 0.3  # of a box's sides, on each of them: a head moves by its width between two frames
_CLOCK_ERROR_S = 1e-6  # sums of times are rounded
FAR_APART_S = 0.5
"""Examined frames this far apart say nothing of how a face moves, nor that it was only glimpsed."""


def associate(
    faces: pd.DataFrame, examined: np.ndarray, times: np.ndarray, max_gap_s: float
) -> Iterator[np.ndarray]:
    """Follow the faces of one shot.

    Boxes are widened before their overlap with where a face is expected is taken (the buffered
    IoU of Yang et al., WACV 2023): a small face that moves fast does not overlap itself.
    Faces of any score start a track and continue it.

    A face may be missed for ``max_gap_s``, or on one examined frame where that takes longer. It is
    not taken to move on as it moved for longer than ``max_gap_s`` or half a second: what a head did
    half a second ago says nothing of where it will be in five.

    Args:
        faces: rows of the DETECTIONS table.
        examined: int [k], the shot's examined frames, ascending.
        times: float [n], of all frames of the film, in s.
        max_gap_s: for how long a face may be missed.

    Yields:
        The detection numbers of each track, in time.
    """
    clock = times[examined]
    steps = np.diff(clock)
    tracker = ByteTrackTracker(
        lost_track_buffer=max(1, round(max_gap_s * _BUFFER_FRAMES_PER_S)),
        frame_rate=1 / np.median(steps) if len(steps) else 1.0,
        track_activation_threshold=0.0,  # which tracks count is asked when all of them is known
        high_conf_det_threshold=0.0,
        minimum_consecutive_frames=1,
        iou=BIoU(_MARGIN),
    )
    limit_s = tracker.maximum_time_without_update
    by_frame = dict(list(faces.groupby("frame")))
    tracks: dict[int, list[int]] = {}
    for place, frame in enumerate(examined):
        two_steps_s = clock[place] - clock[max(place - 2, 0)]
        tracker.maximum_time_without_update = max(limit_s, two_steps_s + _CLOCK_ERROR_S)
        if place:
            _halt_after(max(limit_s, FAR_APART_S), tracker, steps[place - 1])
        found = _as_supervision(by_frame.get(frame, faces.iloc[:0]))
        for track, detection in _update(tracker, found, float(clock[place])):
            tracks.setdefault(track, []).append(detection)
    for rows in tracks.values():
        yield np.array(rows)


def _halt_after(limit_s: float, tracker: ByteTrackTracker, step_s: float) -> None:
    """Take the speed from what will have been out of sight for longer than the limit."""
    for track in tracker.tracks:
        estimator = track.state_estimator
        unseen_s = track.time_since_update_seconds + step_s
        if unseen_s > limit_s or step_s >= limit_s - _CLOCK_ERROR_S:
            estimator.kf.state[estimator.motion.vel_idx] = 0.0


def _update(
    tracker: ByteTrackTracker, found: supervision.Detections, time_s: float
) -> Iterator[tuple[int, int]]:
    """Show the tracker a frame; the track and the number of each detection that has a track."""
    tracked = tracker.update(found, timestamp=time_s)
    if np.any(np.asarray(tracked.tracker_id) < 0):
        # A new track is numbered only at its second face. Showing it the same moment again
        # numbers it at its first; that time stands still is what the warning would say.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            tracked = tracker.update(found, timestamp=time_s)
    numbers = tracked.data.get("detection", ())
    assert tracked.tracker_id is not None  # the tracker has set it
    for track, detection in zip(tracked.tracker_id, numbers, strict=True):
        if track >= 0:
            yield int(track), int(detection)


def _as_supervision(faces: pd.DataFrame) -> supervision.Detections:
    return supervision.Detections(
        xyxy=faces[list(BOX_COLUMNS)].to_numpy(np.float32).reshape(-1, 4),
        confidence=faces["score"].to_numpy(np.float32),
        data={"detection": faces["detection"].to_numpy()},
    )
