"""Write the page on adaptation: what clusters each film and why, learning curves, ROC curves."""

from typing import NamedTuple

from castmap.console import logger
from castmap.formats.tables import History
from castmap.pages import adaptation
from castmap.pages.layout import title_of
from castmap.pages.rendering import render
from castmap.stages.arguments import ByModel, ByMovie, ByTraining, Json, Text
from castmap.stages.command_line import as_command

_MOST_CURVES = 24


class Output(NamedTuple):
    """What the stage makes."""

    page: Text


def report_adaptation(
    movies: ByMovie[Json],
    choices: ByMovie[Json],
    histories: ByTraining[History],
    metrics: ByMovie[ByModel[Json]],
    *,
    trained_on: list[str],
    held_out: list[str],
) -> Output:
    """Write the page on adaptation: what clusters each film and why, learning curves, ROC curves.

    Args:
        movies: movie.json of each film.
        choices: which embedding clusters each film.
        histories: the losses of each training.
        metrics: verification scores of the films with labels, by model.
        trained_on: the films that the corpus's models learn from.
        held_out: the films that they are judged on.
    """
    infos = dict(movies)
    titles = {movie: title_of(info) for movie, info in infos.items()}
    chosen = dict(choices)
    rocs = [
        adaptation.roc_chart(
            titles[movie], {model: score["roc"]["tracks"] for model, score in by_model.items()}
        )
        for movie, by_model in metrics.items()
    ]
    curves = [adaptation.learning_curve(title, history) for title, history in histories.items()]
    drawn = [curve for curve in curves if curve]
    page = render(
        "adaptation.html",
        choices=adaptation.choice_rows(infos, chosen),
        gains=adaptation.gain_rows(next(iter(chosen.values()))) if chosen else [],
        trained_on=[titles[movie] for movie in trained_on],
        held_out=[titles[movie] for movie in held_out],
        rocs=[chart for chart in rocs if chart],
        curves=drawn[:_MOST_CURVES],
        n_hidden=max(len(drawn) - _MOST_CURVES, 0),
        width=adaptation.WIDTH,
        height=adaptation.HEIGHT,
    )
    logger.info("%d films", len(infos))
    return Output(page)


main = as_command(report_adaptation)

if __name__ == "__main__":
    main()
