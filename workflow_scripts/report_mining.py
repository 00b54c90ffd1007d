"""Write a film's mining page: what it teaches without labels, and what was left out."""

from pathlib import Path

from castmap.console import logger
from castmap.files.results import read_csv, read_json, read_table
from castmap.files.whole import write_text
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import (
    DETECTIONS,
    HARD_EXAMPLES,
    IMPOSSIBLE_NEGATIVES,
    TRACKLETS,
)
from castmap.pages.mining import count_rows, hardest_examples, typical_faces
from castmap.pages.portraits import add_redaction, face_sprite
from castmap.pages.rendering import render
from castmap.stages.process import stage, stage_parser

_FACE_PX = 96
_MOST_IMPOSSIBLE = 24


def main(argv: list[str] | None = None) -> None:
    """Read what was mined from one film; write the page."""
    parser = stage_parser(__doc__)
    for name in (
        *("movie-info", "faces", "detections", "tracklets", "hard-examples"),
        *("impossible-negatives", "summary", "embeddings"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    add_redaction(parser)
    parser.add_argument("--out-page", type=Path, required=True)
    with stage(parser, argv) as args:
        info = read_json(args.movie_info)
        times = read_table(args.detections, DETECTIONS)["time_s"]
        tracklets = read_table(args.tracklets, TRACKLETS)
        typical = typical_faces(tracklets, read_embeddings(args.embeddings))
        examples = hardest_examples(read_table(args.hard_examples, HARD_EXAMPLES), typical)
        listed = read_csv(args.impossible_negatives, IMPOSSIBLE_NEGATIVES)
        impossible = listed.head(_MOST_IMPOSSIBLE).to_dict("records")
        shown = sorted(
            {row[face] for row in examples for face in ("anchor", "positive", "negative")}
            | {row[face] for row in impossible for face in ("detection", "other_detection")}
        )
        page = render(
            "mining.html",
            film={"movie": info["movie"], "title": info["title"] or info["movie"]},
            rejected=info["reason"],
            counts=count_rows(read_json(args.summary)),
            examples=examples,
            impossible=impossible,
            n_impossible=len(listed),
            sprite=face_sprite(args.faces, shown, _FACE_PX, args.show_faces),
            place={face: index for index, face in enumerate(shown)},
            times=times.to_dict(),
        )
        write_text(args.out_page, page)
        logger.info(
            "%s: %d hard examples, %d impossible pairs", args.out_page, len(examples), len(listed)
        )


if __name__ == "__main__":
    main()
