"""What the stages that adapt an embedding share: their checkpoints, their records, their files."""

import hashlib
import json
import multiprocessing
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.adaptation.adapt import (
    AdaptationSettings,
    Adapted,
    Machine,
    PretrainedBackbone,
    TrainingLog,
    adapt_network,
)
from castmap.adaptation.checkpoints import CheckpointFile
from castmap.adaptation.choice import CENTRING
from castmap.adaptation.losses import Loss, load_loss
from castmap.adaptation.trainable import HEADS
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels
from castmap.console import logger, tell_done, tell_loops
from castmap.embedding.networks import describe_backbone, load_network
from castmap.files.hashing import sha256_file
from castmap.files.results import write_table
from castmap.files.whole import replacing
from castmap.formats.tables import HISTORY
from castmap.formats.weights import save_sealed
from castmap.packages.pretrained import hash_pretrained, read_pretrained
from castmap.stages.arguments import Job, movie_of

Wanted = tuple[Sequence[FilmLabels], Loss | None, dict]
"""What Trainings.train takes."""

_WEAK_LABELS = ("embeddings", "tracklets", "cooccurrence", "hard_examples")


class Trainings:
    """The trainings of one stage.

    None of the checkpoints is removed before all results are written: a stage that is killed
    repeats no training that was finished.
    """

    def __init__(
        self,
        job: Job,
        model: str,
        settings: AdaptationSettings,
        recipe: Recipe,
        machine: Machine,
        checkpoints: Path,
    ) -> None:
        """Read the pretrained backbone where it is trained, too.

        Args:
            job: its paths name the inputs of all films, and ``pretrained_weights``.
            model: the backbone's name.
            settings: what is trained.
            recipe: how.
            machine: where.
            checkpoints: their folder.
        """
        self._job, self._settings, self._recipe, self._machine = job, settings, recipe, machine
        self._folder = checkpoints
        self._files: list[CheckpointFile] = []
        weights = job.paths["pretrained_weights"]
        self._pretrained = hash_pretrained(weights, model)
        self._backbone = None if settings.trainable in HEADS else _read_backbone(weights, model)

    def record(self, method: str, loss: Loss | None, films: Mapping[str, FilmLabels]) -> dict:
        """What a network rests on: settings, versions, and what it is trained on, by film.

        Args:
            method: a loss, or centring.
            loss: None where that is centring.
            films: by name.
        """
        shared = self._job.record["settings"]
        kept = {name: shared[name] for name in shared if name not in ("method", "loss", "losses")}
        inputs: dict = {"weights": self._pretrained}
        names = _WEAK_LABELS if self._backbone is None else (*_WEAK_LABELS, "faces")
        hashes = _hash_inputs({name: self._job.paths[name] for name in names})
        for movie, film in films.items():
            inputs[movie] = hashes[movie] | {
                "n_tracks": int(film.tracklets["track"].nunique()),
                "n_faces": len(film.tracklets),
                "n_hard_examples": int(film.hard_examples["kept"].sum()),
            }
        settings = kept | {"method": method, "loss": dict(loss.parameters) if loss else {}}
        return self._job.record | {"settings": settings, "inputs": inputs}

    def train(self, films: Sequence[FilmLabels], loss: Loss | None, record: dict) -> Adapted:
        """Adapt to films.

        Args:
            films: their weak labels.
            loss: None only centres.
            record: all that the result depends on; the checkpoint of another is never resumed.
        """
        digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
        checkpoint = CheckpointFile(self._folder / f"{digest}.pt")
        self._files.append(checkpoint)
        what = _name(record)
        adapted = adapt_network(
            films,
            loss,
            self._settings,
            self._recipe,
            self._machine,
            checkpoint,
            self._backbone,
            TrainingLog(self._job.paths.get("log"), what),
        )
        if loss:
            tell_done(what)  # where the films lack what it needs, or a checkpoint had it, too
        return adapted

    def train_ahead(self, wanted: Sequence[Wanted]) -> None:
        """Train side by side what the machine can; `train` then finds it finished.

        What fails here is trained again there, and fails there.

        Args:
            wanted: what will be trained.
        """
        tell_loops(sum(loss is not None for _, loss, _ in wanted))
        n_processes = min(self._machine.side_by_side, len(wanted))
        if n_processes < 2:
            return
        # A forked process has the films, and imports nothing again.
        fork = multiprocessing.get_context("fork")
        shares = [wanted[first::n_processes] for first in range(n_processes)]
        processes = [
            fork.Process(target=self._train_all, args=(share,), daemon=True) for share in shares
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()

    def _train_all(self, wanted: Sequence[Wanted]) -> None:
        for films, loss, record in wanted:
            self.train(films, loss, record)

    def remove_checkpoints(self) -> None:
        """All results are written."""
        for file in self._files:
            file.remove()


def _name(record: dict) -> str:
    """What a training is called in the log."""
    fold = f" without fold {record['fold']}" if "fold" in record else ""
    return f"training {record['settings']['method']}{fold}"


def choose_loss(method: str, parameters: Mapping[str, object]) -> Loss | None:
    """The loss of a method; None where the embedding is only centred."""
    return None if method == CENTRING else load_loss(method, parameters)


def write_adapted(weights: Path, history: Path, adapted: Adapted, record: dict) -> None:
    """Write the weights, with the record in their metadata, and the loss of each step."""
    record = record | {"untrained": adapted.untrained}
    with replacing(weights) as partial:
        save_sealed(partial, adapted.network.state_dict(), record)
    steps = np.arange(1, len(adapted.losses) + 1)
    losses = pd.DataFrame({"step": steps, "loss": adapted.losses})
    write_table(history, HISTORY, losses, record)
    logger.info("%s: %s", weights, adapted.untrained or f"{len(steps)} steps")


def _read_backbone(weights: Path, model: str) -> PretrainedBackbone:
    backbone = describe_backbone(model)
    network = load_network(model, read_pretrained(weights, model))
    return PretrainedBackbone(network, backbone.size_px, backbone.last_block)


def _hash_inputs(paths: Mapping[str, Path | list[Path]]) -> dict[str, dict[str, str]]:
    """SHA-256 of a stage's inputs, by film and name."""
    hashes: dict[str, dict[str, str]] = {}
    for name, own in paths.items():
        for path in [own] if isinstance(own, Path) else own:
            hashes.setdefault(movie_of(path), {})[name] = sha256_file(path)
    return hashes
