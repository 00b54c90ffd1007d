"""Adapt a pretrained embedding to films: centre it on their faces, then train it by a loss."""

import copy
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import nn

from castmap.adaptation.checkpoints import CheckpointFile
from castmap.adaptation.faces import CropRows, EmbeddingRows, TrunkRows
from castmap.adaptation.head import Head, make_head, mean_face
from castmap.adaptation.losses import Loss
from castmap.adaptation.network import AdaptedNetwork, Divided, freeze_all_but
from castmap.adaptation.trainable import LAST_BLOCK, Trainable
from castmap.adaptation.training import Recipe, Training
from castmap.adaptation.weak_labels import (
    FilmLabels,
    WeakLabels,
    gather,
    missing_for,
)
from castmap.compute.fabric import make_fabric
from castmap.console import logger, progress, start_log
from castmap.embedding.networks import fused
from castmap.files.sealed import EVERY_S

FaceRows = EmbeddingRows | CropRows | TrunkRows
_STEPS_PER_CHECKPOINT = 50
_BATCH = 64


@dataclass(frozen=True)
class AdaptationSettings:
    """What is trained, and on what.

    Attributes:
        trainable: a head alone, or the backbone's last block or all of it below a linear head.
        centring: the share of the films' mean face that the head subtracts, 0..1.
        tracklets_per_track: of the weak labels.
        folds: that each film's tracks are split into for cross-fitting.
        seed: of the batches and the first weights of an MLP head.
    """

    trainable: Trainable
    centring: float
    tracklets_per_track: int
    folds: int
    seed: int


@dataclass(frozen=True)
class Machine:
    """Where a network is trained, and in which precision.

    Attributes:
        device: auto, cpu, cuda or cuda:N.
        devices: how many of them train side by side, each with its own batches.
        precision: as Lightning names it: 32-true, 16-mixed, bf16-mixed.
        threads: of the CPU. Each process computes with one, so that results do not depend on how
            many there are.
    """

    device: str
    devices: int
    precision: str
    threads: int

    @property
    def side_by_side(self) -> int:
        """How many networks train at once: one process drives each device of each."""
        return max(self.threads // self.devices, 1)


class PretrainedBackbone(NamedTuple):
    """A backbone to be trained.

    Attributes:
        network: with its pretrained weights, in evaluation mode; it is copied before it is trained.
        size_px: the side of the crops that it takes.
        last_block: the parts that ``last_block`` trains, by the beginnings of their names.
    """

    network: nn.Module
    size_px: int
    last_block: tuple[str, ...]


class TrainingLog(NamedTuple):
    """Where a training says how far it is.

    Attributes:
        file: that the processes of several devices log to.
        what: the name of the training.
    """

    file: Path | None = None
    what: str = "training"


_UNNAMED = TrainingLog()


class Adapted(NamedTuple):
    """An adapted network.

    Attributes:
        network: on the CPU.
        inputs: the films' faces by row, as the network takes them.
        losses: float64 [steps], of the training; empty if there was none.
        untrained: what the films lack for a training, in words; None if nothing.
    """

    network: AdaptedNetwork
    inputs: FaceRows
    losses: np.ndarray
    untrained: str | None

    @torch.inference_mode()
    def embed(self, rows: np.ndarray) -> np.ndarray:
        """Embed faces of the films.

        Args:
            rows: int [n].

        Returns:
            Float32 [n, d], unit rows.
        """
        parts = np.array_split(rows, -(-len(rows) // _BATCH)) if len(rows) else [rows]
        return np.concatenate([self.network(self.inputs(part)).numpy() for part in parts])


def adapt_network(
    films: Sequence[FilmLabels],
    loss: Loss | None,
    settings: AdaptationSettings,
    recipe: Recipe,
    machine: Machine,
    checkpoint: CheckpointFile,
    backbone: PretrainedBackbone | None = None,
    log: TrainingLog = _UNNAMED,
) -> Adapted:
    """Centre an embedding on films, and train it where there is a loss and the films allow it.

    Args:
        films: their weak labels; at least one. Where a backbone is trained, each has crops.
        loss: None only centres.
        settings: what is trained.
        recipe: how.
        machine: where.
        checkpoint: of this very training; it is resumed, and holds the result afterwards.
        backbone: None where only the head is trained.
        log: where it says how far it is.
    """
    labels = gather(films, settings.tracklets_per_track)
    faces = [film.embeddings for film in films]
    mean = mean_face(faces) if sum(map(len, faces)) else torch.zeros(faces[0].shape[1])
    head = make_head(settings.trainable, settings.centring * mean, settings.seed)
    untrained = missing_for(loss.draws, labels) if loss else None
    if loss is None or untrained:
        return Adapted(
            AdaptedNetwork(head), EmbeddingRows(labels.embeddings), np.zeros(0), untrained
        )
    fabric = make_fabric(machine.device, machine.devices, machine.precision)
    kept = settings.trainable == LAST_BLOCK and fabric.device.type == "cpu"
    network, inputs = _trainable(films, head, labels.embeddings, backbone, kept)
    freeze_all_but(network, settings.trainable, backbone.last_block if backbone else ())
    parts = (network, inputs, labels, loss, recipe, settings.seed)
    train = partial(_train, parts=parts, checkpoint=checkpoint, log=log)
    fabric.launch(train)
    state = checkpoint.load()
    assert state is not None  # training has saved it
    network.load_state_dict(state["network"])
    return Adapted(network.cpu(), inputs, state["losses"].numpy(), None)


def cross_fit(
    film: FilmLabels, folds: Sequence[np.ndarray], adapted: Sequence[Adapted]
) -> np.ndarray:
    """Embed each face of a film by a network that was trained without its track's fold.

    Args:
        film: its weak labels.
        folds: what weak_labels.split_into_folds returns.
        adapted: for each fold, what adapt_network makes of the film without it.

    Returns:
        Float32 [n, d]; the pretrained embedding for faces in no tracklet.
    """
    rows = film.embeddings.copy()
    for tracks, network in zip(folds, adapted, strict=True):
        faces = film.tracklets.loc[film.tracklets["track"].isin(tracks), "detection"]
        rows[faces] = network.embed(faces.to_numpy(copy=True))
    return rows


def _trainable(
    films: Sequence[FilmLabels],
    head: Head,
    embeddings: np.ndarray,
    backbone: PretrainedBackbone | None,
    trunk_kept: bool,
) -> tuple[AdaptedNetwork, FaceRows]:
    """The network that is trained, and the faces as it takes them.

    Where the trunk is kept, it is computed once for each face: on a GPU, that costs more than
    computing it each time.
    """
    if backbone is None:
        return AdaptedNetwork(head), EmbeddingRows(embeddings)
    n_faces = [len(film.embeddings) for film in films]
    crops_of = [film.crops for film in films if film.crops is not None]
    crops = CropRows(crops_of, n_faces, backbone.size_px)
    network = copy.deepcopy(backbone.network)
    faster = fused(copy.deepcopy(network))
    if not (trunk_kept and isinstance(faster, Divided)):
        return AdaptedNetwork(head, network), crops
    return AdaptedNetwork(head, network, above_trunk=True), TrunkRows(crops, faster.trunk)


def _train(
    fabric: Fabric,
    parts: tuple[AdaptedNetwork, FaceRows, WeakLabels, Loss, Recipe, int],
    checkpoint: CheckpointFile,
    log: TrainingLog,
) -> None:
    """Train on one device, in a process of its own where there are several.

    The result is the last checkpoint: what a process returns has to fit into a pipe.
    """
    if fabric.world_size > 1:  # a process of its own knows nothing of what the stage has set up
        torch.set_num_threads(1)
        if fabric.is_global_zero:
            start_log(log.file)
    training = Training(*parts, fabric)
    state = checkpoint.load()
    if state:
        training.restore(state)
    fabric.barrier()
    left = int(np.isnan(training.losses).sum())
    if not left:
        return
    if state:
        logger.info("going on from a checkpoint")
    saved_at = time.monotonic()
    for step in progress(training.run(), left, "steps", log.what):
        due = step % _STEPS_PER_CHECKPOINT == 0 or time.monotonic() - saved_at >= EVERY_S
        if due and fabric.is_global_zero:
            checkpoint.save(training.state())
            saved_at = time.monotonic()
    if fabric.is_global_zero:
        checkpoint.save(training.state())
