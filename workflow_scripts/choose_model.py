"""Choose the embedding that clusters a film, and pass its clusters on."""

import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np

from castmap.adaptation.choice import Model, choose, models_of
from castmap.adaptation.gate import Gain, gain_over_films
from castmap.console import logger
from castmap.files.whole import replacing
from castmap.stages.arguments import ByModel, ByMovie, Json, NewFile
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    choice: Json


def choose_model(
    clusters: ByModel[Path],
    calibrations: ByModel[Path],
    verdicts: Json,
    corpus_verdicts: ByMovie[Json],
    chosen_clusters: NewFile,
    chosen_calibration: NewFile,
    *,
    network: str,
    methods: list[str],
    scopes: list[str],
) -> Output:
    """Choose the embedding that clusters a film, and pass its clusters on.

    The weak pairs of the films of both split lists decide whether a model adapted to the corpus is
    better than its baselines; the film's own pairs may contradict them. They alone decide on models
    adapted to the film. No model is judged on what it was trained on.

    Args:
        clusters: by each model.
        calibrations: of the clusters.
        verdicts: of this film.
        corpus_verdicts: of the films of the split lists.
        chosen_clusters: those of the chosen model, as they are.
        chosen_calibration: likewise.
        network: the pretrained embedding.
        methods: the losses.
        scopes: what the network was adapted to: corpus, movie, both or neither.
    """
    models = models_of(network, methods, scopes)
    corpus, film = _gains(list(corpus_verdicts.values())), _gains([verdicts])
    choice = choose(models, corpus, film)
    _copy(clusters[choice.model], chosen_clusters)
    _copy(calibrations[choice.model], chosen_calibration)
    logger.info("%s: %s", choice.model, choice.reason)
    rows = [
        {
            "model": model.name,
            "separation": verdicts["separations"].get(model.name),
            "accepted": choice.accepted.get(model.name),
            "corpus": _gains_over(model, corpus),
            "film": _gains_over(model, film),
        }
        for model in models
    ]
    return Output({"model": choice.model, "reason": choice.reason, "models": rows})


def _copy(path: Path, out: Path) -> None:
    with replacing(out) as partial:
        shutil.copyfile(path, partial)


def _gains(films: list[dict]) -> dict[tuple[str, str], Gain]:
    """Each model against each of its baselines, over the films that have weak pairs."""
    rows: dict[tuple[str, str], list[dict]] = {}
    for film in films:
        for gain in film["gains"]:
            rows.setdefault((gain["model"], gain["baseline"]), []).append(gain)
    return {
        key: gain_over_films(
            [np.array(gain["draws"]) for gain in own], [gain["tracks"] for gain in own]
        )
        for key, own in rows.items()
    }


def _gains_over(model: Model, gains: dict[tuple[str, str], Gain]) -> dict | None:
    found = {base: gains[key] for base in model.baselines if (key := (model.name, base)) in gains}
    return {
        base: {"difference": gain.value, "difference_95": list(gain.interval)}
        for base, gain in found.items()
    } or None


main = as_command(choose_model)

if __name__ == "__main__":
    main()
