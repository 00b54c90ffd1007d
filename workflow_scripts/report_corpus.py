"""Write the corpus page: every film, and what was turned away and why."""

import zipfile
from pathlib import Path

from workflow_scripts.clustering.pooling import quality
from workflow_scripts.formats.face_archive import read_crop
from workflow_scripts.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS
from workflow_scripts.pages import corpus
from workflow_scripts.pages.movie import faces_by_character
from workflow_scripts.pages.rendering import render
from workflow_scripts.stagekit.console import stage, stage_parser
from workflow_scripts.stagekit.files import read_json, read_table, write_text


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    for name in ("movie-infos", "shots", "detections", "faces", "tracks", "clusters"):
        parser.add_argument(
            f"--{name}", type=Path, nargs="*", required=True, help="one per film, in one order"
        )
    parser.add_argument("--movies-with-labels", nargs="*", default=[])
    parser.add_argument("--clustering-metrics", type=Path, nargs="*", default=[])
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        infos = [read_json(path) for path in args.movie_infos]
        shots = [read_table(path, SHOTS) for path in args.shots]
        clusters = [read_table(path, CLUSTERS) for path in args.clusters]
        films = [
            _card(number, info, table, cast, paths)
            for number, (info, table, cast, *paths) in enumerate(
                zip(
                    *(infos, shots, clusters, args.detections, args.faces, args.tracks),
                    strict=True,
                )
            )
        ]
        titles = {film["movie"]: film["title"] for film in films}
        measured = [
            corpus.measured_row(titles[movie], read_json(path))
            for movie, path in zip(args.movies_with_labels, args.clustering_metrics, strict=True)
        ]
        page = render(
            "corpus.html",
            numbers=corpus.corpus_numbers(infos, shots, clusters),
            films=films,
            rejected=[film for film in films if not film["shown"]],
            measured=measured,
        )
        write_text(args.out_page, page)


def _card(number: int, info: dict, shots: object, clusters: object, paths: list[Path]) -> dict:
    detections, faces, tracks = paths
    table = faces_by_character(
        read_table(tracks, TRACKS), clusters, quality(read_table(detections, DETECTIONS))
    )
    with zipfile.ZipFile(faces) as archive:
        return corpus.film_card(
            number, info, shots, clusters, table, lambda detection: read_crop(archive, detection)
        )


if __name__ == "__main__":
    main()
