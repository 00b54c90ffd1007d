"""How fast a head learns from a million faces, on this machine.

An epoch is as many faces drawn as there are: triplets and views are three faces each.

    python -m benchmarks.head_training
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import yaml

from castmap.adaptation.faces import EmbeddingRows
from castmap.adaptation.head import make_head, mean_face
from castmap.adaptation.losses import load_loss
from castmap.adaptation.network import AdaptedNetwork
from castmap.adaptation.training import Recipe, Training
from castmap.adaptation.weak_labels import FilmLabels, gather
from castmap.catalogues import LOSSES
from castmap.compute.fabric import make_fabric

ROOT = Path(__file__).resolve().parents[1]
FACES_PER_TRACK = 63
DIMENSION = 128


def make_labels(n_faces: int) -> FilmLabels:
    """Random faces in tracks of three tracklets, with a hard example for each track."""
    random = np.random.default_rng(0)
    n_tracks = n_faces // FACES_PER_TRACK
    rows = random.standard_normal((n_tracks * FACES_PER_TRACK, DIMENSION), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    tracks = np.repeat(np.arange(n_tracks), FACES_PER_TRACK)
    tracklets = np.tile(np.arange(FACES_PER_TRACK) % 3, n_tracks)
    table = pd.DataFrame({"track": tracks, "tracklet": tracklets, "detection": range(len(rows))})
    hard = pd.DataFrame({"track": np.arange(n_tracks), "tracklet": 0, "positive_tracklet": 1})
    hard["positive_track"] = hard["track"]
    hard = hard.assign(negative_detection=random.integers(len(rows), size=n_tracks), kept=True)
    return FilmLabels(rows, table, hard)


def main() -> None:
    """Time some steps of each method and print what they amount to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    film = make_labels(args.faces)
    labels = gather([film], 3)
    adapt = yaml.safe_load((ROOT / "config.yaml").read_text())["adapt"]
    settings = {name: adapt[name] for name in ("batch", "learning_rate", "l2_sp_weight")}
    recipe = Recipe(steps=args.steps, **settings)
    print(f"{len(film.embeddings):,} faces in {len(labels.starts):,} tracks")
    for method in LOSSES.members:
        loss = load_loss(method, adapt["losses"].get(method, {}))
        head = make_head(adapt["trainable"], mean_face([film.embeddings]), seed=0)
        network = AdaptedNetwork(head)
        fabric = make_fabric("auto", 1, adapt["precision"])
        inputs = EmbeddingRows(labels.embeddings)
        training = Training(network, inputs, labels, loss, recipe, 0, fabric)
        started = time.perf_counter()
        for _ in training.run():
            pass
        per_second = args.steps / (time.perf_counter() - started)
        epochs = 60 * per_second * 3 * recipe.batch / len(film.embeddings)
        print(f"{method:17} {per_second:6.1f} steps/s, {epochs:5.2f} epochs per minute")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
