"""VGG Image Annotator 3: the appearances as temporal segments of the film.

VIA runs in a browser, so times are those of the film's own clock: see cast.on_browser_clock.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from castmap.exports.film import Film
from castmap.files.whole import write_json
from castmap.formats.tables import rows_of

MEMBER = {
    "order": 50,
    "files": ["cast_map.via.json"],
    "opens_in": "[VIA 3](https://www.robots.ox.ac.uk/~vgg/software/via/) video annotator",
    "how": "Open project, then choose the film when VIA asks for it. A timeline for each character",
    "times": "seconds, rounded to milliseconds",
}

_TEXT, _VIDEO, _LOCAL = 1, 4, 1


def write(film: Film, path: Path) -> None:
    """Write the project."""
    write_json(path, build_via(film.info, film.played, film.file))


def build_via(info: Mapping, appearances: pd.DataFrame, film: str) -> dict:
    """A project of one video; times in seconds, to the millisecond, as VIA keeps them.

    Args:
        info: movie.json.
        appearances: see cast.label_appearances.
        film: the video file; VIA asks for it by its name.
    """
    return {
        "project": {
            # VIA replaces these three when a project is shared, and looks for them until then.
            "pid": "__VIA_PROJECT_ID__",
            "rev": "__VIA_PROJECT_REV_ID__",
            "rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__",
            "pname": info["movie"],
            "creator": "castmap",
            "created": 0,
            "data_format_version": "3.1.1",
            "vid_list": ["1"],
        },
        "config": {
            "file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}},
            "ui": {
                "file_content_align": "center",
                "file_metadata_editor_visible": True,
                "spatial_metadata_editor_visible": False,
                "temporal_segment_metadata_editor_visible": True,
                "spatial_region_label_attribute_id": "",
                "gtimeline_visible_row_count": "4",
            },
        },
        "attribute": {
            "1": {
                "aname": "character",
                "anchor_id": "FILE1_Z2_XY0",  # a segment of time
                # Text, not a list to choose from: VIA writes the choices into its page as HTML.
                "type": _TEXT,
                "desc": "who is seen",
                "options": {},
                "default_option_id": "",
            }
        },
        "file": {
            "1": {
                "fid": "1",
                "fname": PurePosixPath(film).name,
                "type": _VIDEO,
                "loc": _LOCAL,
                "src": "",
            }
        },
        "metadata": {
            f"1_{row.track:08d}": {
                "vid": "1",
                "flg": 0,
                "z": [row.start_ms / 1000, row.end_ms / 1000],
                "xy": [],
                "av": {"1": row.label},
            }
            for row in rows_of(appearances)
        },
        "view": {"1": {"fid_list": ["1"]}},
    }
