"""Compare the people found across films with the names of their labels."""

from pathlib import Path

import pandas as pd

from castmap.clustering.characters import BACKGROUND
from castmap.console import logger
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.files.whole import write_json
from castmap.formats.label_names import one_spelling
from castmap.formats.tables import CLUSTERS, PEOPLE, TRACKS
from castmap.stages.labels import read_labels
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance


def main(argv: list[str] | None = None) -> None:
    """Read people, tracks and labels of the films that have labels; write the scores as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--people", type=Path, required=True)
    parser.add_argument("--movies", nargs="+", required=True, help="those with labels")
    parser.add_argument("--clusters", nargs="+", type=Path, required=True, help="one per movie")
    parser.add_argument("--tracks", nargs="+", type=Path, required=True, help="one per movie")
    parser.add_argument("--true-faces", nargs="+", type=Path, required=True, help="one per movie")
    parser.add_argument("--seed", type=int, default=2008, help="of the bootstrap")
    parser.add_argument("--bootstrap", type=int, default=200, help="how often tracks are redrawn")
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        people = read_table(args.people, PEOPLE)
        tables = []
        files = zip(args.movies, args.clusters, args.tracks, args.true_faces, strict=True)
        for movie, clusters, tracks, true_faces in files:
            labels = read_labels(true_faces)
            table = people_of_tracks(read_table(tracks, TRACKS), labels.faces, labels.judged)
            table = table[table["judged"]]
            found = read_table(clusters, CLUSTERS).set_index("track")["character"]
            who = people[people["movie"] == movie].set_index("character")["person"]
            character = table["track"].map(found).map(who).fillna(BACKGROUND)
            tables.append(table[["person", "n_faces"]].assign(character=character))
        joined = pd.concat(tables, ignore_index=True).reset_index(names="track")
        joined["person"] = one_spelling(joined["person"])
        metrics = evaluate_clusters(joined, args.seed, args.bootstrap)
        record = provenance("evaluate_people", seed=args.seed, bootstrap=args.bootstrap)
        write_json(args.out_metrics, metrics | {"movies": args.movies, "provenance": record})
        logger.info(
            "%s: %d people of %d names in %d films",
            args.out_metrics,
            metrics["k_pred"],
            metrics["k_true"],
            len(args.movies),
        )


if __name__ == "__main__":
    main()
