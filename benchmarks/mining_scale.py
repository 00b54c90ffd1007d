"""Print how long mining takes on a corpus as large as the published one, and the memory it needs.

240 films of 704 tracks each are drawn at random (169,000 tracks of 63 faces, 128 numbers a face; a
track has one cannot-link) and mined one after the other as mine_tracklets does: tracklets, their
means, and the exact nearest negative of each. Films are shared out to processes, as Snakemake
would.
"""

import argparse
import resource
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd

from castmap.compute.devices import make_deterministic
from castmap.mining.hard_examples import find_hard_examples
from castmap.mining.splitting import find_tracklets
from castmap.mining.tracklets import tracklet_means

_DIMENSION = 128


def mine_film(seed: int, n_tracks: int, n_faces: int) -> tuple[int, float]:
    """How many tracks of a random film were split, and how many MiB its process has used."""
    make_deterministic(seed, threads=1)
    random = np.random.default_rng(seed)
    people = random.normal(size=(n_tracks, 1, _DIMENSION))
    faces = (people + random.normal(size=(n_tracks, n_faces, _DIMENSION))).astype(np.float32)
    embeddings = faces.reshape(-1, _DIMENSION)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    tracks = pd.DataFrame(
        {
            "track": np.repeat(np.arange(n_tracks), n_faces),
            "frame": np.tile(np.arange(n_faces), n_tracks),
            "detection": np.arange(n_tracks * n_faces),
            "interpolated": False,
        }
    )
    tracklets, _ = find_tracklets(tracks, embeddings, 3, 1, seed)
    pairs = np.arange(n_tracks // 2 * 2).reshape(-1, 2)
    means = tracklet_means(tracklets, embeddings)
    found = find_hard_examples(tracklets, means, tracks, embeddings, pairs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found["track"].nunique(), peak


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--films", type=int, default=240)
    parser.add_argument("--tracks", type=int, default=704, help="per film")
    parser.add_argument("--faces", type=int, default=63, help="per track")
    parser.add_argument("--cores", type=int, default=2)
    args = parser.parse_args()
    started = time.perf_counter()
    with ProcessPoolExecutor(args.cores) as pool:
        sizes = [[args.tracks] * args.films, [args.faces] * args.films]
        mined = list(pool.map(mine_film, range(args.films), *sizes))
    minutes = (time.perf_counter() - started) / 60
    n_tracks = sum(tracks for tracks, _ in mined)
    peak = args.cores * max(peak for _, peak in mined)
    print("| films | tracks mined | tracklets | faces | minutes | peak MiB, all processes |")
    print("|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {args.films} | {n_tracks:,} | {3 * n_tracks:,} "
        f"| {args.films * args.tracks * args.faces:,} | {minutes:.1f} | {peak:.0f} |"
    )


if __name__ == "__main__":
    main()
