"""Which embedding clusters a film, judged by the weak labels of the film and of its corpus.

The rules import this module for the names of models, so nothing heavy is imported here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

CORPUS, MOVIE = "corpus", "movie"
CENTRING = "centring"


class Gain(Protocol):
    """How much better one model separates weak pairs than another; see gate.Gain."""

    @property
    def value(self) -> float:
        """Of all pairs."""
        ...

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        ...


@dataclass(frozen=True)
class Model:
    """An embedding that may cluster a film.

    Attributes:
        name: as in file names; see name_model.
        method: centring or a loss; None for the pretrained embedding.
        scope: CORPUS (adapted to the training films) or MOVIE (to the film at hand); None too.
        baselines: names of the models that it must be better than to be accepted.
    """

    name: str
    method: str | None = None
    scope: str | None = None
    baselines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """The model that clusters a film, and why.

    Attributes:
        model: its name.
        reason: a sentence.
        accepted: by name of each adapted model, whether it may cluster the film.
    """

    model: str
    reason: str
    accepted: Mapping[str, bool] = field(repr=False)


def name_model(network: str, method: str, scope: str) -> str:
    """The name of an adapted embedding.

    Args:
        network: the pretrained embedding's name.
        method: centring or a loss.
        scope: CORPUS or MOVIE.
    """
    return f"{network}_{method}" if scope == CORPUS else f"{network}_{method}_{scope}"


def model_of_training(network: str, training: str) -> str:
    """The name of an adapted embedding.

    Args:
        network: the pretrained embedding's name.
        training: scope and method, as in ``corpus/triplet``; any scope but CORPUS is a film's name.
    """
    scope, method = training.split("/")
    return name_model(network, method, CORPUS if scope == CORPUS else MOVIE)


def models_of(network: str, methods: Sequence[str], scopes: Sequence[str]) -> list[Model]:
    """The pretrained embedding, and each adaptation of it in each scope, simplest first.

    Centring uses no weak labels and gains much by itself. A trained model therefore has to beat the
    centring of its scope as well: otherwise its gain is not due to the weak labels.

    Args:
        network: the pretrained embedding's name.
        methods: losses.
        scopes: CORPUS, MOVIE, both or none.
    """
    models = [Model(network)]
    for scope in scopes:
        centred = name_model(network, CENTRING, scope)
        models.append(Model(centred, CENTRING, scope, (network,)))
        models += [
            Model(name_model(network, method, scope), method, scope, (network, centred))
            for method in methods
        ]
    return models


def choose(
    models: Sequence[Model],
    corpus: Mapping[tuple[str, str], Gain],
    film: Mapping[tuple[str, str], Gain],
) -> Choice:
    """Choose the model for a film.

    A model adapted to the corpus is accepted if it is significantly better than each of its
    baselines on the weak pairs of the corpus, and not significantly worse on those of the film. A
    model adapted to the film is accepted if it is significantly better on the film's. Of the
    accepted models, the one with the largest gain over the pretrained embedding on the film's pairs
    is chosen (on the corpus's, where it was trained on all of the film's); ties go to the simplest.
    If none is accepted, the pretrained embedding is chosen.

    Args:
        models: what models_of returns.
        corpus: by model and baseline; what is missing could not be compared.
        film: the same, on the film's own pairs; empty where it has too few.
    """
    pretrained = models[0].name
    adapted = models[1:]
    accepted = {
        model.name: all(_accepts(model, base, corpus, film) for base in model.baselines)
        for model in adapted
    }
    able = [model for model in adapted if accepted[model.name]]
    if not able:
        return Choice(pretrained, _why_none(adapted), accepted)

    def merit(model: Model) -> float:
        key = (model.name, pretrained)
        return (film if key in film else corpus)[key].value

    best = max(able, key=merit)
    gain = (corpus if best.scope == CORPUS else film)[best.name, pretrained]
    low, high = gain.interval
    where = "of the corpus" if best.scope == CORPUS else "of this film"
    reason = (
        f"on weak pairs {where} that it was not trained on, its separation is {gain.value:.2f} "
        f"[{low:.2f}, {high:.2f}] above that of {pretrained}"
    )
    return Choice(best.name, reason, accepted)


def _accepts(
    model: Model,
    baseline: str,
    corpus: Mapping[tuple[str, str], Gain],
    film: Mapping[tuple[str, str], Gain],
) -> bool:
    key = (model.name, baseline)
    if model.scope == MOVIE:
        return key in film and film[key].interval[0] > 0
    contradicted = key in film and film[key].interval[1] < 0
    return key in corpus and corpus[key].interval[0] > 0 and not contradicted


def _why_none(adapted: Sequence[Model]) -> str:
    if not adapted:
        return "nothing was adapted: there are no training films, and adapt.scope is corpus"
    return "no adapted embedding is better by more than chance on weak pairs it was not trained on"
