"""MOTChallenge: frame, id, left, top, width, height, confidence, and three unused numbers.

The format counts frames from 1, and the pixel in the upper left corner is (1, 1).
"""

from pathlib import Path

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_text
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 110,
    "files": ["tracks.mot.txt"],
    "opens_in": "TrackEval, py-motmetrics and what reads MOTChallenge",
    "how": "boxes, by frame and character",
    "frames": "from **1**",
    "pixels": "from **1**: the upper left pixel is (1, 1)",
}


def write(film: Film, path: Path) -> None:
    """Write a line for each box."""
    write_text(path, build_mot(film.faces))


def build_mot(faces: pd.DataFrame) -> str:
    """A line for each box, by frame and id; the id is the character's.

    No id may stand twice in one frame: of two boxes of one character the more certain is kept.

    Args:
        faces: see cast.faces_of_cast.
    """
    order = faces.sort_values(
        ["frame", "id", "score", "track"], ascending=[True, True, False, True]
    )
    lines = [
        f"{row.frame + 1},{row.id},{row.x1 + 1:.2f},{row.y1 + 1:.2f},"
        f"{row.x2 - row.x1:.2f},{row.y2 - row.y1:.2f},{row.score:.4f},-1,-1,-1\n"
        for row in rows_of(order.drop_duplicates(["frame", "id"]))
    ]
    return "".join(lines)
