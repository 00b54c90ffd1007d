"""Print the corpus in numbers: each table as CSV (raw), Markdown and LaTeX (formatted)."""

import argparse
from pathlib import Path

import pandas as pd

from workflow_scripts.evaluation.tables import (
    LAYOUTS,
    benchmark_summary_table,
    clustering_table,
    dataset_statistics_table,
    films_table,
    mining_table,
    shots_table,
    summarise_film,
    tracks_table,
    verification_table,
)
from workflow_scripts.formats.printing import print_cells, to_latex, to_markdown
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS
from workflow_scripts.stagekit.console import InputError, logger, progress, stage, stage_parser
from workflow_scripts.stagekit.files import read_json, read_table, write_text

_PER_MOVIE = ("movie_infos", "shots", "detections", "tracks", "clusters", "mining_summaries")
_PER_LABELLED = ("shot_metrics", "track_metrics", "clustering_metrics", "verification_metrics")


def main(argv: list[str] | None = None) -> None:
    """Read the files of all films; write every table into one folder."""
    parser = stage_parser(__doc__)
    parser.add_argument("--movies", nargs="*", default=[], help="names of all films")
    parser.add_argument("--movies-with-labels", nargs="*", default=[])
    for name in (*_PER_MOVIE, *_PER_LABELLED):
        names = "--movies" if name in _PER_MOVIE else "--movies-with-labels"
        option = "--" + name.replace("_", "-")
        parser.add_argument(
            option, nargs="*", type=Path, default=[], help=f"one file per film of {names}, in order"
        )
    parser.add_argument("--model", required=True, help="the embedding that was clustered")
    parser.add_argument("--out-folder", type=Path, required=True)
    with stage(parser, argv) as args:
        _check_lengths(args, args.movies, "--movies", _PER_MOVIE)
        _check_lengths(args, args.movies_with_labels, "--movies-with-labels", _PER_LABELLED)
        films = list(_films(args))
        shots, tracks, clustering, verification = (
            dict(zip(args.movies_with_labels, map(read_json, getattr(args, name)), strict=True))
            for name in _PER_LABELLED
        )
        tables = {
            "films": films_table(films),
            "dataset_statistics": dataset_statistics_table(films),
            "mining": mining_table(films),
            "benchmark_summary": benchmark_summary_table(clustering),
            "shots": shots_table(shots),
            "tracks": tracks_table(tracks),
            "clustering": clustering_table(clustering, args.model),
            "verification": verification_table(verification, args.model),
        }
        rejected = sum(film.status == "rejected" for film in films)
        counts = {
            "films": len(films),
            "rejected": rejected,
            "analysed": len(films) - rejected,
            "labelled": len(args.movies_with_labels),
            "mined": tables["mining"]["tracks"].sum(),
            "true_boundaries": tables["shots"][["cuts", "gradual"]].sum().sum(),
            "intervals": tables["tracks"]["intervals"].sum(),
            "tracks": tables["tracks"]["tracks"].sum(),
            "pairs": tables["verification"][["n_same", "n_different"]].sum().sum(),
            "evaluated": tables["clustering"]["tracks"].sum(),
        }
        for name, table in tables.items():
            _write(args.out_folder, name, table, counts)
        logger.info("%s: %d tables of %d films", args.out_folder, len(tables), len(films))


def _check_lengths(
    args: argparse.Namespace, movies: list[str], option: str, names: tuple[str, ...]
) -> None:
    for name in names:
        if len(getattr(args, name)) != len(movies):
            raise InputError(
                f"--{name.replace('_', '-')}: {len(getattr(args, name))} files for {len(movies)} "
                f"films; give one per film of {option}, in the same order"
            )


def _films(args: argparse.Namespace):
    files = zip(args.movies, *(getattr(args, name) for name in _PER_MOVIE), strict=True)
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
    write_text(folder / f"{name}.csv", table.to_csv(index=False, lineterminator="\n"))
    write_text(folder / f"{name}.md", to_markdown(cells, caption, layout.note, right))
    write_text(folder / f"{name}.tex", to_latex(cells, caption, layout.note, right, f"tab:{name}"))


if __name__ == "__main__":
    main()
