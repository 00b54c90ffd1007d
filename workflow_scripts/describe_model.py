"""Write the cards of adapted networks: what each is, what it learnt from, what that is worth."""

from pathlib import Path

from workflow_scripts.formats.weights import WeightsError, load_sealed
from workflow_scripts.pages.cards import model_card
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.files import read_json, sha256_file, write_text


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
