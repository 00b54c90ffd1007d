"""Print how far "seen at the same time means different people" holds in real episodes.

The episodes are face tracks (boxes and names, no pixels) as KIT publishes them.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

from castmap.formats.kit_tracks import read_tracks
from castmap.formats.printing import print_cells, to_markdown
from castmap.tracks.cooccurrence import CANNOT_LINK, DUPLICATE, HANDOVER, cooccurring_pairs

_SUFFIX = ".facetracks.mat"
_COUNTS = {
    "episode": "{episode}",
    "tracks": "{tracks:,}",
    "faces per track": "{faces_per_track:.1f}",
    "people": "{people:,}",
    "co-occurring tracks": "{cooccurring:,}",
    "cannot-link pairs": "{cannot_links:,}",
    "duplicates": "{duplicates:,}",
    "both named": "{named:,}",
    "same name": "{same:,}",
    "fails": "{fails:.2%}",
    "handovers": "{handovers:,}",
    "both of a name": "{handovers_named:,}",
    "of one name": "{handovers_same:,}",
}


def count_episode(path: Path) -> dict:
    with path.open("rb") as file:
        tracks, people = read_tracks(file)
    pairs = cooccurring_pairs(tracks)
    kinds = pairs["kind"]
    linked = pairs[kinds == CANNOT_LINK]
    one, other = (pairs[name].map(people) for name in ("track", "other_track"))
    named = one.notna() & other.notna()
    same = named & (one == other)
    return {
        "episode": path.name.removesuffix(_SUFFIX),
        "tracks": len(people),
        "faces": len(tracks),
        "people": people.nunique(),
        "cooccurring": pd.concat([linked["track"], linked["other_track"]]).nunique(),
        "cannot_links": len(linked),
        "duplicates": int((kinds == DUPLICATE).sum()),
        "named": int((named & (kinds == CANNOT_LINK)).sum()),
        "same": int((same & (kinds == CANNOT_LINK)).sum()),
        "handovers": int((kinds == HANDOVER).sum()),
        "handovers_named": int((named & (kinds == HANDOVER)).sum()),
        "handovers_same": int((same & (kinds == HANDOVER)).sum()),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the *.facetracks.mat files")
    args = parser.parse_args()
    paths = sorted(args.folder.glob(f"*{_SUFFIX}"))
    if not paths:
        sys.exit(f"{args.folder}: no *{_SUFFIX} here; name the folder that holds them")
    table = pd.DataFrame([count_episode(path) for path in paths])
    total = table.drop(columns="episode").sum().to_dict() | {"episode": "all", "people": None}
    table = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    table["faces_per_track"] = table["faces"] / table["tracks"]
    table["fails"] = table["same"] / table["named"]
    table["people"] = table["people"].astype("Int64")
    numbers = list(_COUNTS)[1:]
    print(to_markdown(print_cells(table, _COUNTS), "Face tracks of real episodes", "", numbers))


if __name__ == "__main__":
    main()
