"""A film's folder of labels: who is where, and in which frames somebody looked."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.console import InputError, logger
from castmap.evaluation.drawn_size import better_factor
from castmap.evaluation.judged import (
    align_single_frames,
    are_of_single_frames,
    boxes_judged,
    labelled_frames,
)
from castmap.files.results import read_csv
from castmap.formats.label_names import one_spelling
from castmap.formats.labels import MOST_FRAMES
from castmap.formats.tables import (
    JUDGED_FRAMES,
    TRUE_FACES,
    TableError,
    TableSchema,
)

JUDGED_FILE = "judged_frames.csv"
ALL, LABELLED, LISTED = "all frames", "frames with labels", JUDGED_FILE


class FilmLabels(NamedTuple):
    """The labels of a film.

    Attributes:
        faces: TRUE_FACES, each person spelled in one way.
        judged: int [k], the frames that the labels judge, ascending; None: all of the film.
        judged_by: how that is known: ALL, LABELLED or LISTED.
    """

    faces: pd.DataFrame
    judged: np.ndarray | None
    judged_by: str


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
        return FilmLabels(faces, labelled_frames(pd.concat([ranges, faces])), LISTED)
    if are_of_single_frames(faces):
        return FilmLabels(*align_single_frames(faces, labelled_frames(faces)), LABELLED)
    return FilmLabels(faces, None, ALL)


def check_drawn_size(
    path: Path, labels: FilmLabels, detections: pd.DataFrame, tracks: pd.DataFrame
) -> None:
    """Warn where labels lie on the faces only if they are enlarged, or reduced.

    Args:
        path: faces.csv, for the message.
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
            path,
            factor,
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
