"""Adapt a pretrained face embedding to one film, by its own weak labels alone, by each method."""

from pathlib import Path

from castmap.adaptation.adapt import AdaptationSettings, Machine, cross_fit
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
    was not trained on it. A stage that is killed resumes from its last checkpoint.

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
    make_deterministic(settings.seed, threads=1)
    crops = faces if settings.trainable not in HEADS else None
    film = FilmLabels(embeddings, tracklets, hard_examples, crops)
    folds = split_into_folds(tracklets, cooccurrence, settings.folds)
    movie = movie_of(job.paths["embeddings"])
    trainings = Trainings(job, model, settings, recipe, machine, checkpoints)
    rests = [without_tracks(film, fold) for fold in folds]
    wanted = {}
    for method in weights:
        loss = choose_loss(method, losses.get(method, {}))
        record = trainings.record(method, loss, {movie: film})
        of_folds = [([rest], loss, record | {"fold": fold}) for fold, rest in enumerate(rests)]
        wanted[method] = [([film], loss, record), *of_folds]
    trainings.train_ahead([training for own in wanted.values() for training in own])
    for method, own in wanted.items():
        whole, *without = [trainings.train(*training) for training in own]
        _, _, record = own[0]
        write_embeddings(cross_fitted[method], cross_fit(film, folds, without), record)
        write_adapted(weights[method], history[method], whole, record)
    trainings.remove_checkpoints()


main = as_command(adapt_to_movie)

if __name__ == "__main__":
    main()
