"""Measure how much of each person's presence the tracks cover, and how pure and whole they are."""

from typing import NamedTuple

import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.judged import judged_clock
from castmap.evaluation.matching import people_of_tracks
from castmap.evaluation.mot import tracking_scores
from castmap.evaluation.tracks import (
    cover_intervals,
    long_intervals,
    summarise_coverage,
    summarise_detections,
    summarise_purity,
    true_intervals,
)
from castmap.formats.tables import Detections, Examined, Frames, Shots, Tracks
from castmap.stages.arguments import Json
from castmap.stages.command_line import as_command
from castmap.stages.labels import FilmLabels, Labels, warn_of_other_size, warn_of_unjudged_frames
from castmap.tracks.examined import track_intervals


class Output(NamedTuple):
    """What the stage makes."""

    metrics: Json


def evaluate_tracks(
    frames: Frames,
    shots: Shots,
    examined: Examined,
    detections: Detections,
    tracks: Tracks,
    true_faces: Labels,
) -> Output:
    """Measure how much of each person's presence the tracks cover, and how pure and whole they are.

    Args:
        frames: of the film.
        shots: of the film.
        examined: the frames that were searched for faces.
        detections: of the film.
        tracks: of the film.
        true_faces: labels: faces.csv; judged_frames.csv beside it is read, too.
    """
    labels = true_faces.none() if frames.empty else true_faces  # a rejected film shows nobody
    intervals = _true_intervals(labels, frames)
    judged = long_intervals(intervals)
    people = people_of_tracks(tracks, labels.faces, labels.judged)
    warn_of_other_size(labels, detections, tracks)
    warn_of_unjudged_frames(labels, people, tracks)
    appearances = track_intervals(tracks, shots, frames, examined)
    clock = judged_clock(frames, labels.judged)
    metrics = {
        "judged_by": labels.judged_by,
        "judged_frames": labels.count_judged(len(frames)),
        "intervals_too_short": len(intervals) - len(judged),
        **summarise_coverage(cover_intervals(judged, appearances, people, clock)),
        **summarise_purity(people),
        **summarise_detections(detections, tracks, labels.faces),
        **tracking_scores(tracks, labels.faces, shots, examined, labels.judged),
    }
    logger.info(
        "%(judged_frames)d frames judged (%(judged_by)s), %(interval_count)d true intervals, least "
        "covered %(coverage_min)s; %(mixed_tracks)d of %(tracks)d tracks mixed, HOTA %(hota)s",
        metrics,
    )
    return Output(metrics)


def _true_intervals(labels: FilmLabels, frames: pd.DataFrame) -> pd.DataFrame:
    try:
        return true_intervals(labels.faces, frames, labels.judged)
    except ValueError as error:
        raise InputError(f"{labels.path}: {error}") from error


main = as_command(evaluate_tracks)

if __name__ == "__main__":
    main()
