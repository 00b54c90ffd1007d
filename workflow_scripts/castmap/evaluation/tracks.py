"""How much of each person's presence the tracks cover, and how pure the tracks are."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from castmap.evaluation.judged import join_ranges, places_of
from castmap.evaluation.matching import people_of_faces
from castmap.formats.label_names import is_named
from castmap.tracks.examined import union_length

MIN_INTERVAL_S = 1.0
WELL_COVERED = 0.95
_WORST = 10


def true_intervals(
    true_faces: pd.DataFrame, frames: pd.DataFrame, judged: np.ndarray | None = None
) -> pd.DataFrame:
    """The stretches of time in which each person is seen without a break.

    Ranges of one person that touch or overlap become one, whatever their regions: a label moves
    its region every few frames in a zoom, and at every cut. Where not all frames are judged, those
    that follow each other touch.

    Args:
        true_faces: the labels, TRUE_FACES.
        frames: FRAMES; its times turn frames into seconds.
        judged: int [k], the frames that the labels judge, ascending; None: all.

    Returns:
        Columns person (str), start_frame, end_frame (int, half-open), start_s, end_s (float, s),
        by person and start.

    Raises:
        ValueError: a range is empty or lies outside the film.
    """
    wrong = true_faces[
        (true_faces["start_frame"] < 0)
        | (true_faces["start_frame"] >= true_faces["end_frame"])
        | (true_faces["end_frame"] > len(frames))
    ]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"{row['person']}: the range of frames {row['start_frame']} to {row['end_frame']} is "
            f"empty or outside the film's 0 to {len(frames)}; correct the row or take it out"
        )
    true_faces = true_faces[is_named(true_faces["person"])]
    if judged is None:
        intervals = join_ranges(true_faces)
    else:
        places = places_of(judged)
        start = np.searchsorted(judged, true_faces["start_frame"])
        end = np.searchsorted(judged, true_faces["end_frame"])
        ranks = {"start_frame": places[start], "end_frame": places[end - 1] + 1}
        intervals = join_ranges(true_faces.assign(**ranks))
        start = np.searchsorted(places, intervals["start_frame"])
        end = np.searchsorted(places, intervals["end_frame"] - 1)
        intervals = intervals.assign(start_frame=judged[start], end_frame=judged[end] + 1)
    last = intervals["end_frame"].to_numpy() - 1
    time, duration = frames["time_s"].to_numpy(), frames["duration_s"].to_numpy()
    intervals["start_s"] = time[intervals["start_frame"]]
    intervals["end_s"] = time[last] + duration[last]
    return intervals.reset_index(drop=True)


def long_intervals(intervals: pd.DataFrame) -> pd.DataFrame:
    """The intervals that are judged: those of MIN_INTERVAL_S or more."""
    duration = intervals["end_s"] - intervals["start_s"]
    # Frame times are sums of rounded numbers: a second may come out as 0.9999999.
    return intervals[duration >= MIN_INTERVAL_S - 1e-6].reset_index(drop=True)


def cover_intervals(
    intervals: pd.DataFrame,
    appearances: pd.DataFrame,
    people: pd.DataFrame,
    judged_s: Callable[[np.ndarray], np.ndarray] = np.asarray,
) -> pd.DataFrame:
    """What share of each true interval the tracks of its person cover.

    Args:
        intervals: columns person, start_s, end_s (s), none empty; see long_intervals.
        appearances: columns track, shot, start_s, end_s (s); when each track is seen.
        people: columns track, person; see matching.people_of_tracks.
        judged_s: seconds of the film as those of its judged frames; see judged.judged_clock.

    Returns:
        ``intervals`` with ``coverage`` (0..1), ``tracks`` (how many tracks of the person are seen
        in it) and ``shots`` (how many shots these tracks lie in).
    """
    named = appearances.merge(people[["track", "person"]], on="track", how="inner")
    of_person = {str(name): own for name, own in named.dropna(subset="person").groupby("person")}
    covered, tracks, shots = [], [], []
    for person, first_s, last_s in intervals[["person", "start_s", "end_s"]].to_numpy():
        seen = of_person.get(person, named.iloc[:0])
        seen = seen[(seen["start_s"] < last_s) & (seen["end_s"] > first_s)]
        start = judged_s(np.maximum(seen["start_s"].to_numpy(), first_s))
        end = judged_s(np.minimum(seen["end_s"].to_numpy(), last_s))
        begin_s, end_s = judged_s(np.array([first_s, last_s], float))
        covered.append(min(union_length(start, end) / (end_s - begin_s), 1.0))
        tracks.append(len(seen))
        shots.append(seen["shot"].nunique())
    return intervals.assign(
        coverage=np.array(covered, float), tracks=np.array(tracks, int), shots=np.array(shots, int)
    )


def summarise_coverage(covered: pd.DataFrame) -> dict:
    """Numbers over the true intervals.

    Args:
        covered: what cover_intervals returns.

    Returns:
        JSON values: interval_count, person_count, coverage_min, coverage_mean (over intervals),
        intervals_below_95, worst_intervals (up to ten, the worst first), fragments_mean (tracks
        per interval), fragments_per_shot (tracks per shot of an interval, over the shots with a
        track; 1 when no appearance is broken). None where there is nothing to average.
    """
    worst = covered.sort_values(["coverage", "person", "start_s"], kind="stable").head(_WORST)
    shots = int(covered["shots"].sum())
    return {
        "interval_count": len(covered),
        "person_count": int(covered["person"].nunique()),
        "coverage_min": _or_none(covered["coverage"].min()),
        "coverage_mean": _or_none(covered["coverage"].mean()),
        "intervals_below_95": int((covered["coverage"] < WELL_COVERED).sum()),
        "worst_intervals": worst[["person", "start_s", "end_s", "coverage"]].to_dict("records"),
        "fragments_mean": _or_none(covered["tracks"].mean()),
        "fragments_per_shot": int(covered["tracks"].sum()) / shots if shots else None,
    }


def summarise_purity(people: pd.DataFrame) -> dict:
    """How pure the tracks are.

    Args:
        people: what matching.people_of_tracks returns.

    Returns:
        JSON values: tracks, tracks_evaluated (labelled ones), false_tracks (unlabelled ones),
        tracks_not_judged (seen in no frame, or on no region, that the labels judge),
        mixed_tracks (with faces of two people or more), mixed_tracks_tolerant (with two faces or
        more of a second person), face_purity (share of the faces of labelled tracks that
        belong to the track's person; None without such tracks).
    """
    named, judged = people[people["person"].notna()], int(people["judged"].sum())
    faces = int(named["n_judged_faces"].sum())
    return {
        "tracks": len(people),
        "tracks_evaluated": len(named),
        "false_tracks": judged - len(named),
        "tracks_not_judged": len(people) - judged,
        "mixed_tracks": int((people["n_people"] >= 2).sum()),
        "mixed_tracks_tolerant": int((people["n_second_faces"] >= 2).sum()),
        "face_purity": int(named["n_person_faces"].sum()) / faces if faces else None,
    }


def summarise_detections(
    detections: pd.DataFrame, tracks: pd.DataFrame, true_faces: pd.DataFrame
) -> dict:
    """How many of the faces found of the labelled people went into a track.

    Args:
        detections: DETECTIONS.
        tracks: TRACKS.
        true_faces: the labels, TRUE_FACES.

    Returns:
        JSON values: faces_of_people (detections inside a region), faces_tracked (the share of
        them in some track; None without any).
    """
    of_people = detections["detection"][people_of_faces(detections, true_faces).notna()]
    return {
        "faces_of_people": len(of_people),
        "faces_tracked": _or_none(of_people.isin(tracks["detection"]).mean()),
    }


def _or_none(value: float) -> float | None:
    return None if pd.isna(value) else float(value)
