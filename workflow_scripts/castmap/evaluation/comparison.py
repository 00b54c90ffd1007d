"""Two cast maps of one film beside each other: which character became which.

Two runs number their tracks and characters each for itself. What they share is the picture: where
both have a face in the same place of the same frame, it is the same face.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from castmap.clustering.characters import is_character
from castmap.evaluation.judged import boxes_between
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou
from castmap.tracks.examined import seen_frames

SAME, SPLIT, MERGED, GAINED, LOST = "same", "split", "merged", "gained", "lost"
CHANGES = (SAME, SPLIT, MERGED, GAINED, LOST)
UNSEEN = "unseen"
"""Stands for the character of a face that the other run has not found."""
_SAME_FACE_IOU = 0.5


class CastOfRun(NamedTuple):
    """What a run found in a film.

    Attributes:
        shots: the SHOTS table.
        examined: the EXAMINED table.
        tracks: the TRACKS table.
        characters: whose each track is: columns track, character.
    """

    shots: pd.DataFrame
    examined: pd.DataFrame
    tracks: pd.DataFrame
    characters: pd.DataFrame


class Change(NamedTuple):
    """What became of a character.

    Attributes:
        change: same: it is still one character; split: the second is a part of what was the first;
            merged: the first went into the second, where somebody else is; gained: the second was
            no character before; lost: the first is none any more.
        before: the first run's character; None if it is gained.
        after: the second run's character; None if it is lost.
        before_s: seconds of its faces by the first run; of a split, of the whole.
        after_s: seconds of its faces by the second run; of a merger, of the whole.
        shared_s: seconds of faces that are in both.
    """

    change: str
    before: str | None
    after: str | None
    before_s: float
    after_s: float
    shared_s: float


def shared_seconds(before: CastOfRun, after: CastOfRun, frames: pd.DataFrame) -> pd.DataFrame:
    """For how long each character of one run is each character of the other.

    In every frame each face of one run is the face of the other run that it overlaps most, if their
    boxes have an IoU of at least .5 and neither overlaps another more.

    Args:
        before: the first run.
        after: the second run, of the same film.
        frames: the FRAMES table.

    Returns:
        Columns before, after (a character, a reason to be in none, or UNSEEN), seconds (of faces:
        two faces of one frame count twice); each pair once, in order.
    """
    first, second = _boxes(before, frames), _boxes(after, frames)
    both = first.merge(second, on="frame", suffixes=("", "_after"))
    ours = both[list(BOX_COLUMNS)].to_numpy()
    theirs = both[[f"{name}_after" for name in BOX_COLUMNS]].to_numpy()
    both = both.assign(iou=paired_iou(ours, theirs))
    both = both[both["iou"] >= _SAME_FACE_IOU].sort_values("iou", ascending=False, kind="stable")
    best = ~(both.duplicated(["face"]) | both.duplicated(["face_after"]))
    both = both[best]
    seconds = frames.set_index("frame")["duration_s"]
    rows = [
        both[["frame", "character", "character_after"]],
        first.loc[~first["face"].isin(both["face"]), ["frame", "character"]],
        second.loc[~second["face"].isin(both["face_after"]), ["frame", "character"]].rename(
            columns={"character": "character_after"}
        ),
    ]
    table = pd.concat(rows, ignore_index=True).fillna(UNSEEN)
    table = table.rename(columns={"character": "before", "character_after": "after"})
    table["seconds"] = seconds.loc[table["frame"]].to_numpy()
    return table.groupby(["before", "after"])["seconds"].sum().reset_index()


def _boxes(run: CastOfRun, frames: pd.DataFrame) -> pd.DataFrame:
    """A row per track and frame that it is seen in: face (a number), frame, character, the box."""
    columns = ["face", "frame", "character", *BOX_COLUMNS]
    if run.tracks.empty:
        return pd.DataFrame(columns=columns).astype({"frame": int, "face": int})
    seen = seen_frames(run.tracks, run.shots, run.examined)
    boxes = boxes_between(run.tracks, frames["frame"].to_numpy(), seen)
    character = run.characters.set_index("track")["character"]
    boxes = boxes.assign(character=boxes["track"].map(character), face=np.arange(len(boxes)))
    return boxes[columns]


def find_changes(shared: pd.DataFrame) -> list[Change]:
    """What became of each character.

    Characters are paired one to one so that the pairs share most time. One that is left over came
    from, or went to, where most of its time is.

    Args:
        shared: of shared_seconds.

    Returns:
        One for each character of either run; those of most time first.
    """
    seconds = shared.set_index(["before", "after"])["seconds"].to_dict()
    table = shared.pivot(index="before", columns="after", values="seconds").fillna(0.0)
    before_s, after_s = table.sum(axis=1).to_dict(), table.sum(axis=0).to_dict()
    before = table.index[_are_characters(table.index.to_series())]
    after = table.columns[_are_characters(table.columns.to_series())]
    ours, theirs = linear_sum_assignment(table.loc[before, after], maximize=True)
    paired = zip(before[ours], after[theirs], strict=True)
    pairs = {first: second for first, second in paired if (first, second) in seconds}
    changes: list[tuple[str, str | None, str | None]] = [(SAME, *pair) for pair in pairs.items()]
    for second in after.difference(list(pairs.values())):
        source = str(table[second].idxmax())
        changes.append((SPLIT, source, second) if source in before else (GAINED, None, second))
    for first in before.difference(list(pairs)):
        goal = str(table.loc[first].idxmax())
        changes.append((MERGED, first, goal) if goal in after else (LOST, first, None))
    found = [
        Change(
            change,
            first,
            second,
            before_s=before_s.get(first, 0.0),
            after_s=after_s.get(second, 0.0),
            shared_s=seconds.get((first, second), 0.0),
        )
        for change, first, second in changes
    ]
    return sorted(found, key=lambda row: -max(row.before_s, row.after_s))


def moved_seconds(shared: pd.DataFrame, changes: list[Change]) -> float:
    """Seconds of faces that are another character's than the one theirs became."""
    same = {(row.before, row.after) for row in changes if row.change == SAME}
    between = shared[_are_characters(shared["before"]) & _are_characters(shared["after"])]
    pairs = zip(between["before"], between["after"], strict=True)
    stayed = np.array([pair in same for pair in pairs], bool)
    return float(between.loc[~stayed, "seconds"].sum())


def _are_characters(names: pd.Series) -> pd.Series:
    return is_character(names) & (names != UNSEEN)
