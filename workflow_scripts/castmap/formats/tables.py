"""The tables that stages hand to each other: columns, types, units, and the check that they hold.

Each schema is a pyarrow schema whose fields carry a unit and a description, so the Parquet file
documents itself and ``docs/output.md`` quotes it.

Conventions, everywhere: frames are 0-based indices of decoded frames; intervals are half-open;
boxes are ``x1, y1, x2, y2`` in pixels of the film's display (see video.geometry); times are seconds
from the start of the container, taken from presentation timestamps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
import pyarrow as pa


class TableError(ValueError):
    """A table does not have the columns, types or values its schema promises."""


@dataclass(frozen=True)
class TableSchema:
    """One table: its name, what a row is, its columns, and the columns that identify a row."""

    name: str
    row: str
    arrow: pa.Schema
    key: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """Column names, in file order."""
        return self.arrow.names

    def empty(self) -> pd.DataFrame:
        """A table of no rows with the right column types."""
        return self.arrow.empty_table().to_pandas()

    def to_arrow(self, table: pd.DataFrame) -> pa.Table:
        """Check ``table`` against the schema and convert it.

        Raises:
            TableError: columns missing or unknown, a value that does not fit its type, a missing
                value where none is allowed, or two rows with the same key.
        """
        missing = [name for name in self.columns if name not in table.columns]
        unknown = [name for name in table.columns if name not in self.columns]
        if missing or unknown:
            raise TableError(
                f"{self.name}: missing columns {missing}, unknown columns {unknown}; "
                f"the columns are {self.columns}"
            )
        for field in self.arrow:
            if not field.nullable and table[field.name].isna().any():
                raise TableError(f"{self.name}: column {field.name} has missing values")
        try:
            arrow = pa.Table.from_pandas(
                table[self.columns], schema=self.arrow, preserve_index=False
            )
        except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
            raise TableError(f"{self.name}: {error}") from error
        duplicated = table.duplicated(list(self.key))
        if duplicated.any():
            first = table.loc[duplicated, list(self.key)].iloc[0].to_dict()
            raise TableError(f"{self.name}: two rows with the same key {first}")
        return arrow

    def validate(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return ``table`` with the schema's column order and types, or raise TableError."""
        return self.to_arrow(table).to_pandas()


def rows_of(table: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, with its columns as attributes; their types are those of its schema."""
    return table.itertuples()


def _field(name: str, kind: pa.DataType, unit: str, text: str, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable, {"unit": unit, "description": text})


_INT, _REAL, _TIME, _TEXT, _FLAG = pa.int32(), pa.float32(), pa.float64(), pa.string(), pa.bool_()

_BOX = [
    _field("x1", _REAL, "px", "left edge"),
    _field("y1", _REAL, "px", "top edge"),
    _field("x2", _REAL, "px", "right edge (exclusive)"),
    _field("y2", _REAL, "px", "bottom edge (exclusive)"),
]
LANDMARKS = ("eye_left", "eye_right", "nose", "mouth_left", "mouth_right")
LANDMARK_COLUMNS = tuple(f"{name}_{axis}" for name in LANDMARKS for axis in "xy")
BOX_COLUMNS = ("x1", "y1", "x2", "y2")

FRAMES = TableSchema(
    "frames",
    "one decoded frame of the film",
    pa.schema(
        [
            _field("frame", _INT, "0-based index", "position among the decoded frames"),
            _field("time_s", _TIME, "s", "when the frame is first shown"),
            _field("duration_s", _TIME, "s", "how long it is shown: up to the next frame"),
            _field("time_source", _TEXT, "pts | interpolated", "where time_s comes from"),
        ]
    ),
    ("frame",),
)

SHOTS = TableSchema(
    "shots",
    "one shot; shots cover the film without gaps or overlaps",
    pa.schema(
        [
            _field("shot", _INT, "0-based index", "position among the shots"),
            _field("start_frame", _INT, "frame", "first frame of the shot"),
            _field("end_frame", _INT, "frame", "first frame after the shot"),
            _field("start_s", _TIME, "s", "when the first frame is shown"),
            _field("end_s", _TIME, "s", "when the last frame is no longer shown"),
            _field("boundary", _TEXT, "film_start | cut | gradual", "how the shot begins"),
            _field(
                "transition_start_frame",
                _INT,
                "frame",
                "first frame of the transition into the shot (a cut: start_frame)",
            ),
            _field(
                "transition_end_frame",
                _INT,
                "frame",
                "first frame after the transition into the shot (a cut: start_frame)",
            ),
            _field("score", _REAL, "0..1", "strength of the boundary; 1 for the film's start"),
        ]
    ),
    ("shot",),
)

EXAMINED = TableSchema(
    "examined",
    "one frame that was searched for faces",
    pa.schema([_field("frame", _INT, "frame", "its number; frames between them were skipped")]),
    ("frame",),
)

DETECTIONS = TableSchema(
    "detections",
    "one face found in one examined frame",
    pa.schema(
        [
            _field("detection", _INT, "0-based index", "row number; its crop is %08d.jpg"),
            _field("frame", _INT, "frame", "the frame it was found in"),
            _field("time_s", _TIME, "s", "when that frame is shown"),
            *_BOX,
            _field("score", _REAL, "0..1", "the detector's confidence"),
            *[
                _field(
                    name,
                    _REAL,
                    "px",
                    f"{name[:-2].replace('_', ' ')}, {name[-1]} (left as the viewer sees it)",
                )
                for name in LANDMARK_COLUMNS
            ],
            _field("size_px", _REAL, "px", "geometric mean of the box's width and height"),
            _field("blur", _REAL, "grey levels squared", "variance of the crop's Laplacian"),
            _field(
                "yaw",
                _REAL,
                "eye distances",
                "nose offset from the midpoint of the eyes, along the eye line; 0 is frontal",
            ),
        ]
    ),
    ("detection",),
)

TRACKS = TableSchema(
    "tracks",
    "one face of one track in one examined frame",
    pa.schema(
        [
            _field(
                "track",
                _INT,
                "0-based index",
                "the track, numbered by first appearance; one that a correction cut off has a "
                "number after these",
            ),
            _field("shot", _INT, "shot", "the shot it lies in; a track never leaves its shot"),
            _field("frame", _INT, "frame", "the examined frame"),
            _field("time_s", _TIME, "s", "when that frame is shown"),
            _field("detection", _INT, "detection", "the detected face; -1 where interpolated"),
            *_BOX,
            _field("interpolated", _FLAG, "", "the box was filled in between two detections"),
        ]
    ),
    ("track", "frame"),
)

TRACKLETS = TableSchema(
    "tracklets",
    "one detected face of a track that was split into tracklets",
    pa.schema(
        [
            _field("track", _INT, "track", "the track"),
            _field("tracklet", _INT, "0-based index", "the tracklet, numbered by its first face"),
            _field("detection", _INT, "detection", "the face"),
        ]
    ),
    ("detection",),
)

_PAIR = [
    _field("track", _INT, "track", "the track with the smaller number"),
    _field("other_track", _INT, "track", "the other track"),
    _field("first_frame", _INT, "frame", "the first examined frame they share"),
]

COOCCURRENCE = TableSchema(
    "cooccurrence",
    "two tracks that share an examined frame",
    pa.schema(
        [
            *_PAIR,
            _field("n_frames", _INT, "frames", "examined frames they share"),
            _field("max_iou", _REAL, "0..1", "largest overlap of their boxes in one frame"),
            _field("distance", _REAL, "cosine distance, 0..2", "between their pooled embeddings"),
            _field(
                "kind",
                _TEXT,
                "cannot-link | duplicate | handover | impossible",
                "two people; one face found twice (overlap); one begins as the other ends; or "
                "listed as impossible negatives",
            ),
        ]
    ),
    ("track", "other_track"),
)

MUST_LINKS = TableSchema(
    "must_links",
    "two tracks that are one person, by what the film shows",
    pa.schema(
        [
            *_PAIR[:2],
            _field("kind", _TEXT, "threading", "why: the place in shot, reverse shot, shot"),
            _field("iou", _REAL, "0..1", "overlap of the first's last box and the other's first"),
            _field("distance", _REAL, "cosine distance, 0..2", "between their pooled embeddings"),
            _field("detection", _INT, "detection", "the last face of the first track"),
            _field("other_detection", _INT, "detection", "the first face of the other track"),
            _field("kept", _FLAG, "", "false: it contradicts a cannot-link and is not used"),
            _field(
                "against_track",
                _INT,
                "track",
                "a track of the cannot-link that it contradicts; none if it is kept",
                nullable=True,
            ),
            _field("against_other_track", _INT, "track", "the other one", nullable=True),
        ]
    ),
    ("track", "other_track"),
)

HARD_EXAMPLES = TableSchema(
    "hard_examples",
    "one tracklet of a track that has a cannot-link, or is connected with one by must-links",
    pa.schema(
        [
            _field("track", _INT, "track", "the track"),
            _field("tracklet", _INT, "tracklet", "the tracklet"),
            _field("positive_track", _INT, "track", "the track, or one that must-links connect"),
            _field("positive_tracklet", _INT, "tracklet", "its tracklet that is farthest from it"),
            _field("positive_distance", _REAL, "cosine distance, 0..2", "to that tracklet"),
            _field("negative_track", _INT, "track", "the nearest of their cannot-links"),
            _field("negative_detection", _INT, "detection", "its nearest face"),
            _field("negative_distance", _REAL, "cosine distance, 0..2", "to that face"),
            _field("hardness", _REAL, "-2..2", "positive_distance - negative_distance"),
            _field("kept", _FLAG, "", "hard enough to be trained on"),
        ]
    ),
    ("track", "tracklet"),
)

IMPOSSIBLE_NEGATIVES = TableSchema(
    "impossible_negatives",
    "two tracks that share a frame and look like one person: a mirror, a screen, a picture",
    pa.schema(
        [
            *_PAIR,
            _field("time_s", _TIME, "s", "when that frame is shown"),
            _field("distance", _REAL, "cosine distance, 0..2", "between their pooled embeddings"),
            _field("detection", _INT, "detection", "a face of the first track, near that frame"),
            _field("other_detection", _INT, "detection", "a face of the other track, near it"),
        ]
    ),
    ("track", "other_track"),
)

HISTORY = TableSchema(
    "history",
    "one step of a training",
    pa.schema(
        [
            _field("step", _INT, "1-based", "which batch"),
            _field("loss", _TIME, "", "of the batch, without L2-SP"),
        ]
    ),
    ("step",),
)

# What the column ``character`` says of a track that is in no character.
BACKGROUND, UNCERTAIN, NOT_A_FACE = "background", "uncertain", "not_a_face"
UNASSIGNED_LABELS = (BACKGROUND, UNCERTAIN, NOT_A_FACE)

_CLUSTER = [
    _field("track", _INT, "track", "the track"),
    _field("shot", _INT, "shot", "the shot it lies in"),
    _field("start_s", _TIME, "s", "start of the appearance"),
    _field("end_s", _TIME, "s", "end of the appearance (exclusive)"),
    _field("n_faces", _INT, "faces", "detected faces in the track"),
    _field(
        "character",
        _TEXT,
        f"C01, C02, ... | {' | '.join(UNASSIGNED_LABELS)}",
        "numbered by screen time, longest first; background: seen too little to be a "
        "character; uncertain: too poor a face to say whose; not_a_face: a false alarm",
    ),
    _field(
        "confidence",
        _REAL,
        "0..1",
        "the probability that the track is of the person whom its character mostly shows; 0 if it "
        "is in none",
    ),
    _field(
        "second_character",
        _TEXT,
        "C01, C02, ...",
        "the nearest other character that the track may be; none if it may be no other",
        nullable=True,
    ),
    _field(
        "joined",
        _FLAG,
        "",
        "true: the track joined a character that others had founded",
    ),
]

CLUSTERS = TableSchema(
    "clusters", "one track, as castmap found it", pa.schema(_CLUSTER), ("track",)
)

GIVEN, CERTAIN, PROPOSED, UNKNOWN = "given", "certain", "proposed", "unknown"

_NAMES = [
    _field("name", _TEXT, "", "what the character is called; none if that is unknown", True),
    _field(
        "named_by",
        _TEXT,
        f"{GIVEN} | {CERTAIN}",
        "given: somebody said so; certain: a known person's faces did; none without a name",
        nullable=True,
    ),
]

CORRECTED = TableSchema(
    "corrected",
    "one track, as castmap found it and people corrected it; known people are not named yet",
    pa.schema(
        [
            *_CLUSTER,
            _field("name", _TEXT, "", "what somebody called the character", nullable=True),
            _field("corrected", _FLAG, "", "see characters"),
        ]
    ),
    ("track",),
)

CHARACTERS = TableSchema(
    "characters",
    "one track, as castmap found it and people corrected it",
    pa.schema(
        [
            *_CLUSTER,
            *_NAMES,
            _field("corrected", _FLAG, "", "true: a correction says something of this very track"),
        ]
    ),
    ("track",),
)

CAST_MAP = TableSchema(
    "cast_map",
    "one appearance of one character: one track",
    pa.schema(
        [
            _field("character", _TEXT, "C01, C02, ...", "see clusters"),
            *_NAMES,
            _field("start_s", _TIME, "s", "start of the appearance"),
            _field("end_s", _TIME, "s", "end of the appearance (exclusive)"),
            _field("shot", _INT, "shot", "the shot it lies in"),
            _field("track", _INT, "track", "the track"),
            _field("confidence", _REAL, "0..1", "see clusters"),
        ]
    ),
    ("track",),
)

SHOT_LIST = TableSchema(
    "shot_list",
    "one shot, for people and editors (`shots.csv` of the exports)",
    pa.schema(
        [
            _field("shot", _INT, "0-based index", "see shots"),
            _field("start_s", _TIME, "s", "see shots"),
            _field("end_s", _TIME, "s", "see shots"),
            _field("start_frame", _INT, "frame", "first frame of the shot"),
            _field("end_frame", _INT, "frame", "first frame after the shot (exclusive)"),
            _field(
                "start_timecode",
                _TEXT,
                "hh:mm:ss:ff",
                "of start_frame, from 00:00:00:00; hh:mm:ss;ff where frames are dropped (29.97 and "
                "59.94 frames/s); empty where the frame rate is not constant",
                nullable=True,
            ),
            _field("end_timecode", _TEXT, "hh:mm:ss:ff", "of end_frame", nullable=True),
            _field("boundary", _TEXT, "film_start | cut | gradual", "how the shot begins"),
            _field("transition_start_frame", _INT, "frame", "see shots"),
            _field("transition_end_frame", _INT, "frame", "see shots"),
            _field("score", _REAL, "0..1", "see shots"),
        ]
    ),
    ("shot",),
)

CLIPS = TableSchema(
    "clips",
    "one appearance in a clip that `castmap clips` made (`clips.csv` beside the clips)",
    pa.schema(
        [
            _field("clip", _TEXT, "file name", "the clip that shows it; one may show several"),
            _field("clip_start_s", _TIME, "s", "what is shown first in the clip, in the film"),
            _field("clip_end_s", _TIME, "s", "when the clip's last frame ends, in the film"),
            _field("track", _INT, "track", "the appearance: a track"),
            _field("start_s", _TIME, "s", "start of the appearance, in the film"),
            _field("end_s", _TIME, "s", "end of the appearance, in the film (exclusive)"),
            _field("in_clip_s", _TIME, "s", "start of the appearance, in the clip"),
        ]
    ),
    ("track",),
)

CORRECTIONS = TableSchema(
    "corrections",
    "one thing that somebody said of one face; rows are added, never changed",
    pa.schema(
        [
            _field("operation", _INT, "1-based", "rows of one click share it"),
            _field("made_at", _TEXT, "UTC, 2026-01-31T12:00:00Z", "when it was said"),
            _field(
                "action",
                _TEXT,
                "merge | move | split | different | not_a_face | background | name | refuse | "
                "cut_track | cut_shot | join_shots | undo",
                "merge: the characters of both faces are one person; move: the track of the face "
                "belongs with the track of the other; split: the tracks of this operation are one "
                "person, and not that of the other face; different: the tracks of both faces are "
                "two people; not_a_face, background: the track is no character's; name: of the "
                "face's character; refuse: the face's character is not the person of that name; "
                "cut_track: the track of the face ends before it, and another one begins with it; "
                "cut_shot: a shot begins at time_s; join_shots: the shot that begins at time_s and "
                "the one before it are one (these two have no box); undo: of a whole operation",
            ),
            *[
                _field(f"{prefix}{column}", _TIME, unit, text.format(face), nullable=True)
                for prefix, face in (("", "the face"), ("other_", "the other face"))
                for column, unit, text in (
                    ("time_s", "s", "when {} is shown"),
                    ("x1", "0..1 of the frame's width", "left edge of {}"),
                    ("y1", "0..1 of its height", "top edge of {}"),
                    ("x2", "0..1 of its width", "right edge of {}"),
                    ("y2", "0..1 of its height", "bottom edge of {}"),
                )
            ],
            _field("name", _TEXT, "", "of name and refuse: what somebody is called", nullable=True),
            _field("undoes", _INT, "operation", "of an undo: what no longer holds", nullable=True),
        ]
    ),
    ("operation", "time_s", "x1", "y1"),
)

REVIEW = TableSchema(
    "review",
    "one question to a person who corrects the film",
    pa.schema(
        [
            _field("question", _INT, "1-based", "its place: 1 saves most clicks"),
            _field(
                "kind",
                _TEXT,
                "merge | track | twice | name",
                "are two characters one; whose is a track; are two tracks, seen at once, of one "
                "person; is a character the known person of a name",
            ),
            _field("track", _INT, "track", "of a track, or of two: which", nullable=True),
            _field("other_track", _INT, "track", "of two: the other", nullable=True),
            _field("character", _TEXT, "see clusters", "what it is now; of a merge, one of two"),
            _field("other_character", _TEXT, "see clusters", "what else it may be", nullable=True),
            _field("name", _TEXT, "", "of a name: which is proposed", nullable=True),
            _field("clicks_saved", _REAL, "clicks", "how many an answer is expected to save"),
        ]
    ),
    ("question",),
)

KNOWN_FACES = TableSchema(
    "known_faces",
    "one face of a known person, from a picture of the gallery or from a film",
    pa.schema(
        [
            _field("face", _INT, "0-based index", "row number"),
            _field("name", _TEXT, "", "of the person"),
            _field("origin", _TEXT, "path | name of a film", "the picture, or the film"),
            _field("track", _INT, "track", "of the film; none of a picture", nullable=True),
            _field("detection", _INT, "detection", "of the film; none of a picture", True),
            _field("time_s", _TIME, "s", "when the film shows the face", nullable=True),
            _field("quality", _REAL, "0..1", "how much the face says about who it is"),
            _field(
                "embedding",
                pa.list_(_REAL),
                "unit vector",
                "by the pretrained network, the same for all films",
            ),
            _field("crop", pa.binary(), "JPEG, 112x112 px", "the aligned face"),
        ]
    ),
    ("face",),
)

NAMES = TableSchema(
    "names",
    "one character, and who it may be of the known people",
    pa.schema(
        [
            _field("character", _TEXT, "C01, C02, ...", "see clusters"),
            _field(
                "status",
                _TEXT,
                f"{GIVEN} | {CERTAIN} | {PROPOSED} | {UNKNOWN}",
                "given: somebody named it; certain: the name is used; proposed: it is only shown; "
                "unknown: it is nobody known",
            ),
            _field("name", _TEXT, "", "the name, if there is one", nullable=True),
            _field("probability", _TIME, "0..1", "that the name is right; 1 if given"),
            _field("second_name", _TEXT, "", "the most probable other", nullable=True),
            _field("second_probability", _TIME, "0..1", "of that"),
            _field("none_probability", _TIME, "0..1", "that it is nobody known"),
        ]
    ),
    ("character",),
)

NAME_EVIDENCE = TableSchema(
    "name_evidence",
    "a known face that speaks for the name of a character, beside a track of it",
    pa.schema(
        [
            _field("character", _TEXT, "C01, C02, ...", "see clusters"),
            _field("name", _TEXT, "", "certain or proposed"),
            _field("rank", _INT, "1-based", "1 is most like"),
            _field("origin", _TEXT, "path | name of a film", "see known_faces"),
            _field("time_s", _TIME, "s", "see known_faces", nullable=True),
            _field("track", _INT, "track", "of the character: the one that is most like the face"),
            _field("similarity", _REAL, "cosine, -1..1", "of the face and that track"),
            _field("crop", pa.binary(), "JPEG, 112x112 px", "the known face"),
        ]
    ),
    ("character", "name", "rank"),
)

PEOPLE = TableSchema(
    "people",
    "one character of one film",
    pa.schema(
        [
            _field("movie", _TEXT, "name", "the film"),
            _field("character", _TEXT, "C01, C02, ...", "see clusters"),
            _field("person", _TEXT, "P001, P002, ...", "the same in every film"),
            _field(
                "name",
                _TEXT,
                "",
                "what the person's characters are called; none if that is unknown",
                nullable=True,
            ),
            _field(
                "margin",
                _REAL,
                "0..1",
                "how much nearer the character is to its person than to the next",
            ),
        ]
    ),
    ("movie", "character"),
)

FAILURES = TableSchema(
    "failures",
    "one film without a cast map",
    pa.schema(
        [
            _field("movie", _TEXT, "name", "the film"),
            _field(
                "status",
                _TEXT,
                "rejected | no_faces | no_tracks | no_characters | failed",
                "rejected: the file is no film that can be read; no_faces: it shows no face; "
                "no_tracks, no_characters: faces were found, but no track, or none that is a "
                "character's; failed: a stage broke off, and the next run tries again",
            ),
            _field("stage", _TEXT, "name of a rule", "where it happened"),
            _field("reason", _TEXT, "", "one sentence; of a failure, what its log says"),
            _field("log", _TEXT, "path", "of a failure, the log to read", nullable=True),
        ]
    ),
    ("movie",),
)

SKIPPED = TableSchema(
    "skipped",
    "one entry of the film folder or the film sheet that is left out",
    pa.schema(
        [
            _field("path", _TEXT, "path", "the entry; the folder, where others are named together"),
            _field("reason", _TEXT, "", "one sentence"),
        ]
    ),
    ("path",),
)

TRUE_SHOTS = TableSchema(
    "true_shots",
    "labels: one true shot",
    pa.schema(
        [
            _field("start_frame", _INT, "frame", "first frame; of a dissolve, its middle"),
            _field("end_frame", _INT, "frame", "first frame after the shot"),
            _field("boundary", _TEXT, "film_start | cut | gradual", "how the shot begins"),
            _field("transition_start_frame", _INT, "frame", "first frame of the transition"),
            _field("transition_end_frame", _INT, "frame", "first frame after the transition"),
        ]
    ),
    ("start_frame",),
)

TRUE_FACES = TableSchema(
    "true_faces",
    "labels: the region one person's face stays in over a range of frames",
    pa.schema(
        [
            _field(
                "person",
                _TEXT,
                "name",
                "who it is; the same name in every film. unknown: somebody who is not named; "
                "ignore: not to be judged",
            ),
            _field("start_frame", _INT, "frame", "first frame of the range"),
            _field("end_frame", _INT, "frame", "first frame after the range"),
            *_BOX,
        ]
    ),
    # A person may be seen twice at once: in a mirror, on a split screen.
    ("person", "start_frame", "x1", "y1"),
)

JUDGED_FRAMES = TableSchema(
    "judged_frames",
    "labels: a range of labelled frames; whoever is not labelled there is not on screen",
    pa.schema(
        [
            _field("start_frame", _INT, "frame", "first frame of the range"),
            _field("end_frame", _INT, "frame", "first frame after the range"),
        ]
    ),
    ("start_frame",),
)

SCHEMAS = (
    FRAMES,
    SHOTS,
    EXAMINED,
    DETECTIONS,
    TRACKS,
    TRACKLETS,
    COOCCURRENCE,
    MUST_LINKS,
    HARD_EXAMPLES,
    IMPOSSIBLE_NEGATIVES,
    HISTORY,
    CLUSTERS,
    CORRECTED,
    CHARACTERS,
    CAST_MAP,
    SHOT_LIST,
    CLIPS,
    CORRECTIONS,
    REVIEW,
    KNOWN_FACES,
    NAMES,
    NAME_EVIDENCE,
    PEOPLE,
    FAILURES,
    SKIPPED,
    TRUE_SHOTS,
    TRUE_FACES,
    JUDGED_FRAMES,
)

# The type of each table, for the signature of a stage: it names the schema.
Frames = Annotated[pd.DataFrame, FRAMES]
Shots = Annotated[pd.DataFrame, SHOTS]
Examined = Annotated[pd.DataFrame, EXAMINED]
Detections = Annotated[pd.DataFrame, DETECTIONS]
Tracks = Annotated[pd.DataFrame, TRACKS]
Tracklets = Annotated[pd.DataFrame, TRACKLETS]
Cooccurrence = Annotated[pd.DataFrame, COOCCURRENCE]
MustLinks = Annotated[pd.DataFrame, MUST_LINKS]
HardExamples = Annotated[pd.DataFrame, HARD_EXAMPLES]
ImpossibleNegatives = Annotated[pd.DataFrame, IMPOSSIBLE_NEGATIVES]
History = Annotated[pd.DataFrame, HISTORY]
Clusters = Annotated[pd.DataFrame, CLUSTERS]
Corrected = Annotated[pd.DataFrame, CORRECTED]
Characters = Annotated[pd.DataFrame, CHARACTERS]
CastMap = Annotated[pd.DataFrame, CAST_MAP]
Corrections = Annotated[pd.DataFrame, CORRECTIONS]
Review = Annotated[pd.DataFrame, REVIEW]
KnownFaces = Annotated[pd.DataFrame, KNOWN_FACES]
Names = Annotated[pd.DataFrame, NAMES]
NameEvidence = Annotated[pd.DataFrame, NAME_EVIDENCE]
People = Annotated[pd.DataFrame, PEOPLE]
Failures = Annotated[pd.DataFrame, FAILURES]
Skipped = Annotated[pd.DataFrame, SKIPPED]
TrueShots = Annotated[pd.DataFrame, TRUE_SHOTS]
TrueFaces = Annotated[pd.DataFrame, TRUE_FACES]
JudgedFrames = Annotated[pd.DataFrame, JUDGED_FRAMES]
