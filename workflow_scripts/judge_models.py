"""How well each embedding tells the weak pairs of a film apart, on tracks nothing learnt from."""

from pathlib import Path

from workflow_scripts.adaptation.gate import aucs_of_draws, weak_pairs
from workflow_scripts.adaptation.weak_labels import held_out_tracks
from workflow_scripts.formats.tables import COOCCURRENCE, TRACKLETS
from workflow_scripts.mining.tracklets import tracklet_means
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.embeddings import read_embeddings
from workflow_scripts.stagekit.files import provenance, read_table, write_json


def main(argv: list[str] | None = None) -> None:
    """Read the weak labels and all embeddings of one film; write the AUC of each, and its draws."""
    parser = stage_parser(__doc__)
    parser.add_argument("--tracklets", type=Path, required=True)
    parser.add_argument("--cooccurrence", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--embeddings", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument(
        "--held-out-share", type=float, required=True, help="of the tracks; 1: none was trained on"
    )
    parser.add_argument(
        "--seed", type=int, required=True, help="of the training, and the bootstrap"
    )
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-verdicts", type=Path, required=True)
    with stage(parser, argv) as args:
        tracklets = read_table(args.tracklets, TRACKLETS)
        strangers = read_table(args.cooccurrence, COOCCURRENCE)
        tracks = held_out_tracks(tracklets, strangers, args.held_out_share, args.seed)
        pairs = weak_pairs(tracklets, strangers, tracks)
        files = zip(args.models, args.embeddings, strict=True)
        looks = {model: tracklet_means(tracklets, read_embeddings(path)) for model, path in files}
        means = {model: look.reshape(-1, look.shape[2]) for model, look in looks.items()}
        aucs = aucs_of_draws(means, pairs, args.seed, args.bootstrap)
        result = {
            "held_out_tracks": len(tracks),
            "positive_pairs": len(pairs.positives),
            "negative_pairs": len(pairs.negatives),
            "auc_of_draws": aucs and {model: values.tolist() for model, values in aucs.items()},
            "provenance": provenance(
                "judge_models",
                held_out_share=args.held_out_share,
                seed=args.seed,
                bootstrap=args.bootstrap,
            ),
        }
        write_json(args.out_verdicts, result)
        logger.info(
            "%s: %d pairs of one person, %d of two, %d models",
            *(args.out_verdicts, len(pairs.positives), len(pairs.negatives), len(args.models)),
        )


if __name__ == "__main__":
    main()
