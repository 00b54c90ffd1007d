"""Write the cards of adapted networks: what each is, what it learnt from, what that is worth."""

from pathlib import Path

from castmap.console import InputError, logger
from castmap.files.hashing import sha256_file
from castmap.files.results import read_json
from castmap.files.whole import write_text
from castmap.formats.weights import WeightsError, load_sealed
from castmap.pages.cards import model_card
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Read the record beside the weights, and the choices of the films; write a card each."""
    parser = stage_parser(__doc__)
    parser.add_argument("--weights", nargs="+", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True, help="their names as embeddings")
    parser.add_argument("--movies", nargs="+", required=True, help="films they may cluster")
    parser.add_argument("--choices", nargs="+", type=Path, required=True, help="one per film")
    parser.add_argument("--out-cards", nargs="+", type=Path, required=True, help="one per model")
    with stage(parser, argv) as args:
        choices = {
            movie: read_json(path) for movie, path in zip(args.movies, args.choices, strict=True)
        }
        files = zip(args.models, args.weights, args.out_cards, strict=True)
        for model, weights, out in files:
            try:
                _, record = load_sealed(weights)
            except WeightsError as error:
                raise InputError(str(error)) from error
            write_text(out, model_card(model, record, sha256_file(weights), choices))
            logger.info("%s", out)


if __name__ == "__main__":
    main()
