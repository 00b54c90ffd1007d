"""Where faces of named people are lost before clustering, and what is taken for a face.

Reads what benchmarks/real_clips.py has left in its folder of work. Two tables are printed, as
Markdown. Where the labelled boxes of named people are:

Appearance     in the appearance of a track (docs/output.md), its box's centre in the region
First to last  from a track's first face to its last, as benchmarks/real_clips.py counts
Not found      of those in no appearance: no face was found in the region's examined frame
In no track    faces were found there, and no track has them
Not examined   none of the box's frames was examined, or it lies in a transition

Which tracks of named people may found no character (false rejections), and which of nobody may
(false admissions; some of these are faces that nobody labelled): by the mean of the detector's
score, and by the plain way, which asks for landmarks like those of a frontal face (misfit up to 0.5
and quality 0.05). Named tracks called not_a_face if they join no character stand beside.

    python -m benchmarks.lost_faces FOLDER --work FOLDER
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.real_clips import CLIPS, cover_boxes, find_clips, follow_boxes, is_named, read_truth
from castmap.clustering.pooling import judge_tracks, misfit, quality
from castmap.evaluation.judged import boxes_between
from castmap.evaluation.matching import people_of_faces, people_of_tracks
from castmap.files.results import read_table
from castmap.formats.printing import print_cells, to_markdown
from castmap.formats.tables import DETECTIONS, EXAMINED, SHOTS, TRACKS
from castmap.tracks.examined import examined_frames, seen_frames

_LOST = {
    "Film": "{film}",
    "Boxes": "{boxes:.0f}",
    "Appearance": "{appearance:.3f}",
    "First to last": "{first_to_last:.3f}",
    "Not found": "{not_found:.3f}",
    "In no track": "{in_no_track:.3f}",
    "Not examined": "{not_examined:.3f}",
}
_JUDGED = {
    "Film": "{film}",
    "Tracks": "{tracks}",
    "Of more than one": "{mixed}",
    "Named": "{named}",
    "Rejected": "{rejected}",
    "The plain way": "{plain_rejected}",
    "Called no face": "{no_face}",
    "Nobody's": "{nobody}",
    "Admitted": "{admitted}",
    "The plain way too": "{plain_admitted}",
}


def lost_boxes(
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    shots: pd.DataFrame,
    examined: pd.DataFrame,
    true: pd.DataFrame,
) -> dict:
    """Where the labelled boxes of named people are, as shares of them.

    Args:
        tracks: TRACKS.
        detections: DETECTIONS.
        shots: SHOTS.
        examined: EXAMINED.
        true: TRUE_FACES.
    """
    named = true[is_named(true["person"])]
    frames = np.unique(np.concatenate([named["start_frame"], named["end_frame"] - 1]))
    shown = boxes_between(tracks, frames, seen_frames(tracks, shots, examined))
    shown = shown.assign(person=people_of_faces(shown, true))
    covered = _has_track(cover_boxes(shown, true))
    searched = np.concatenate([numbers for _, numbers in examined_frames(shots, examined)])
    first, last = np.searchsorted(searched, named[["start_frame", "end_frame"]]).T
    was_examined = last > first
    found = detections.assign(track=0, person=people_of_faces(detections, true))
    has_face = _has_track(cover_boxes(found[found["frame"].isin(searched)], true))
    return {
        "boxes": len(named),
        "appearance": covered.mean(),
        "first_to_last": _has_track(cover_boxes(follow_boxes(tracks, true), true)).mean(),
        "not_found": (~covered & was_examined & ~has_face).mean(),
        "in_no_track": (~covered & was_examined & has_face).mean(),
        "not_examined": (~covered & ~was_examined).mean(),
    }


def _has_track(covered: pd.DataFrame) -> np.ndarray:
    """Whether each box has a track, bool, in order of boxes."""
    return covered.groupby("box")["track"].count().gt(0).to_numpy()


def judge(tracks: pd.DataFrame, detections: pd.DataFrame, true: pd.DataFrame) -> dict:
    """How many tracks of named people, and of nobody, may found a character.

    Args:
        tracks: TRACKS.
        detections: DETECTIONS.
        true: TRUE_FACES.
    """
    people = people_of_tracks(tracks, true)
    person = people["person"]
    named = (person.notna() & is_named(person)).to_numpy()
    nobody = (person.isna() & people["judged"]).to_numpy()
    usable, faceless = judge_tracks(tracks, detections)
    plain = _frontal(tracks, detections)
    return {
        "tracks": len(people),
        "mixed": int((people["n_people"] >= 2).sum()),
        "named": int(named.sum()),
        "rejected": int((named & ~usable).sum()),
        "plain_rejected": int((named & ~plain).sum()),
        "no_face": int((named & faceless).sum()),
        "nobody": int(nobody.sum()),
        "admitted": int((nobody & usable).sum()),
        "plain_admitted": int((nobody & plain).sum()),
    }


def _frontal(tracks: pd.DataFrame, detections: pd.DataFrame) -> np.ndarray:
    """Whether the landmarks of each track are at some moment those of a face as of the front."""
    faces = tracks[~tracks["interpolated"]]
    found = detections.iloc[faces["detection"]]
    table = pd.DataFrame({"track": faces["track"].to_numpy()})
    table["quality"], table["misfit"] = quality(found), misfit(found)
    best = table.groupby("track").agg(quality=("quality", "max"), misfit=("misfit", "min"))
    return ((best["quality"] >= 0.05) & (best["misfit"] <= 0.5)).to_numpy()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS, help="of labelled clips")
    parser.add_argument("--work", type=Path, required=True, help="of benchmarks/real_clips.py")
    args = parser.parse_args()
    lost, judged = [], []
    for clip in find_clips(args.folder, None):
        results, true = args.work / "results" / clip.name, read_truth(clip).faces
        schemas = (TRACKS, DETECTIONS, SHOTS, EXAMINED)
        tables = ("tracks", "detections", "shots", "examined")
        tracks, detections, shots, examined = (
            read_table(results / f"{table}.parquet", schema)
            for table, schema in zip(tables, schemas, strict=True)
        )
        lost.append({"film": clip.name, **lost_boxes(tracks, detections, shots, examined, true)})
        judged.append({"film": clip.name, **judge(tracks, detections, true)})
    where, how = pd.DataFrame(lost), pd.DataFrame(judged)
    mean = where.drop(columns="film").mean().to_frame().T.assign(film="mean")
    total = how.drop(columns="film").sum().to_frame().T.assign(film="sum")
    where = pd.concat([where.astype({"boxes": float}), mean], ignore_index=True)
    how = pd.concat([how, total], ignore_index=True)
    for table, columns, caption in (
        (where, _LOST, "Labelled boxes of named people"),
        (how, _JUDGED, "Which tracks may found a character"),
    ):
        print(to_markdown(print_cells(table, columns), caption, "", list(columns)[1:]))


if __name__ == "__main__":
    main()
