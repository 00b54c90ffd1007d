"""A film's folder of labels: who is where, and which frames were labelled."""

from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.drawn_size import better_factor
from castmap.evaluation.judged import (
    FEW_FRAMES,
    align_single_frames,
    are_of_single_frames,
    boxes_judged,
    join_ranges,
    labelled_frames,
)
from castmap.files.results import read_csv
from castmap.formats.label_names import is_named, one_spelling
from castmap.formats.labels import MOST_FRAMES
from castmap.formats.tables import (
    JUDGED_FRAMES,
    TRUE_FACES,
    TableError,
    TableSchema,
)
from castmap.stages.arguments import FileFormat

JUDGED_FILE = "judged_frames.csv"
ALL, LABELLED, LISTED = "all frames", "frames with labels", JUDGED_FILE
_MANY_OUTSIDE = 0.1  # of the tracks
_MANY_SHORT = 10


class FilmLabels(NamedTuple):
    """The labels of a film.

    Attributes:
        faces: TRUE_FACES, each person spelled in one way; nobody named: see formats.label_names.
        judged: int [k], the frames that the labels judge, ascending; None: all of the film.
        judged_by: how that is known: ALL, LABELLED or LISTED.
        path: faces.csv, for messages.
    """

    faces: pd.DataFrame
    judged: np.ndarray | None
    judged_by: str
    path: Path

    def none(self) -> "FilmLabels":
        """Labels of nobody, for a film of no frames."""
        return FilmLabels(self.faces.iloc[:0], None, ALL, self.path)

    def count_judged(self, n_frames: int) -> int:
        """How many of the first ``n_frames`` frames are judged."""
        return n_frames if self.judged is None else int((self.judged < n_frames).sum())


def read_labels(path: Path) -> FilmLabels:
    """Read the labels of faces, and judged_frames.csv beside them, if there is one.

    Without it, labels that go on judge the whole film, and labels of single frames only these.

    Args:
        path: faces.csv.

    Raises:
        InputError: a file is not as it should be.
    """
    faces = _read(path, TRUE_FACES)
    faces["person"] = one_spelling(faces["person"])
    if (faces["person"] == "").any():
        row = int((faces["person"] == "").to_numpy().argmax()) + 2
        raise InputError(f"{path}: line {row}: the person has no name; write one or take it out")
    listed = path.with_name(JUDGED_FILE)
    _check_ranges(path, faces)
    if listed.exists():
        ranges = _read(listed, JUDGED_FRAMES)
        _check_ranges(listed, ranges)
        return FilmLabels(faces, labelled_frames(pd.concat([ranges, faces])), LISTED, path)
    if are_of_single_frames(faces):
        return FilmLabels(*align_single_frames(faces, labelled_frames(faces)), LABELLED, path)
    return FilmLabels(faces, None, ALL, path)


Labels = Annotated[FilmLabels, FileFormat(read_labels)]


def warn_of_other_size(labels: FilmLabels, detections: pd.DataFrame, tracks: pd.DataFrame) -> None:
    """Warn where labels lie on the faces only if they are enlarged, or reduced.

    Args:
        labels: of read_labels.
        detections: DETECTIONS.
        tracks: TRACKS; where single frames are judged, few of them were examined.
    """
    faces = detections if labels.judged is None else boxes_judged(tracks, labels.judged)
    factor = better_factor(faces, labels.faces)
    if factor:
        logger.warning(
            "%s: these labels lie beside the faces, and on them if multiplied by %.4g: they were "
            "drawn on a copy of another size. All scores are of no use; import them again with "
            "--movie-info (and --drawn-on), which scales them",
            labels.path,
            factor,
        )


def warn_of_unjudged_frames(labels: FilmLabels, people: pd.DataFrame, tracks: pd.DataFrame) -> None:
    """Warn where labels count as of the whole film, but may be of a part of it.

    Args:
        labels: of read_labels.
        people: of matching.people_of_tracks.
        tracks: TRACKS.
    """
    if labels.judged is None and not labels.faces.empty:
        _warn_of_single_frames(labels)
        _warn_of_unlabelled_parts(labels, len(people), tracks)


def _warn_of_single_frames(labels: FilmLabels) -> None:
    stretches = join_ranges(labels.faces[is_named(labels.faces["person"])])
    short = int((stretches["end_frame"] - stretches["start_frame"] <= FEW_FRAMES).sum())
    if short > max(_MANY_SHORT, len(stretches) / 2):
        logger.warning(
            "%s: %d of %d stretches of labels go on for one or two frames, and others for long, so "
            "the whole film is judged. If not all of it was labelled, list what was in %s",
            labels.path,
            short,
            len(stretches),
            JUDGED_FILE,
        )


def _warn_of_unlabelled_parts(labels: FilmLabels, n_tracks: int, tracks: pd.DataFrame) -> None:
    seen = tracks.groupby("track")["frame"].agg(["min", "max"])
    starts, ends = (np.sort(labels.faces[f"{edge}_frame"]) for edge in ("start", "end"))
    begun = np.searchsorted(starts, seen["max"], side="right")
    outside = int((begun == np.searchsorted(ends, seen["min"], side="right")).sum())
    if outside > _MANY_OUTSIDE * n_tracks:
        logger.warning(
            "%s: %d of %d tracks are seen where nobody at all is labelled (labels are of frames %d "
            "to %d), and count as false. If that part was not labelled, list what was in %s",
            labels.path,
            outside,
            n_tracks,
            starts[0],
            ends[-1],
            JUDGED_FILE,
        )


def _check_ranges(path: Path, ranges: pd.DataFrame) -> None:
    """Refuse ranges of frames that no film has."""
    start, end = ranges["start_frame"], ranges["end_frame"]
    wrong = ((start < 0) | (start >= end) | (end > MOST_FRAMES)).to_numpy()
    if wrong.any():
        row = ranges.iloc[wrong.argmax()]
        raise InputError(
            f"{path}: line {wrong.argmax() + 2}: the range of frames {row['start_frame']} to "
            f"{row['end_frame']} is empty or outside any film; correct the row or take it out"
        )


def _read(path: Path, schema: TableSchema) -> pd.DataFrame:
    try:
        return read_csv(path, schema)
    except TableError as error:
        raise InputError(str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8; save it as CSV in UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
