"""Adapt a pretrained face embedding to the corpus, by the weak labels of its films alone."""

from pathlib import Path

from castmap.adaptation.adapt import AdaptationSettings, Machine
from castmap.adaptation.trainable import HEADS
from castmap.adaptation.training import Recipe
from castmap.adaptation.weak_labels import FilmLabels, split_into_folds, without_tracks
from castmap.compute.devices import make_deterministic
from castmap.formats.tables import Cooccurrence, HardExamples, Tracklets
from castmap.stages.arguments import ByMovie, Embeddings, Job, NewFile, check_same_movies
from castmap.stages.command_line import as_command
from castmap.stages.trainings import Trainings, choose_loss, write_adapted


def adapt_embedding(
    embeddings: ByMovie[Embeddings],
    tracklets: ByMovie[Tracklets],
    cooccurrence: ByMovie[Cooccurrence],
    hard_examples: ByMovie[HardExamples],
    faces: ByMovie[Path],
    pretrained_weights: Path,
    weights: NewFile,
    history: NewFile,
    job: Job,
    *,
    method: str,
    loss: dict,
    model: str,
    settings: AdaptationSettings,
    recipe: Recipe,
    machine: Machine,
    checkpoints: Path,
) -> None:
    """Adapt a pretrained face embedding to the corpus, by the weak labels of its films alone.

    The first fold of each film's tracks is held out to judge the network by. Method centring trains
    nothing: the head only subtracts the mean face. Where the films lack what a loss needs, the
    result is the same, and the record says why. A training that is killed resumes from its last
    checkpoint.

    Args:
        embeddings: the pretrained ones.
        tracklets: of the films.
        cooccurrence: of the films.
        hard_examples: of the films.
        faces: the archives of crops, where more than the head is trained.
        pretrained_weights: of the backbone.
        weights: the adapted network.
        history: the loss of each step.
        job: what this stage is told about itself.
        method: a loss, or centring.
        loss: the loss's parameters.
        model: name of the backbone.
        settings: what is trained.
        recipe: how.
        machine: where.
        checkpoints: the folder of trainings under way.
    """
    make_deterministic(settings.seed, threads=1)
    crops = faces if settings.trainable not in HEADS else dict.fromkeys(embeddings)
    check_same_movies(
        embeddings=embeddings,
        tracklets=tracklets,
        cooccurrence=cooccurrence,
        hard_examples=hard_examples,
        faces=crops,
    )
    films = {}
    for movie, rows in embeddings.items():
        found = tracklets[movie]
        folds = split_into_folds(found, cooccurrence[movie], settings.folds)
        film = FilmLabels(rows, found, hard_examples[movie], crops[movie])
        films[movie] = without_tracks(film, folds[0])
    trainings = Trainings(job, model, settings, recipe, machine, checkpoints)
    chosen = choose_loss(method, loss)
    record = trainings.record(method, chosen, films)
    adapted = trainings.train(list(films.values()), chosen, record)
    write_adapted(weights, history, adapted, record)
    trainings.remove_checkpoints()


main = as_command(adapt_embedding)

if __name__ == "__main__":
    main()
