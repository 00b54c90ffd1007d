"""Print the corpus in numbers: each table as CSV (raw), Markdown and LaTeX (formatted)."""

import argparse
from collections.abc import Hashable, Sequence
from itertools import product
from pathlib import Path

import pandas as pd

from castmap.console import InputError, logger, progress
from castmap.evaluation.tables import (
    LAYOUTS,
    algorithms_table,
    benchmark_summary_table,
    clustering_table,
    dataset_statistics_table,
    end_to_end_table,
    films_table,
    mining_table,
    models_table,
    shots_table,
    slices_table,
    summarise_film,
    tracks_table,
    verification_table,
)
from castmap.files.results import read_csv, read_json, read_table, to_csv
from castmap.files.whole import write_text
from castmap.formats.printing import print_cells, to_latex, to_markdown
from castmap.formats.tables import CLUSTERS, DETECTIONS, FAILURES, SHOTS, TRACKS
from castmap.stages.process import stage, stage_parser

_PER_MOVIE = (
    *("movie_infos", "shots", "detections", "tracks", "clusters", "mining_summaries", "choices"),
)
_PER_SHOT_LABELLED = ("shot_metrics",)
_PER_LABELLED = ("track_metrics", "algorithm_metrics")
_PER_MODEL = ("clustering_metrics", "verification_metrics")
_KINDS = {
    "film of --movies": _PER_MOVIE,
    "film of --movies-with-shots": _PER_SHOT_LABELLED,
    "film of --movies-with-labels": _PER_LABELLED,
    "film of --movies-with-labels and model of --models": _PER_MODEL,
}


def main(argv: list[str] | None = None) -> None:
    """Read the files of all films; write every table into one folder."""
    parser = stage_parser(__doc__)
    parser.add_argument("--movies", nargs="*", default=[], help="names of all films")
    parser.add_argument("--movies-with-labels", nargs="*", default=[])
    parser.add_argument("--movies-with-shots", nargs="*", default=[], help="with labels of shots")
    parser.add_argument("--models", nargs="+", required=True, help="embeddings")
    for kind, names in _KINDS.items():
        for name in names:
            option, text = "--" + name.replace("_", "-"), f"one file per {kind}, in order"
            parser.add_argument(option, nargs="*", type=Path, default=[], help=text)
    parser.add_argument("--failed-films", type=Path, help="films that no files are given of")
    parser.add_argument("--seed", type=int, required=True, help="that the results were made with")
    parser.add_argument("--out-folder", type=Path, required=True)
    with stage(parser, argv) as args:
        labelled = args.movies_with_labels
        films_and_models = list(product(labelled, args.models))
        lists = (args.movies, args.movies_with_shots, labelled, films_and_models)
        _check_lengths(args, dict(zip(_KINDS, lists, strict=True)))
        films = list(_films(args))
        failures = read_csv(args.failed_films, FAILURES) if args.failed_films else FAILURES.empty()
        choices = _read(args.movies, args.choices)
        chosen = {movie: choice["model"] for movie, choice in choices.items()}
        shots = _read(args.movies_with_shots, args.shot_metrics)
        tracks, algorithms = (_read(labelled, getattr(args, name)) for name in _PER_LABELLED)
        clustering, verification = (
            _read(films_and_models, getattr(args, name)) for name in _PER_MODEL
        )
        of_chosen = {movie: clustering[movie, chosen[movie]] for movie in labelled}
        tables = {
            "films": films_table(films, failures),
            "dataset_statistics": dataset_statistics_table(films),
            "mining": mining_table(films),
            "benchmark_summary": benchmark_summary_table(of_chosen),
            "shots": shots_table(shots),
            "tracks": tracks_table(tracks),
            "models": models_table(films, choices),
            "clustering": clustering_table(clustering, chosen),
            "end_to_end": end_to_end_table(of_chosen, chosen),
            "slices": slices_table(of_chosen, chosen),
            "algorithms": algorithms_table(algorithms),
            "verification": verification_table(verification),
        }
        rejected = sum(film.status == "rejected" for film in films)
        pairs = tables["verification"].drop_duplicates(["movie", "items"])
        counts = {
            "films": len(films) + len(failures),
            "rejected": rejected,
            "failed": len(failures),
            "analysed": len(films) - rejected,
            "labelled": len(labelled),
            "mined": tables["mining"]["tracks"].sum(),
            "true_boundaries": tables["shots"][["cuts", "gradual"]].sum().sum(),
            "intervals": tables["tracks"]["intervals"].sum(),
            "tracks": tables["tracks"]["tracks"].sum(),
            "pairs": pairs[["n_same", "n_different"]].sum().sum(),
            "evaluated": sum(scores["n_tracks"] for scores in of_chosen.values()),
            "labelled_faces": tables["end_to_end"]["labelled_faces"].sum(),
            "seed": args.seed,
        }
        for name, table in tables.items():
            _write(args.out_folder, name, table, counts)
        logger.info("%s: %d tables of %d films", args.out_folder, len(tables), len(films))


def _read(keys: Sequence[Hashable], paths: Sequence[Path]) -> dict:
    return dict(zip(keys, map(read_json, paths), strict=True))


def _check_lengths(args: argparse.Namespace, wanted: dict[str, Sequence]) -> None:
    for kind, names in _KINDS.items():
        for name in names:
            files = getattr(args, name)
            if len(files) != len(wanted[kind]):
                raise InputError(
                    f"--{name.replace('_', '-')}: {len(files)} files for {len(wanted[kind])}; "
                    f"give one per {kind}, in the same order"
                )


def _films(args: argparse.Namespace):
    names = _PER_MOVIE[: _PER_MOVIE.index("choices")]
    files = zip(args.movies, *(getattr(args, name) for name in names), strict=True)
    for movie, info, shots, detections, tracks, clusters, mining in progress(
        files, len(args.movies), "films", "counting"
    ):
        content = read_json(info)
        if content["movie"] != movie:
            raise InputError(
                f"{info}: is of film {content['movie']!r} but stands where {movie!r} is expected; "
                "give --movies and --movie-infos in the same order"
            )
        yield summarise_film(
            content,
            read_table(shots, SHOTS),
            read_table(detections, DETECTIONS),
            read_table(tracks, TRACKS),
            read_table(clusters, CLUSTERS),
            read_json(mining),
        )


def _write(folder: Path, name: str, table: pd.DataFrame, counts: dict[str, int]) -> None:
    layout = LAYOUTS[name]
    cells = print_cells(table, layout.printed)
    caption = layout.caption.format(**counts)
    right = layout.numeric_headings()
    write_text(folder / f"{name}.csv", to_csv(table))
    write_text(folder / f"{name}.md", to_markdown(cells, caption, layout.note, right))
    write_text(folder / f"{name}.tex", to_latex(cells, caption, layout.note, right, f"tab:{name}"))


if __name__ == "__main__":
    main()
