"""Judge the embeddings of a film by weak pairs of tracks that they were not trained on.

An embedding that was adapted to the film itself is judged by its cross-fitted vectors, one that was
adapted to a corpus with this film by the fold that was held out, any other by all tracks.
"""

from typing import NamedTuple

import numpy as np

from castmap.adaptation.choice import CORPUS, MOVIE, Model, models_of
from castmap.adaptation.gate import statistic_of_draws, weak_scores
from castmap.adaptation.weak_labels import split_into_folds
from castmap.console import logger
from castmap.formats.tables import Cooccurrence, Tracklets
from castmap.mining.tracklets import tracklet_means
from castmap.stages.arguments import ByMethod, ByModel, Embeddings, Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    verdicts: Json


def judge_models(
    tracklets: Tracklets,
    cooccurrence: Cooccurrence,
    embeddings: ByModel[Embeddings],
    cross_fitted: ByMethod[Embeddings],
    *,
    network: str,
    methods: list[str],
    scopes: list[str],
    trained_on: bool,
    folds: int,
    seed: int,
    bootstrap: int = 200,
) -> Output:
    """Judge the embeddings of a film by weak pairs of tracks that they were not trained on.

    Args:
        tracklets: of the film.
        cooccurrence: of the film.
        embeddings: the pretrained ones, and those of the models adapted to the corpus.
        cross_fitted: those of the models adapted to the film.
        network: the pretrained embedding.
        methods: the losses.
        scopes: what the network was adapted to: corpus, movie, both or neither.
        trained_on: whether the corpus has this film.
        folds: that the film's tracks are split into; the corpus's models never see the first.
        seed: of the bootstrap.
        bootstrap: how often groups of tracks are redrawn.
    """
    parts = split_into_folds(tracklets, cooccurrence, folds)
    models = models_of(network, methods, scopes)
    means = {
        model.name: tracklet_means(
            tracklets,
            cross_fitted[str(model.method)] if model.scope == MOVIE else embeddings[model.name],
        )
        for model in models
    }
    separations, gains = {}, []
    for model in models:
        held_out = trained_on and model.scope == CORPUS
        tracks = parts[0] if held_out else np.concatenate(parts)
        draws = {}
        for name in (model.name, *model.baselines):
            scores = weak_scores(tracklets, means[name], cooccurrence, tracks)
            values = statistic_of_draws(scores, seed, bootstrap)
            if values is not None:
                draws[name] = values
        if draws:
            separations[model.name] = draws[model.name][0]
            gains += _gains(model, draws, tracks)
    logger.info("%d models, %d gains", len(models), len(gains))
    return Output({"separations": separations, "gains": gains})


def _gains(model: Model, draws: dict[str, np.ndarray], tracks: np.ndarray) -> list[dict]:
    """The gain of a model over each of its baselines, by each draw of the bootstrap."""
    return [
        {
            "model": model.name,
            "baseline": baseline,
            "tracks": len(tracks),
            "draws": (draws[model.name] - draws[baseline]).tolist(),
        }
        for baseline in model.baselines
    ]


main = as_command(judge_models)

if __name__ == "__main__":
    main()
