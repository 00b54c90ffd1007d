"""Write a film's page on weak labels: the hardest examples, and what was left out."""

from pathlib import Path
from typing import NamedTuple

from castmap.console import logger
from castmap.faces.portraits import face_sprite
from castmap.faces.redaction import Redaction
from castmap.formats.tables import (
    Detections,
    HardExamples,
    ImpossibleNegatives,
    MustLinks,
    Tracklets,
)
from castmap.pages.layout import title_of
from castmap.pages.mining import count_rows, hardest_examples, shown_links, typical_faces
from castmap.pages.rendering import render
from castmap.stages.arguments import Embeddings, Json, Text
from castmap.stages.command_line import as_command

_FACE_PX = 96
_MOST_IMPOSSIBLE = 24


class Output(NamedTuple):
    """What the stage makes."""

    page: Text


def report_mining(
    movie: Json,
    faces: Path,
    detections: Detections,
    tracklets: Tracklets,
    must_links: MustLinks,
    hard_examples: HardExamples,
    impossible_negatives: ImpossibleNegatives,
    summary: Json,
    embeddings: Embeddings,
    *,
    show_faces: Redaction,
) -> Output:
    """Write a film's page on weak labels: the hardest examples, and what was left out.

    Args:
        movie: movie.json of the film.
        faces: the archive of crops.
        detections: the faces.
        tracklets: which faces of a track look alike.
        must_links: tracks of different shots that are one person.
        hard_examples: what was mined.
        impossible_negatives: cannot-links that look like one person.
        summary: what became of the tracks and pairs.
        embeddings: row i for detection i.
        show_faces: how pictures show faces.
    """
    typical = typical_faces(tracklets, embeddings)
    examples = hardest_examples(hard_examples, typical)
    impossible = impossible_negatives.head(_MOST_IMPOSSIBLE).to_dict("records")
    links = shown_links(must_links)
    pairs = [*impossible, *links["kept"], *links["dropped"]]
    shown = sorted(
        {row[face] for row in examples for face in ("anchor", "positive", "negative")}
        | {row[face] for row in pairs for face in ("detection", "other_detection")}
    )
    page = render(
        "mining.html",
        film={"movie": movie["movie"], "title": title_of(movie)},
        rejected=movie["reason"],
        counts=count_rows(summary),
        examples=examples,
        links=links,
        n_links=int(must_links["kept"].sum()),
        impossible=impossible,
        n_impossible=len(impossible_negatives),
        sprite=face_sprite(faces, shown, _FACE_PX, show_faces),
        place={face: index for index, face in enumerate(shown)},
        times=detections["time_s"].to_dict(),
    )
    logger.info("%d hard examples, %d impossible pairs", len(examples), len(impossible_negatives))
    return Output(page)


main = as_command(report_mining)

if __name__ == "__main__":
    main()
