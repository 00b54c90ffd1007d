"""What the stages that adapt an embedding share: options, weak labels, record, training."""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from lightning_fabric import Fabric

from castmap.adaptation.choice import CENTRING
from castmap.adaptation.head import Head, mean_face
from castmap.adaptation.learning import (
    CheckpointFile,
    CropRows,
    EmbeddingRows,
    make_fabric,
)
from castmap.adaptation.network import (
    HEAD,
    TRAINABLE,
    AdaptedNetwork,
    freeze_all_but,
)
from castmap.adaptation.training import METHODS, Recipe, Training, why_untrainable
from castmap.adaptation.weak_labels import (
    FilmLabels,
    WeakLabels,
    gather,
    part_tracks,
)
from castmap.catalogues import BACKBONES
from castmap.console import logger, progress, start_log
from castmap.embedding.networks import describe_backbone, load_network
from castmap.files.hashing import sha256_file
from castmap.files.results import read_table, write_table
from castmap.files.whole import replacing
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import COOCCURRENCE, HARD_EXAMPLES, HISTORY, TRACKLETS
from castmap.formats.weights import save_sealed
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.stages.process import stage_parser
from castmap.stages.provenance import provenance
from castmap.stages.unfinished import EVERY_S

_STEPS_PER_CHECKPOINT = 50
ALL_METHODS = (CENTRING, *METHODS)
_SETTINGS = (
    *("trainable", "steps", "batch", "learning_rate", "pull", "centring", "margin"),
    *("radius", "radius_weight", "tracklets_per_track", "folds", "precision", "devices", "seed"),
)


class FilmFiles(NamedTuple):
    """The files of a film that is learnt from."""

    embeddings: Path
    tracklets: Path
    cooccurrence: Path
    hard_examples: Path
    faces: Path | None


class Adapted(NamedTuple):
    """A network, the faces it takes, the losses of its training, and why it had none, if so.

    The checkpoint holds the finished training, and is to be removed once that is written.
    """

    network: AdaptedNetwork
    inputs: EmbeddingRows | CropRows
    losses: np.ndarray
    untrained: str | None
    checkpoint: CheckpointFile


def adapting_parser(text: str) -> argparse.ArgumentParser:
    """A stage's parser with how to train, but for the method and what to write."""
    parser = stage_parser(text)
    parser.add_argument("--model", choices=BACKBONES.members, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="pretrained")
    parser.add_argument("--trainable", choices=TRAINABLE, required=True)
    parser.add_argument("--tracklets-per-track", type=int, required=True)
    parser.add_argument("--folds", type=int, required=True, help="parts of a film's tracks")
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True, help="tracks, or triplets")
    for name in ("learning-rate", "pull", "centring", "margin", "radius", "radius-weight"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--precision", default="32-true")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1, help="parted among the devices")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder")
    return parser


def threads_of_each(args: argparse.Namespace) -> int:
    """CPU threads of each process: one process drives each device."""
    return max(args.threads // args.devices, 1)


def read_film(files: FilmFiles, args: argparse.Namespace) -> tuple[FilmLabels, list[np.ndarray]]:
    """A film's weak labels, and its tracks by fold."""
    tracklets = read_table(files.tracklets, TRACKLETS)
    pairs = read_table(files.cooccurrence, COOCCURRENCE)
    film = FilmLabels(
        read_embeddings(files.embeddings),
        tracklets,
        read_table(files.hard_examples, HARD_EXAMPLES),
    )
    return film, part_tracks(tracklets, pairs, args.folds, args.seed)


def describe_training(
    stage: str,
    method: str,
    args: argparse.Namespace,
    films: dict[str, FilmLabels],
    files: dict[str, FilmFiles],
) -> dict:
    """The record of a training: settings, versions, and what it learns from, by film."""
    settings = {"method": method, **{name: getattr(args, name) for name in _SETTINGS}}
    record = provenance(stage, model=args.model, **settings)
    record["inputs"] = {"weights": hash_pretrained(args.weights, args.model)}
    for movie, film in films.items():
        paths = files[movie]._asdict()
        hashes = {name: sha256_file(path) for name, path in paths.items() if path}
        record["inputs"][movie] = hashes | {
            "n_tracks": int(film.tracklets["track"].nunique()),
            "n_faces": len(film.tracklets),
            "n_hard_examples": int(film.hard_examples["kept"].sum()),
        }
    return record


def adapt(
    method: str,
    args: argparse.Namespace,
    films: Sequence[FilmLabels],
    archives: Sequence[Path | None],
    record: dict,
) -> Adapted:
    """Train a network on films; only centre them where that is asked for, or all they allow.

    Args:
        method: a loss, or centring.
        args: what adapting_parser parses.
        films: their weak labels.
        archives: their crops; None where only the head is trained.
        record: all that the result depends on; a checkpoint of another is never taken up.
    """
    labels = gather(films, args.tracklets_per_track)
    faces = [film.embeddings for film in films]
    mean = mean_face(faces) if sum(map(len, faces)) else torch.zeros(faces[0].shape[1])
    head = Head(args.centring * mean)
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    checkpoint = CheckpointFile(args.checkpoints / f"{digest}.pt")
    untrained = None if method == CENTRING else why_untrainable(labels, method)
    if method == CENTRING or untrained:
        inputs = EmbeddingRows(labels.embeddings)
        return Adapted(AdaptedNetwork(head), inputs, np.zeros(0), untrained, checkpoint)
    backbone = describe_backbone(args.model)
    if args.trainable == HEAD:
        network, inputs = AdaptedNetwork(head), EmbeddingRows(labels.embeddings)
    else:
        network = AdaptedNetwork(
            head, load_network(args.model, read_pretrained(args.weights, args.model))
        )
        inputs = CropRows(archives, list(map(len, faces)), backbone.size_px)
    freeze_all_but(network, args.trainable, backbone.last_block)
    recipe = Recipe(
        *(method, args.steps, args.batch, args.learning_rate, args.pull),
        *(args.margin, args.radius, args.radius_weight),
    )
    fabric = make_fabric(args.device, args.devices, args.precision)
    parts = (network, inputs, labels, recipe, args.seed)
    fabric.launch(partial(_train, parts=parts, checkpoint=checkpoint, args=args))
    state = checkpoint.load()
    network.load_state_dict(state["network"])
    return Adapted(network.cpu(), inputs, state["losses"].numpy(), None, checkpoint)


def _train(
    fabric: Fabric,
    parts: tuple[AdaptedNetwork, EmbeddingRows | CropRows, WeakLabels, Recipe, int],
    checkpoint: CheckpointFile,
    args: argparse.Namespace,
) -> None:
    """Train on one device, in a process of its own where there are several.

    The result is the last checkpoint: what a process returns has to fit into a pipe.
    """
    if fabric.world_size > 1:  # a process of its own knows nothing of what main() has set up
        torch.set_num_threads(threads_of_each(args))
        if fabric.is_global_zero:
            start_log(args.log)
    training = Training(*parts, fabric)
    state = checkpoint.load()
    if state:
        logger.info("going on from a checkpoint")
        training.restore(state)
    fabric.barrier()
    left = int(np.isnan(training.losses).sum())
    saved_at = time.monotonic()
    for step in progress(training.run(), left, "steps", "training"):
        due = step % _STEPS_PER_CHECKPOINT == 0 or time.monotonic() - saved_at >= EVERY_S
        if due and fabric.is_global_zero:
            checkpoint.save(training.state())
            saved_at = time.monotonic()
    if fabric.is_global_zero:
        checkpoint.save(training.state())


def write_adapted(weights: Path, history: Path, adapted: Adapted, record: dict) -> None:
    """Write the weights, with the record in their metadata, and the loss of each step."""
    record = record | {"untrained": adapted.untrained}
    with replacing(weights) as partial_file:
        save_sealed(partial_file, adapted.network.state_dict(), record)
    steps = np.arange(1, len(adapted.losses) + 1)
    losses = pd.DataFrame({"step": steps, "loss": adapted.losses})
    write_table(history, HISTORY, losses, record)
    logger.info("%s: %s", weights, adapted.untrained or f"{len(steps)} steps")
