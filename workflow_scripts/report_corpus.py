"""Write the corpus page: every film, and what was turned away and why."""

from pathlib import Path

import pandas as pd

from castmap.clustering.pooling import quality
from castmap.faces.redaction import redact_face
from castmap.files.results import opened_zip, read_csv, read_json, read_table, write_csv
from castmap.files.whole import write_text
from castmap.formats.face_archive import read_crop
from castmap.formats.failures import fruitless_films
from castmap.formats.tables import CHARACTERS, DETECTIONS, FAILURES, SHOTS, SKIPPED, TRACKS
from castmap.pages import corpus
from castmap.pages.movie import faces_by_character
from castmap.pages.portraits import add_redaction
from castmap.pages.rendering import render
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    for name in ("movie-infos", "shots", "detections", "faces", "tracks", "characters"):
        parser.add_argument(
            f"--{name}", type=Path, nargs="*", required=True, help="one per film, in one order"
        )
    parser.add_argument("--movies-with-labels", nargs="*", default=[])
    parser.add_argument("--clustering-metrics", type=Path, nargs="*", default=[])
    parser.add_argument("--failed-films", type=Path, help="films that no files are given of")
    parser.add_argument("--skipped", type=Path, required=True, help="entries that are no films")
    add_redaction(parser)
    parser.add_argument("--out-page", type=Path, required=True)
    parser.add_argument("--out-failures", type=Path, required=True)
    with stage(parser, argv) as args:
        infos = [read_json(path) for path in args.movie_infos]
        shots = [read_table(path, SHOTS) for path in args.shots]
        characters = [read_table(path, CHARACTERS) for path in args.characters]
        detections = [read_table(path, DETECTIONS) for path in args.detections]
        films = [
            _card(number, *files, args.show_faces)
            for number, files in enumerate(
                zip(infos, shots, characters, detections, args.faces, args.tracks, strict=True)
            )
        ]
        failures = fruitless_films(infos, map(len, detections), characters)
        if args.failed_films:
            failures = pd.concat([failures, read_csv(args.failed_films, FAILURES)])
        titles = {film["movie"]: film["title"] for film in films}
        measured = [
            corpus.measured_row(titles[movie], read_json(path))
            for movie, path in zip(args.movies_with_labels, args.clustering_metrics, strict=True)
        ]
        page = render(
            "corpus.html",
            numbers=corpus.corpus_numbers(infos, shots, characters),
            films=films,
            failures=corpus.failure_notices(failures, titles),
            skipped=read_csv(args.skipped, SKIPPED)["reason"].tolist(),
            measured=measured,
        )
        write_text(args.out_page, page)
        write_csv(args.out_failures, FAILURES, failures)


def _card(
    number: int,
    info: dict,
    shots: pd.DataFrame,
    characters: pd.DataFrame,
    detections: pd.DataFrame,
    faces: Path,
    tracks: Path,
    show_faces: str,
) -> dict:
    table = faces_by_character(read_table(tracks, TRACKS), characters, quality(detections))
    with opened_zip(faces) as archive:
        return corpus.film_card(
            *(number, info, shots, characters, table),
            lambda detection: redact_face(read_crop(archive, detection), show_faces),
        )


if __name__ == "__main__":
    main()
