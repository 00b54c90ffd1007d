"""CSV: the shots as a table, in seconds, frames and time codes."""

from pathlib import Path

import pandas as pd

from castmap.exports.film import Film
from castmap.exports.frame_rate import FrameRate
from castmap.files.results import write_csv
from castmap.formats.tables import SHOT_LIST

MEMBER = {
    "order": 15,
    "files": ["shots.csv"],
    "opens_in": "spreadsheets, R, pandas",
    "how": "the shots as a table: [shot_list](output.md#shot_list)",
    "frames": "from 0",
    "times": "seconds, rounded to milliseconds; time codes `hh:mm:ss:ff`, if the rate is constant",
}


def write(film: Film, path: Path) -> None:
    """Write the SHOT_LIST table."""
    write_csv(path, SHOT_LIST, list_shots(film.shots, film.rate))


def list_shots(shots: pd.DataFrame, rate: FrameRate | None) -> pd.DataFrame:
    """The SHOT_LIST table.

    Args:
        shots: the SHOTS table.
        rate: of the film; without one there are no time codes.
    """
    codes = {
        f"{end}_timecode": pd.Series(
            [rate.timecode(frame) if rate else None for frame in shots[f"{end}_frame"]],
            dtype=object,
        )
        for end in ("start", "end")
    }
    listed = shots.assign(**codes)[SHOT_LIST.columns].astype({"score": float})
    return listed.round({"start_s": 3, "end_s": 3, "score": 3})
