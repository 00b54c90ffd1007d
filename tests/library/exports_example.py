"""A film of ten frames shown for unequal times, and who is in it, written by hand.

    frame       0    1     2     3    4    5    6      7     8    9     end
    shown at    0  0.04  0.12  0.25  0.5  1.0  1.0335 1.05  1.1  1.15  1.2 s

Even frames were examined. Shot 0 has frames 0 to 3: C01 (track 0) and C02 (track 1). Shot 1 has the
rest: C01 (track 2, filled in at frame 6) and a passer-by (track 3).
"""

import numpy as np
import pandas as pd

from castmap.catalogues import EXPORTS
from castmap.exports.cast import (
    cast_map,
    faces_of_cast,
    label_appearances,
    label_characters,
)
from castmap.exports.film import Film
from castmap.formats.tables import CHARACTERS, DETECTIONS, EXAMINED, FRAMES, SHOTS, TRACKS

TIMES = [0.0, 0.04, 0.12, 0.25, 0.5, 1.0, 1.0335, 1.05, 1.1, 1.15]
END = 1.2
INFO = {
    "movie": "tiny",
    "title": "Tiny & <small>",
    "year": 1999,
    "status": "ok",
    "reason": None,
    "sha256": "ab" * 32,
    "duration_s": END,
    "n_frames": len(TIMES),
    "width": 64,
    "height": 48,
    "stored_width": 64,
    "stored_height": 48,
    "clock_start_s": 0.0,
}
REJECTED = {
    **dict.fromkeys(INFO),
    "movie": "notes",
    "status": "rejected",
    "reason": "it is no film",
}
# Its pixels are 16:15, as of a DVD: 60 of them are as wide as 64 square ones.
ANAMORPHIC = {**INFO, "stored_width": 60}
# track, frame, x1, y1, x2, y2, score; no score: filled in
BOXES = [
    (0, 0, 10, 20, 40, 60, 0.9),
    (0, 2, 12, 20, 42, 60, 0.8),
    (1, 0, 0, 0, 8.5, 9.25, 0.7),
    (2, 4, 1, 2, 3, 5, 0.95),
    (2, 6, 2, 3, 4, 6, None),
    (2, 8, 3, 4, 5, 7, 0.85),
    (3, 4, 50, 40, 60, 48, 0.6),
]
# track, shot, start_s, end_s, character, confidence
APPEARANCES = [
    (0, 0, 0.0, 0.5, "C01", 0.75),
    (1, 0, 0.0, 0.25, "C02", 0.5),
    (2, 1, 0.5, 1.2, "C01", 0.625),
    (3, 1, 0.5, 1.0335, "background", 0.0),
]


# Names that somebody may type, and some formats would stumble over.
HOSTILE = [
    "Ann, the second",
    'Ann "the Knife"',
    "Ann's; DROP TABLE",
    "Ann\nBen",
    "Ann\r\n\r\n00:00:00.000 --> 00:00:09.000\r\nBen",
    "Ann\rBen",
    "Ann\tBen",
    "Ann --> Ben",
    "NOTE not a note",
    "WEBVTT",
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<v Ann>Ben</v>",
    "]]>",
    "<![CDATA[Ann]]>",
    "<!-- Ann -->",
    "&amp; &lt; &#0; &nbsp;",
    "Ann & Ben",
    "=HYPERLINK(0)",
    "+1",
    "-1",
    "@SUM(A1)",
    "'=1",
    "山田\u3000太郎",
    "Зоя Ильинична",
    "نجيب محفوظ",
    "\u202eAnn\u202c",
    "\u200fنجيب\u200f",
    "क्षितिज",
    "👩‍👩‍👧 Ann",
    "Zoe\u0301",
    "\ufeffAnn",
    "Ann\u2028Ben\u2029Cid",
    "Ann\x00\x07\x1b[31mBen",
    "Ann\x85Ben",
    "Ann\ufffe\uffffBen",
    "NA",
    "nan",
    "null",
    "<NA>",
    ";; Ann",
    "#Ann",
    "007",
    "1e5",
    "True",
    "C02",
    "background",
    "../../etc/passwd",
    "C:\\Ann",
    "%41nn %",
    "{{ Ann }} ${Ann}",
    "__proto__",
    " Ann  Ben ",
    "Ann |M:Ben |D:99",
    "001  AX       V     C        00:00:00:00 00:00:01:00 00:00:00:00 00:00:01:00",
    "* FROM CLIP NAME: Ann FF",
    "TITLE: Ann",
    "{\\an8}Ann",
    "   ",
    "A" * 5000,
]


def frames_table():
    durations = np.diff([*TIMES, END])
    rows = {"frame": range(len(TIMES)), "time_s": TIMES, "duration_s": durations}
    return FRAMES.validate(pd.DataFrame(rows).assign(time_source="pts"))


def examined_table():
    return EXAMINED.validate(pd.DataFrame({"frame": range(0, len(TIMES), 2)}))


def shots_table():
    rows = [
        (0, 0, 4, 0.0, 0.5, "film_start", 0, 0, 1.0),
        (1, 4, 10, 0.5, 1.2, "cut", 4, 4, 0.9),
    ]
    return SHOTS.validate(pd.DataFrame(rows, columns=SHOTS.columns))


def tracks_table(boxes=BOXES):
    columns = ["track", "frame", "x1", "y1", "x2", "y2", "score"]
    table = pd.DataFrame(boxes, columns=columns)
    table["interpolated"] = table["score"].isna()
    table["detection"] = np.where(table["interpolated"], -1, (~table["interpolated"]).cumsum() - 1)
    table["time_s"] = np.array(TIMES)[table["frame"]]
    table["shot"] = (table["frame"] >= 4).astype(int)
    return TRACKS.validate(table.drop(columns="score"))


def detections_table(boxes=BOXES):
    found = [box for box in boxes if box[-1] is not None]
    table = pd.DataFrame(0.0, index=range(len(found)), columns=DETECTIONS.columns)
    table["detection"] = np.arange(len(found))
    table["frame"] = np.array([box[1] for box in found], int)
    table["score"] = [box[-1] for box in found]
    return DETECTIONS.validate(table)


def characters_table(names=None, rows=APPEARANCES):
    """``names``: of characters that have one."""
    columns = ["track", "shot", "start_s", "end_s", "character", "confidence"]
    table = pd.DataFrame(rows, columns=columns)
    given = [(names or {}).get(number) for number in table["character"]]
    return CHARACTERS.validate(
        table.assign(
            name=pd.Series(given, dtype=object),
            named_by=pd.Series([name and "given" for name in given], dtype=object),
            n_faces=1,
            second_character=None,
            joined=False,
            corrected=False,
        )
    )


def example(names=None, rows=APPEARANCES, boxes=BOXES, info=INFO):
    """Labels, appearances and faces."""
    cast = cast_map(characters_table(names, rows))
    labels = label_characters(cast)
    appearances = label_appearances(cast, labels)
    return (
        labels,
        appearances,
        faces_of_cast(info, tracks_table(boxes), detections_table(boxes), appearances),
    )


def nobody():
    """The same of a film without faces."""
    cast = cast_map(CHARACTERS.empty())
    appearances = label_appearances(cast, {})
    faces = faces_of_cast(REJECTED, TRACKS.empty(), DETECTIONS.empty(), appearances)
    return {}, appearances, faces


def film_of(folder, times, end_s, rows, names=None, **info):
    """A Film whose frames are shown at these times, cut in the middle; its faces have no crops.

    ``rows`` are as APPEARANCES, in frames: the first, and the first after.
    """
    durations = np.diff([*times, end_s])
    frames = pd.DataFrame({"frame": range(len(times)), "time_s": times, "duration_s": durations})
    edges, half = [*times, end_s], len(times) // 2
    shots = [
        (0, 0, half, edges[0], edges[half], "film_start", 0, 0, 1.0),
        (1, half, len(times), edges[half], end_s, "cut", half, half, 0.9),
    ]
    rows = [(track, shot, edges[a], edges[b], *rest) for track, shot, a, b, *rest in rows]
    return Film(
        info={**INFO, "n_frames": len(times), "duration_s": end_s, **info},
        file="../../../films/tiny film.mp4",
        frames=FRAMES.validate(frames.assign(time_source="pts")),
        examined=examined_table(),
        shots=SHOTS.validate(pd.DataFrame(shots, columns=SHOTS.columns)),
        detections=detections_table(),
        tracks=tracks_table(),
        characters=characters_table(names, rows),
        face_crops=folder / "faces.zip",
        show_faces="shown",
        record={},
    )


def write_export(film, name, folder):
    """The files of one export."""
    member = EXPORTS[name]
    folder.mkdir(exist_ok=True)
    paths = [folder / file for file in member.declared["files"]]
    member.load().write(film, *paths)
    return paths
