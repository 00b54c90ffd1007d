"""What the afternoon's baseline is at its best: every choice of its constants, tried on the clips.

The baseline of benchmarks/real_clips.py is favoured: its constants are chosen on the very clips it
is measured on. Printed are the choices of which no other is better in mean V and in
mean character recall at once, and that of benchmarks/afternoon.py; columns as in real_clips.

    python -m benchmarks.afternoon_constants FOLDER --work FOLDER
"""

import argparse
from itertools import product
from pathlib import Path

import pandas as pd

from benchmarks.afternoon import BEST, Constants, cluster, follow, look
from benchmarks.real_clips import (
    CLIPS,
    compare_tracks,
    find_clips,
    read_truth,
    score_characters,
)
from benchmarks.summaries import RATIO
from castmap.formats.printing import print_cells, to_markdown

TRIED = {
    "min_iou": (0.1, 0.3, 0.5),
    "wait": (1, 2, 4),
    "min_faces": (1, 2, 3, 4),
    "min_best_score": (0.5, 0.6, 0.7, 0.8),
    "distance": (0.57, 0.6, 0.63, 0.66, 0.69, 0.72, 0.75),
}
_COLUMNS = {
    "Overlap": "{min_iou}",
    "Wait": "{wait}",
    "Faces": "{min_faces}",
    "Best score": "{min_best_score}",
    "Distance": "{distance}",
    "Box recall": "{box_recall:.3f}",
    "V": "{v:.3f}",
    "Char. p": "{precision:.3f}",
    "Char. r": "{recall:.3f}",
    "V of all": "{v_of_all:.3f}",
    "Junk": "{junk:.2f}",
    "About right": "{about_right:.0f}",
}


def try_all(clips: list[Path], work: Path) -> pd.DataFrame:
    """The scores of every choice on every clip."""
    rows = []
    for clip in clips:
        seen = look(clip / f"{clip.name}.mp4", work / "afternoon" / clip.name)
        truth = read_truth(clip)
        for of_tracks in product(*list(TRIED.values())[:-1]):
            choice = Constants(*of_tracks)
            tracks = follow(seen, choice)
            compared = compare_tracks(tracks, truth)
            for distance in TRIED["distance"]:
                clusters = cluster(tracks, seen.embeddings, distance)
                characters = pd.Series([f"C{number:02d}" for number in clusters], dtype="str")
                constants = choice._replace(distance=distance)._asdict()
                scores = score_characters(compared, characters, truth)
                rows.append({"film": clip.name, **constants, **scores})
    return pd.DataFrame(rows)


def summarise(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean of each choice over clips, and how many are about right."""
    rows = rows.assign(about_right=rows["ratio"].between(*RATIO))
    by_choice = rows.groupby(list(Constants._fields))
    means = by_choice[["box_recall", "v", "precision", "recall", "v_of_all", "junk"]].mean()
    return means.assign(about_right=by_choice["about_right"].sum()).reset_index()


def undominated(means: pd.DataFrame) -> pd.DataFrame:
    """The choices that none beats in V and character recall, by V."""
    ranked = means.sort_values(["v", "recall"], ascending=False)
    best_before = ranked["recall"].cummax().shift(fill_value=-1.0)
    return ranked[ranked["recall"] > best_before]


def main() -> None:
    """Try, and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS, help="of labelled clips")
    parser.add_argument("--work", type=Path, required=True, help="of real_clips, or another")
    args = parser.parse_args()
    clips = find_clips(args.folder.resolve(), None)
    means = summarise(try_all(clips, args.work.resolve()))
    own = means[(means[list(Constants._fields)] == list(BEST)).all(axis=1)]
    shown = pd.concat([own, undominated(means)], ignore_index=True)
    caption = f"{len(means)} choices of constants on {len(clips)} films, the one taken first"
    print(to_markdown(print_cells(shown, _COLUMNS), caption, "", list(_COLUMNS)))


if __name__ == "__main__":
    main()
