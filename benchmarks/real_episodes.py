"""Print how far what castmap infers from who is seen when and where holds in real episodes.

That tracks seen at the same time are different people; that who is where somebody was two shots
before is that person (shot threading); and what the same place says in the next shot, and in the
third and fourth. The episodes are face tracks (boxes and names, no pixels) as KIT publishes them.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.composition.layouts import EVERY_NTH_FRAME, Layout, read_layout
from castmap.formats.printing import print_cells, to_markdown
from castmap.tracks.cooccurrence import (
    CANNOT_LINK,
    DUPLICATE,
    HANDOVER,
    cooccurring_pairs,
    find_cannot_links,
)
from castmap.tracks.must_links import THREADING, judge_must_links
from castmap.tracks.shot_threads import MIN_IOU, find_threads

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


_IOU_EDGES = (0.3, 0.5, 0.6, 0.7, 0.8, 1.0)
_SHOTS_ON = (1, 2, 3, 4)
_MIN_FACES = 3
_SHARES = {
    "series": "{series}",
    "shots on": "{shots_on}",
    "IoU": "{iou_bin}",
    "links": "{links:,}",
    "judged": "{judged:,}",
    "same person": "{same:,}",
    "share": "{share:.1%}",
}


def count_episode(name: str, layout: Layout) -> dict:
    """Tracks, and the cannot-links whose two tracks have the same name."""
    tracks, people = layout.tracks, layout.names
    pairs = cooccurring_pairs(tracks)
    kinds = pairs["kind"]
    linked = pairs[kinds == CANNOT_LINK]
    one, other = (pairs[name].map(people) for name in ("track", "other_track"))
    named = one.notna() & other.notna()
    same = named & (one == other)
    return {
        "episode": name,
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


def threads(name: str, layout: Layout) -> pd.DataFrame:
    """Matches of places some shots on, and whether both tracks are of one person.

    A match is judged if one of its tracks has a name: an extra is not that person.
    """
    tracks = layout.tracks[layout.tracks["frame"] % EVERY_NTH_FRAME == 0]
    tracks = tracks[tracks.groupby("track")["frame"].transform("size") >= _MIN_FACES]
    found = pd.concat(
        [
            find_threads(tracks, _IOU_EDGES[0], shots_on).assign(shots_on=shots_on)
            for shots_on in _SHOTS_ON
        ]
    )
    one, other = (found[end].map(layout.names) for end in ("track", "other_track"))
    wanted = found[(found["shots_on"] == _SHOTS_ON[1]) & (found["iou"] >= MIN_IOU)]
    kept = judge_must_links(wanted.assign(kind=THREADING), find_cannot_links(tracks))["kept"]
    return found.assign(
        series=name.split("_", maxsplit=1)[0],
        judged=one.notna() | other.notna(),
        same=(one == other) & one.notna(),
        contradicting=int((~kept).sum()),
        episode=name,
    )


def count_threads(found: pd.DataFrame) -> pd.DataFrame:
    """How many matches there are, by series, shots on and overlap, and how many are one person."""
    bins = pd.cut(found["iou"], [*_IOU_EDGES[:-1], np.nextafter(1, 2)], right=False)
    edges = pd.Series(bins.cat.categories, bins.cat.categories).map(
        lambda own: f"{own.left:.1f} to {min(own.right, 1.0):.1f}"
    )
    found = found.assign(iou_bin=bins.map(edges).astype(str))
    groups = found.groupby(["shots_on", "series", "iou_bin"], as_index=False)
    table = groups.agg(links=("iou", "size"), judged=("judged", "sum"), same=("same", "sum"))
    return table.assign(share=table["same"] / table["judged"])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the *.facetracks.mat files")
    args = parser.parse_args()
    paths = sorted(args.folder.glob(f"*{_SUFFIX}"))
    if not paths:
        sys.exit(f"{args.folder}: no *{_SUFFIX} here; name the folder that holds them")
    layouts = {path.name.removesuffix(_SUFFIX): read_layout(path) for path in paths}
    table = pd.DataFrame([count_episode(name, layout) for name, layout in layouts.items()])
    total = table.drop(columns="episode").sum().to_dict() | {"episode": "all", "people": None}
    table = pd.concat([table, pd.DataFrame([total])], ignore_index=True)
    table["faces_per_track"] = table["faces"] / table["tracks"]
    table["fails"] = table["same"] / table["named"]
    table["people"] = table["people"].astype("Int64")
    numbers = list(_COUNTS)[1:]
    print(to_markdown(print_cells(table, _COUNTS), "Face tracks of real episodes", "", numbers))
    found = pd.concat([threads(name, layout) for name, layout in layouts.items()])
    contradicting = found.groupby("episode")["contradicting"].first().sum()
    shares = print_cells(count_threads(found), _SHARES)
    note = (
        f"castmap believes matches two shots on, from an overlap of {MIN_IOU}; {contradicting} of "
        "them contradict a cannot-link and are dropped. Judged: at least one of the two is named."
    )
    print(to_markdown(shares, "Tracks in the same place some shots on", note, list(_SHARES)[1:]))


if __name__ == "__main__":
    main()
