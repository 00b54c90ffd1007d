"""Print the corpus in numbers: each table as CSV (raw), Markdown and LaTeX (formatted)."""

from itertools import groupby

from castmap.catalogues import TABLES
from castmap.console import logger
from castmap.evaluation.tables.corpus import Corpus
from castmap.evaluation.tables.making import make_table, print_table
from castmap.files.whole import write_text
from castmap.formats.tables import FAILURES, Clusters, Detections, Failures, Shots, Tracks
from castmap.stages.arguments import ByModel, ByMovie, Json, NewFiles
from castmap.stages.command_line import as_command


def tabulate_corpus(
    movies: ByMovie[Json],
    shots: ByMovie[Shots],
    detections: ByMovie[Detections],
    tracks: ByMovie[Tracks],
    clusters: ByMovie[Clusters],
    mining: ByMovie[Json],
    choices: ByMovie[Json],
    shot_metrics: ByMovie[Json],
    track_metrics: ByMovie[Json],
    clustering_metrics: ByMovie[ByModel[Json]],
    verification_metrics: ByMovie[ByModel[Json]],
    algorithm_metrics: ByMovie[Json],
    failed: Failures | None,
    tables: NewFiles,
    *,
    seed: int,
) -> None:
    """Print the corpus in numbers: each table as CSV (raw), Markdown and LaTeX (formatted).

    Args:
        movies: movie.json of every film.
        shots: of every film.
        detections: of every film.
        tracks: of every film.
        clusters: of every film, by the chosen embedding.
        mining: mining.json of every film.
        choices: choice.json of every film.
        shot_metrics: of the films with labels of shots.
        track_metrics: of the films with labels of faces.
        clustering_metrics: of these films, by every embedding.
        verification_metrics: of these films, by every embedding.
        algorithm_metrics: of these films.
        failed: the films that no files are given of.
        tables: results/tables/{table}.{csv,md,tex}; named as in the catalogue of tables.
        seed: that the results were made with.
    """
    corpus = Corpus(
        movies,
        shots,
        detections,
        tracks,
        clusters,
        mining,
        choices,
        shot_metrics,
        track_metrics,
        clustering_metrics,
        verification_metrics,
        algorithm_metrics,
        FAILURES.empty() if failed is None else failed,
        seed,
    )
    for name, paths in groupby(tables, key=lambda path: path.stem):
        member = TABLES[name]
        texts = print_table(member, make_table(member, corpus), corpus)
        for path in paths:
            write_text(path, texts[path.suffix.removeprefix(".")])
    logger.info("%d tables of %d films", len({path.stem for path in tables}), len(movies))


main = as_command(tabulate_corpus)

if __name__ == "__main__":
    main()
