"""Adapt a pretrained face embedding to films, by their weak labels alone.

Without steps (method centring) the head only moves the mean face of the films to the centre. Films
that lack what a method learns from give the same, and the record says why. A training that is
killed goes on where its last checkpoint was.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file, save_file

from workflow_scripts.adaptation.choice import CENTRING
from workflow_scripts.adaptation.head import Head, mean_face
from workflow_scripts.adaptation.network import (
    HEAD,
    TRAINABLE,
    AdaptedNetwork,
    freeze_all_but,
)
from workflow_scripts.adaptation.training import METHODS, Recipe, Training, why_untrainable
from workflow_scripts.adaptation.weak_labels import (
    FilmLabels,
    WeakLabels,
    gather,
    held_out_tracks,
    without_tracks,
)
from workflow_scripts.embedding.backbones import BACKBONES, load_network
from workflow_scripts.formats.tables import COOCCURRENCE, HARD_EXAMPLES, HISTORY, TRACKLETS
from workflow_scripts.stagekit.compute import make_deterministic
from workflow_scripts.stagekit.console import InputError, logger, progress, stage, stage_parser
from workflow_scripts.stagekit.embeddings import read_embeddings
from workflow_scripts.stagekit.files import (
    provenance,
    read_table,
    replacing,
    sha256_file,
    write_table,
)
from workflow_scripts.stagekit.learning import (
    CheckpointFile,
    CropRows,
    EmbeddingRows,
    make_fabric,
)

_STEPS_PER_CHECKPOINT = 50
_PER_MOVIE = ("embeddings", "tracklets", "cooccurrence", "hard_examples")
_SETTINGS = (
    *("method", "trainable", "steps", "batch", "learning_rate", "pull", "margin", "radius"),
    *("radius_weight", "tracklets_per_track", "held_out_share", "precision", "devices", "seed"),
)


def main(argv: list[str] | None = None) -> None:
    """Read the weak labels of films; write the adapted weights and the losses of the training."""
    with stage(_parser(), argv) as args:
        make_deterministic(args.seed, args.threads)
        films = [_read_film(args, number) for number in range(len(args.movies))]
        labels = gather(films, args.tracklets_per_track)
        reason = None if args.method == CENTRING else why_untrainable(labels, args.method)
        record = _record(args, films, reason)
        state, losses = _adapted(args, films, labels, record, reason)
        text = json.dumps(record, sort_keys=True)
        with replacing(args.out_weights) as partial:
            save_file(state, partial, {"castmap": text})
        history = pd.DataFrame({"step": np.arange(1, len(losses) + 1), "loss": losses})
        write_table(args.out_history, HISTORY, history, record)
        logger.info("%s: %s", args.out_weights, reason or f"{len(losses)} steps")


def _parser() -> argparse.ArgumentParser:
    parser = stage_parser(__doc__)
    parser.add_argument("--movies", nargs="+", required=True, help="names of the films")
    for name in (*_PER_MOVIE, "faces"):
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, nargs="*", type=Path, default=[], help="one file per film")
    parser.add_argument("--model", choices=sorted(BACKBONES), required=True)
    parser.add_argument("--weights", type=Path, required=True, help="pretrained")
    parser.add_argument("--method", choices=(CENTRING, *METHODS), required=True)
    parser.add_argument("--trainable", choices=TRAINABLE, required=True)
    parser.add_argument("--tracklets-per-track", type=int, required=True)
    parser.add_argument("--held-out-share", type=float, required=True, help="of a film's tracks")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True, help="tracks, or triplets")
    for name in ("learning-rate", "pull", "margin", "radius", "radius-weight"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder")
    parser.add_argument("--out-weights", type=Path, required=True)
    parser.add_argument("--out-history", type=Path, required=True)
    return parser


def _read_film(args: argparse.Namespace, number: int) -> FilmLabels:
    """The weak labels of a film without those that are held out to judge by."""
    for name in _PER_MOVIE if args.trainable == HEAD else (*_PER_MOVIE, "faces"):
        if len(getattr(args, name)) != len(args.movies):
            raise InputError(
                f"--{name.replace('_', '-')}: {len(getattr(args, name))} files for "
                f"{len(args.movies)} films; give one per film of --movies, in the same order"
            )
    tracklets = read_table(args.tracklets[number], TRACKLETS)
    pairs = read_table(args.cooccurrence[number], COOCCURRENCE)
    film = FilmLabels(
        read_embeddings(args.embeddings[number]),
        tracklets,
        read_table(args.hard_examples[number], HARD_EXAMPLES),
    )
    return without_tracks(film, held_out_tracks(tracklets, pairs, args.held_out_share, args.seed))


def _record(args: argparse.Namespace, films: list[FilmLabels], reason: str | None) -> dict:
    """What the weights were made of, and why they were not trained where they were not."""
    settings = {name: getattr(args, name) for name in _SETTINGS}
    record = provenance("adapt_embedding", model=args.model, **settings)
    record["untrained"] = reason
    record["inputs"] = {"weights": sha256_file(args.weights)}
    for number, (movie, film) in enumerate(zip(args.movies, films, strict=True)):
        files = {name: sha256_file(getattr(args, name)[number]) for name in _PER_MOVIE}
        seen = {
            "n_tracks": int(film.tracklets["track"].nunique()),
            "n_faces": len(film.tracklets),
            "n_hard_examples": int(film.hard_examples["kept"].sum()),
        }
        record["inputs"][movie] = files | seen
    return record


def _adapted(
    args: argparse.Namespace,
    films: list[FilmLabels],
    labels: WeakLabels,
    record: dict,
    reason: str | None,
) -> tuple[dict[str, torch.Tensor], np.ndarray]:
    """The network's state, and the loss of each step: none where it is not to be trained."""
    n_faces = [len(film.embeddings) for film in films]
    centre = mean_face([film.embeddings for film in films]) if sum(n_faces) else None
    head = Head(torch.zeros(BACKBONES[args.model].dimension) if centre is None else centre)
    if args.method == CENTRING or reason:
        return AdaptedNetwork(head).state_dict(), np.zeros(0)
    recipe = Recipe(
        *(args.method, args.steps, args.batch, args.learning_rate, args.pull),
        *(args.margin, args.radius, args.radius_weight),
    )
    if args.trainable == HEAD:
        network, inputs = AdaptedNetwork(head), EmbeddingRows(labels.embeddings)
    else:
        kind = BACKBONES[args.model]
        network = AdaptedNetwork(head, load_network(args.model, load_file(args.weights)))
        inputs = CropRows(args.faces, n_faces, kind.size_px)
    freeze_all_but(network, args.trainable, BACKBONES[args.model].last_block)
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    checkpoint = CheckpointFile(args.checkpoints / f"{digest}.pt")
    fabric = make_fabric(args.device, args.devices, args.precision)
    return fabric.launch(_train, network, inputs, labels, recipe, args.seed, checkpoint)


def _train(
    fabric: Fabric,
    network: AdaptedNetwork,
    inputs: EmbeddingRows | CropRows,
    labels: WeakLabels,
    recipe: Recipe,
    seed: int,
    checkpoint: CheckpointFile,
) -> tuple[dict[str, torch.Tensor], np.ndarray]:
    """Train on one device, in a process of its own where there are several."""
    training = Training(network, inputs, labels, recipe, seed, fabric)
    if checkpoint.restore(training):
        logger.info("going on from a checkpoint")
    left = int(np.isnan(training.losses).sum())
    for step in progress(training.run(), left, "steps", f"training by {recipe.method}"):
        if step % _STEPS_PER_CHECKPOINT == 0 and fabric.is_global_zero:
            checkpoint.save(training)
    fabric.barrier()
    if fabric.is_global_zero:
        checkpoint.remove()
    return {name: weight.cpu() for name, weight in network.state_dict().items()}, training.losses


if __name__ == "__main__":
    main()
