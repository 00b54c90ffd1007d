"""Write the page on adaptation: what clusters each film and why, learning curves, ROC curves."""

from itertools import product
from pathlib import Path

from castmap.console import logger
from castmap.files.results import read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.tables import HISTORY
from castmap.pages import adaptation
from castmap.pages.rendering import render
from castmap.stages.process import stage, stage_parser

_MOST_CURVES = 24


def main(argv: list[str] | None = None) -> None:
    """Read choices, histories and verification scores; write the page."""
    parser = stage_parser(__doc__)
    parser.add_argument("--movie-infos", nargs="*", type=Path, default=[], help="one per film")
    parser.add_argument("--choices", nargs="*", type=Path, default=[], help="one per film")
    parser.add_argument("--trainings", nargs="*", default=[], help="scope/method")
    parser.add_argument("--histories", nargs="*", type=Path, default=[], help="one per training")
    parser.add_argument("--movies-with-labels", nargs="*", default=[])
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument(
        "--verification-metrics",
        nargs="*",
        type=Path,
        default=[],
        help="one per film of --movies-with-labels and model, in order",
    )
    parser.add_argument("--trained-on", nargs="*", default=[], help="films")
    parser.add_argument("--held-out", nargs="*", default=[], help="films")
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        infos = [read_json(path) for path in args.movie_infos]
        choices = [read_json(path) for path in args.choices]
        titles = {info["movie"]: info["title"] or info["movie"] for info in infos}
        pairs = product(args.movies_with_labels, args.models)
        scores = dict(zip(pairs, map(read_json, args.verification_metrics), strict=True))
        rocs = [
            adaptation.roc_chart(
                titles[movie],
                {model: scores[movie, model]["roc"]["tracks"] for model in args.models},
            )
            for movie in args.movies_with_labels
        ]
        trainings = zip(args.trainings, args.histories, strict=True)
        curves = [
            adaptation.learning_curve(title, read_table(path, HISTORY)) for title, path in trainings
        ]
        drawn = [curve for curve in curves if curve]
        page = render(
            "adaptation.html",
            choices=adaptation.choice_rows(infos, choices),
            gains=adaptation.gain_rows(choices[0]) if choices else [],
            trained_on=[titles[movie] for movie in args.trained_on],
            held_out=[titles[movie] for movie in args.held_out],
            rocs=[chart for chart in rocs if chart],
            curves=drawn[:_MOST_CURVES],
            n_hidden=max(len(drawn) - _MOST_CURVES, 0),
            width=adaptation.WIDTH,
            height=adaptation.HEIGHT,
        )
        write_text(args.out_page, page)
        logger.info("%s: %d films", args.out_page, len(infos))


if __name__ == "__main__":
    main()
