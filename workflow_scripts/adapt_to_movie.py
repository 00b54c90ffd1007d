"""Adapt a pretrained face embedding to one film, by its own weak labels alone, by each method."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from castmap.adaptation.adapt import AdaptationSettings, Adapted, Machine, cross_fit
from castmap.adaptation.losses import Loss
from castmap.adaptation.trainable import HEADS
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels, split_into_folds, without_tracks
from castmap.compute.devices import make_deterministic
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import Cooccurrence, HardExamples, Tracklets
from castmap.stages.arguments import ByMethod, Embeddings, Job, NewFile, movie_of
from castmap.stages.command_line import as_command
from castmap.stages.trainings import Trainings, choose_loss, write_adapted


def adapt_to_movie(
    embeddings: Embeddings,
    tracklets: Tracklets,
    cooccurrence: Cooccurrence,
    hard_examples: HardExamples,
    faces: Path | None,
    pretrained_weights: Path,
    weights: ByMethod[NewFile],
    history: ByMethod[NewFile],
    cross_fitted: ByMethod[NewFile],
    job: Job,
    *,
    losses: dict,
    model: str,
    settings: AdaptationSettings,
    recipe: Recipe,
    machine: Machine,
    checkpoints: Path,
) -> None:
    """Adapt a pretrained face embedding to one film, by its own weak labels alone, by each method.

    Beside the network that is trained on the whole film, cross-fitting trains one for each fold of
    its tracks, on the other folds, to embed the fold: every track can be judged by a network that
    was not trained on it. Heads are trained on the CPU side by side, each on one thread. A stage
    that is killed resumes from its last checkpoints.

    Args:
        embeddings: the pretrained ones.
        tracklets: of the film.
        cooccurrence: of the film.
        hard_examples: of the film.
        faces: the archive of crops, where more than the head is trained.
        pretrained_weights: of the backbone.
        weights: the adapted networks; the methods are centring and losses.
        history: the loss of each step.
        cross_fitted: the film's faces, each embedded by a network not trained on its track.
        job: what this stage is told about itself.
        losses: the parameters of each loss.
        model: name of the backbone.
        settings: what is trained.
        recipe: how.
        machine: where.
        checkpoints: the folder of trainings under way.
    """
    head_only = settings.trainable in HEADS
    side_by_side = machine.threads if head_only and machine.runs_on_cpu else 1
    threads = 1 if side_by_side > 1 else machine.threads_per_device
    make_deterministic(settings.seed, threads)
    film = FilmLabels(embeddings, tracklets, hard_examples, None if head_only else faces)
    folds = split_into_folds(tracklets, cooccurrence, settings.folds)
    movie = movie_of(job.paths["embeddings"])
    trainings = Trainings(job, model, settings, recipe, machine, checkpoints)
    for method in weights:
        loss = choose_loss(method, losses.get(method, {}))
        record = trainings.record(method, loss, {movie: film})
        parts = [(film, record)]
        parts += [
            (without_tracks(film, tracks), record | {"fold": fold})
            for fold, tracks in enumerate(folds)
        ]

        def train(part: tuple[FilmLabels, dict], loss: Loss | None = loss) -> Adapted:
            labels, record = part
            return trainings.train([labels], loss, record)

        with ThreadPoolExecutor(side_by_side, None, torch.set_num_threads, (threads,)) as pool:
            whole, *rests = pool.map(train, parts)
        write_embeddings(cross_fitted[method], cross_fit(film, folds, rests), record)
        write_adapted(weights[method], history[method], whole, record)
    trainings.remove_checkpoints()


main = as_command(adapt_to_movie)

if __name__ == "__main__":
    main()
