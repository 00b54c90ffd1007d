"""Write the card of an adapted network: what it is, what it learnt from, and what that is worth."""

import json
from pathlib import Path

from safetensors import safe_open

from workflow_scripts.pages.cards import model_card
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.files import read_json, sha256_file, write_text


def main(argv: list[str] | None = None) -> None:
    """Read the record beside the weights, and the choices of the films; write the card."""
    parser = stage_parser(__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--model", required=True, help="its name among the embeddings")
    parser.add_argument("--movies", nargs="+", required=True, help="films it may cluster")
    parser.add_argument("--choices", nargs="+", type=Path, required=True, help="one per film")
    parser.add_argument("--out-card", type=Path, required=True)
    with stage(parser, argv) as args:
        with safe_open(args.weights, framework="np") as file:
            record = json.loads(file.metadata()["castmap"])
        choices = {
            movie: read_json(path) for movie, path in zip(args.movies, args.choices, strict=True)
        }
        card = model_card(args.model, record, sha256_file(args.weights), choices)
        write_text(args.out_card, card)
        logger.info("%s", args.out_card)


if __name__ == "__main__":
    main()
