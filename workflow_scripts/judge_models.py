"""How much better each model tells weak pairs of a film apart that it has not learnt from."""

from pathlib import Path

import numpy as np

from castmap.adaptation.choice import models_of
from castmap.adaptation.gate import auc_of_draws, weak_scores
from castmap.adaptation.weak_labels import part_tracks
from castmap.console import logger
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import COOCCURRENCE, TRACKLETS
from castmap.mining.tracklets import tracklet_means
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance


def main(argv: list[str] | None = None) -> None:
    """Read the weak labels and all embeddings of one film; write gains, and their draws."""
    parser = stage_parser(__doc__)
    parser.add_argument("--tracklets", type=Path, required=True)
    parser.add_argument("--cooccurrence", type=Path, required=True)
    parser.add_argument("--network", required=True, help="the pretrained embedding")
    parser.add_argument("--methods", nargs="*", default=[], help="losses")
    parser.add_argument("--scopes", nargs="*", default=[])
    parser.add_argument("--embeddings", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument(
        "--first-fold-only", nargs="*", default=[], help="models that learnt from the other folds"
    )
    parser.add_argument("--folds", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True, help="of the folds and the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-verdicts", type=Path, required=True)
    with stage(parser, argv) as args:
        tracklets = read_table(args.tracklets, TRACKLETS)
        strangers = read_table(args.cooccurrence, COOCCURRENCE)
        folds = part_tracks(tracklets, strangers, args.folds, args.seed)
        models = models_of(args.network, args.methods, args.scopes)
        means = {
            model.name: tracklet_means(tracklets, read_embeddings(path))
            for model, path in zip(models, args.embeddings, strict=True)
        }
        gains, aucs = [], {}
        for model in models:
            first_only = model.name in args.first_fold_only
            tracks = folds[0] if first_only else np.concatenate(folds)
            draws = {
                name: auc_of_draws(
                    weak_scores(tracklets, means[name], strangers, tracks),
                    *(args.seed, args.bootstrap),
                )
                for name in (model.name, *model.baselines)
            }
            if draws[model.name] is None:
                continue
            aucs[model.name] = draws[model.name][0]
            gains += [
                {
                    "model": model.name,
                    "baseline": baseline,
                    "tracks": len(tracks),
                    "draws": (draws[model.name] - draws[baseline]).tolist(),
                }
                for baseline in model.baselines
            ]
        settings = {name: getattr(args, name) for name in ("folds", "seed", "bootstrap")}
        record = provenance("judge_models", **settings)
        write_json(args.out_verdicts, {"aucs": aucs, "gains": gains, "provenance": record})
        logger.info("%s: %d models, %d gains", args.out_verdicts, len(models), len(gains))


if __name__ == "__main__":
    main()
