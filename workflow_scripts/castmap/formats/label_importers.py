"""Face labels that other tools wrote, as castmap's own: one row per labelled box.

Each reader takes a file's text, and which film is meant where it is of several. Frames become
0-based, boxes half-open pixels. A box without a name is left out and counted; one that the file
says is of somebody unknown is kept as of somebody who is not named (see label_names).
"""

from collections.abc import Callable
from types import MappingProxyType

import pandas as pd

from castmap.formats.label_names import SOMEBODY
from castmap.formats.labels import Labels, table_of
from castmap.formats.labels_cvat import read_cvat
from castmap.formats.labels_mot import read_mot
from castmap.formats.labels_via import read_via

READERS: MappingProxyType[str, Callable[[str, str | None], Labels]] = MappingProxyType(
    {"mot": read_mot, "cvat": read_cvat, "via": read_via}
)


def faces_of_tracks(tracks: pd.DataFrame, people: pd.Series) -> pd.DataFrame:
    """The labels that tracks make; those without a name are of somebody who is not named.

    Args:
        tracks: the TRACKS table.
        people: by track number, the name of its person or a missing value.
    """
    named = tracks.assign(person=tracks["track"].map(people).fillna(SOMEBODY))
    return table_of(named[["person", "frame", "x1", "y1", "x2", "y2"]].itertuples(index=False))
