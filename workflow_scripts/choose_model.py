"""Choose the embedding that clusters a film, and pass its clusters on.

The weak pairs of the films of the split lists decide whether a model adapted to the corpus is
better than what it was made from; the film's own pairs may contradict, and decide on models adapted
to the film. No model is judged on what it has learnt from.
"""

from pathlib import Path

import numpy as np

from castmap.adaptation.choice import Model, choose, models_of
from castmap.adaptation.gate import Gain, gain_over_films
from castmap.console import logger
from castmap.files.results import read_json, read_record, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.tables import CLUSTERS
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance


def main(argv: list[str] | None = None) -> None:
    """Read the verdicts of the film and the corpus; write the chosen clusters and the choice."""
    parser = stage_parser(__doc__)
    parser.add_argument("--network", required=True, help="the pretrained embedding")
    parser.add_argument("--methods", nargs="*", default=[], help="losses")
    parser.add_argument("--scopes", nargs="*", default=[])
    parser.add_argument("--clusters", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--calibrations", nargs="+", type=Path, required=True, help="one per model")
    parser.add_argument("--verdicts", type=Path, required=True, help="of this film")
    parser.add_argument(
        "--corpus-verdicts", nargs="*", type=Path, default=[], help="of the split lists' films"
    )
    parser.add_argument("--out-clusters", type=Path, required=True)
    parser.add_argument("--out-calibration", type=Path, required=True)
    parser.add_argument("--out-choice", type=Path, required=True)
    with stage(parser, argv) as args:
        models = models_of(args.network, args.methods, args.scopes)
        own = read_json(args.verdicts)
        corpus = _gains([read_json(path) for path in args.corpus_verdicts])
        film = _gains([own])
        choice = choose(models, corpus, film)
        files = zip(args.clusters, args.calibrations, strict=True)
        chosen, calibration = dict(zip((m.name for m in models), files, strict=True))[choice.model]
        write_table(args.out_clusters, CLUSTERS, read_table(chosen, CLUSTERS), read_record(chosen))
        write_json(args.out_calibration, read_json(calibration))
        result = {
            "model": choice.model,
            "reason": choice.reason,
            "models": [
                {
                    "model": model.name,
                    "auc": own["aucs"].get(model.name),
                    "accepted": choice.accepted.get(model.name),
                    "corpus": _gains_over(model, corpus),
                    "film": _gains_over(model, film),
                }
                for model in models
            ],
            "provenance": provenance("choose_model"),
        }
        write_json(args.out_choice, result)
        logger.info("%s: %s: %s", args.out_choice, choice.model, choice.reason)


def _gains(films: list[dict]) -> dict[tuple[str, str], Gain]:
    """Each model against each of its baselines, over the films that have weak pairs."""
    rows: dict[tuple[str, str], list[dict]] = {}
    for film in films:
        for gain in film["gains"]:
            rows.setdefault((gain["model"], gain["baseline"]), []).append(gain)
    return {
        key: gain_over_films(
            [np.array(gain["draws"]) for gain in own], [gain["tracks"] for gain in own]
        )
        for key, own in rows.items()
    }


def _gains_over(model: Model, gains: dict[tuple[str, str], Gain]) -> dict | None:
    found = {base: gains[key] for base in model.baselines if (key := (model.name, base)) in gains}
    return {
        base: {"difference": gain.value, "difference_95": list(gain.interval)}
        for base, gain in found.items()
    } or None


if __name__ == "__main__":
    main()
