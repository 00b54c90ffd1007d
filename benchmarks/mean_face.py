"""What all faces have in common: the mean of the mean faces of the people of labelled films.

It is subtracted before a character is compared with a known person; see people/likeness.py. The
films must have been analysed, as benchmarks/real_clips.py does.

    python -m benchmarks.mean_face LABELLED_FOLDER WORK_FOLDER > mean_face.csv
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.composed_films import NETWORK
from castmap.clustering.pooling import pool_tracks
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import DETECTIONS, TRACKS
from castmap.stages.labels import read_labels


def people_of_film(folder: Path, labels: Path) -> np.ndarray:
    """The mean of the tracks of each person who is named in the labels, float [p, d]."""
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    detections = read_table(folder / "detections.parquet", DETECTIONS)
    embeddings = read_embeddings(folder / f"embeddings.{NETWORK}.safetensors")
    people = people_of_tracks(tracks, read_labels(labels / "faces.csv").faces)
    whose = people.sort_values("track")["person"].to_numpy(object)
    vectors = pool_tracks(tracks, detections, embeddings)
    names = sorted({name for name in whose if isinstance(name, str)})
    means = [vectors[whose == name].mean(axis=0) for name in names]
    return np.reshape(means, (len(means), vectors.shape[1]))


def main() -> None:
    """Print a line for each dimension."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled", type=Path, help="folders with a film and its labels")
    parser.add_argument("work", type=Path, help="of benchmarks/real_clips.py")
    args = parser.parse_args()
    folders = sorted(path for path in args.labelled.iterdir() if path.is_dir())
    people = [people_of_film(args.work / "results" / path.name, path) for path in folders]
    mean = np.concatenate(people).mean(axis=0)
    print(f"{sum(map(len, people))} people of {len(folders)} films", file=sys.stderr)
    print("\n".join(f"{value:.4f}" for value in mean))


if __name__ == "__main__":
    main()
