"""Turn labels that another tool wrote into labels of a film.

Writes who is where in which frame (faces.csv), and what the file says of shots and of the frames
that somebody looked at, into the film's folder of labels. What is no box of a person is left out;
a warning says how much. docs/output.md says what the files hold, and which tools' files are read.

    castmap import-labels --format cvat --faces their.xml --out-labels resources/labels/my_film
"""

import argparse
import re
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io.matlab import MatReadError

from castmap.console import InputError, say
from castmap.evaluation.judged import are_of_single_frames, labelled_frames
from castmap.files.foreign import decode_foreign, read_foreign
from castmap.files.results import read_json, write_csv
from castmap.formats.kit_tracks import read_shots, read_tracks
from castmap.formats.label_importers import READERS, faces_of_tracks
from castmap.formats.label_names import is_named
from castmap.formats.labels import Labels
from castmap.formats.tables import BOX_COLUMNS, JUDGED_FRAMES, TRUE_FACES, TRUE_SHOTS
from castmap.stages.labels import JUDGED_FILE

_KIT = "kit"
_MOST_BYTES = 2**30  # labels of a long film have a tenth of it
_OTHER_SHAPE = 0.02


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap import-labels` takes."""
    parser.add_argument("--format", choices=[*READERS, _KIT], required=True)
    parser.add_argument("--faces", type=Path, required=True, help="the file of the other tool")
    parser.add_argument("--film", help="of a file of several: the task, or a part of its name")
    parser.add_argument("--shots", type=Path, help="kit only: the .videvents file")
    parser.add_argument(
        "--movie-info", type=Path, help="the film's movie.json: boxes are scaled to its size"
    )
    parser.add_argument(
        "--drawn-on", type=_size, metavar="WIDTHxHEIGHT", help="of pictures of unknown size"
    )
    parser.add_argument("--out-labels", type=Path, required=True, help="the film's labels folder")


def run(args: argparse.Namespace) -> int:
    """Read one file of labels, and write the folder."""
    labels, n_frames = _read_labels(args)
    faces = _scaled(labels, args)
    shots = _read_shots(args.shots, n_frames) if args.shots else None
    judged = _judged(labels)
    try:
        _write(args.out_labels, faces, judged, shots)
    except OSError as error:
        raise InputError(f"{args.out_labels}: cannot be written: {error.strerror}") from error
    people = faces.loc[is_named(faces["person"]), "person"]
    print(f"{args.out_labels}: {len(faces)} boxes of {people.nunique()} people")
    return 0


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 1280x720")
    return int(match[1]), int(match[2])


def _read_labels(args: argparse.Namespace) -> tuple[Labels, int]:
    """What the file says, which must be something, and how many frames it reaches over."""
    path, form = args.faces, args.format
    content = read_foreign(path, _MOST_BYTES)
    try:
        if form == _KIT:
            if args.film is not None:
                raise ValueError(f"--film {args.film}: KIT has one film in a file")
            tracks, people = _read_kit(path)
            labels, n_frames = Labels(faces_of_tracks(tracks, people)), tracks["frame"].max() + 1
        else:
            labels = READERS[form](decode_foreign(content), args.film)
            n_frames = labels.faces["end_frame"].max()
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not {form} labels: {error}") from error
    for reason, count in sorted(labels.left_out.items()):
        say(f"warning: {path}: {count} left out {reason}")
    if labels.faces.empty:
        reasons = ", ".join(f"{count} {reason}" for reason, count in labels.left_out.items())
        raise InputError(
            f"{path}: no box of anybody in these {form} labels; "
            + (f"left out: {reasons}" if reasons else "nothing is drawn in the file")
        )
    return labels, int(n_frames)


def _read_kit(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    try:
        with path.open("rb") as file:
            return read_tracks(file)
    except (MatReadError, NotImplementedError, AttributeError, OSError, zlib.error) as error:
        raise ValueError(str(error)) from error


def _scaled(labels: Labels, args: argparse.Namespace) -> pd.DataFrame:
    """The labels in pixels of the film, if the size of both is known."""
    drawn_on = args.drawn_on or labels.size
    if args.movie_info is None:
        if args.drawn_on:
            raise InputError("--drawn-on: say by --movie-info how large the film is, too")
        if drawn_on:
            size = "{}x{}".format(*drawn_on)
            say(f"drawn on pictures of {size}; is the film as large? If not: --movie-info")
        return labels.faces
    if drawn_on is None:
        raise InputError(
            f"{args.faces}: does not say how large its pictures are; say it by --drawn-on"
        )
    info = read_json(args.movie_info)
    try:
        across, down = info["width"] / drawn_on[0], info["height"] / drawn_on[1]
        shown = info["stored_width"] * drawn_on[1] / (info["stored_height"] * drawn_on[0])
    except (KeyError, TypeError) as error:
        raise InputError(f"{args.movie_info}: no movie.json of a film that was read") from error
    if min(abs(across / down - 1), abs(shown - 1)) > _OTHER_SHAPE:
        drawn, film = "{}x{}".format(*drawn_on), f"{info['width']}x{info['height']}"
        say(
            f"warning: {args.faces}: drawn on pictures of {drawn}, and the film has {film}, which "
            "is another shape"
        )
    if (across, down) != (1, 1):
        say(f"{args.faces}: boxes are multiplied by {across:.4g} and {down:.4g}")
    factors = dict(zip(BOX_COLUMNS, (across, down) * 2, strict=True))
    return labels.faces.assign(**{edge: labels.faces[edge] * f for edge, f in factors.items()})


def _judged(labels: Labels) -> pd.DataFrame | None:
    """The frames that the file says somebody looked at, if that may be believed.

    Pictures and frames of a task are listed all, whether the annotator came to them or not: where
    they are a whole film of which single frames are labelled, only these were judged.
    """
    listed = labels.judged
    if listed is None:
        return None
    listed = np.union1d(listed, labelled_frames(labels.faces))
    neighbours = 2 * (np.diff(listed) == 1).sum() > len(listed)
    if neighbours and are_of_single_frames(labels.faces, listed):
        say("labels of single frames: only these are judged, not all that the file lists")
        return None
    ends = np.flatnonzero(np.diff(listed) > 1)
    starts = listed[np.concatenate([[0], ends + 1])]
    return pd.DataFrame(
        {"start_frame": starts, "end_frame": np.append(listed[ends], listed[-1]) + 1}
    )


def _read_shots(path: Path, n_frames: int) -> pd.DataFrame:
    try:
        return read_shots(decode_foreign(read_foreign(path, _MOST_BYTES)), n_frames)[
            TRUE_SHOTS.columns
        ]
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: {error}") from error


def _write(
    folder: Path, faces: pd.DataFrame, judged: pd.DataFrame | None, shots: pd.DataFrame | None
) -> None:
    """Write the folder; a list of judged frames that was there before is of other labels."""
    write_csv(folder / "faces.csv", TRUE_FACES, faces)
    if judged is None:
        (folder / JUDGED_FILE).unlink(missing_ok=True)
    else:
        write_csv(folder / JUDGED_FILE, JUDGED_FRAMES, judged)
    if shots is not None:
        write_csv(folder / "shots.csv", TRUE_SHOTS, shots)
