"""What finding the characters of a film costs by its number of tracks: seconds and peak memory.

The tracks are synthetic: people as random directions, tracks scattered about them, and every
hundredth pair of neighbouring tracks seen at once. Each size runs in a process of its own.

    python -m benchmarks.clustering_scale
"""

import argparse
import multiprocessing
import resource
import time

import numpy as np

from castmap.clustering.calibration import calibrate_film
from castmap.clustering.cast import find_cast
from castmap.clustering.film import FilmTracks

_PEOPLE, _DIMENSIONS, _NOISE = 60, 128, 1.0


def make_tracks(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit rows, and cannot-links between different people."""
    random = np.random.default_rng(seed)
    who = random.integers(_PEOPLE, size=n)
    scatter = _NOISE * random.normal(size=(n, _DIMENSIONS)) / np.sqrt(_DIMENSIONS)
    centres = np.linalg.qr(random.normal(size=(_DIMENSIONS, _PEOPLE)))[0].T
    vectors = centres[who] + scatter
    pairs = random.integers(n, size=(n // 5, 2))
    cannot_links = pairs[who[pairs[:, 0]] != who[pairs[:, 1]]]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.unique(
        np.sort(cannot_links, axis=1), axis=0
    )


def measure(n: int) -> tuple[float, float, int]:
    """Seconds, peak memory in GiB, and how many characters came out."""
    vectors, cannot_links = make_tracks(n, 0)
    usable, n_frames = np.ones(n, bool), np.ones(n, int)
    start = time.perf_counter()
    calibration = calibrate_film(vectors, cannot_links, usable, 0.82)
    film = FilmTracks(vectors, cannot_links, usable, ~usable, n_frames, calibration)
    cast = find_cast(vectors, film, seed=0)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return seconds, peak, int(cast.characters.max()) + 1


def main() -> None:
    """Print a line per size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tracks", type=int, nargs="+", default=[500, 1500, 5000, 10_000])
    args = parser.parse_args()
    print(f"{'tracks':>8} {'seconds':>8} {'GiB':>6} {'characters':>11}  ({_PEOPLE} people)")
    for n in args.tracks:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds, peak, characters = pool.apply(measure, (n,))
        print(f"{n:>8} {seconds:>8.1f} {peak:>6.2f} {characters:>11}")


if __name__ == "__main__":
    main()
