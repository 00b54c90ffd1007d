"""Measure which true shot boundaries were found, and how many of the found ones are true."""

from pathlib import Path

from castmap.console import logger
from castmap.evaluation.shots import TOLERANCE_FRAMES, evaluate_shots
from castmap.files.results import read_csv, read_table
from castmap.files.whole import write_json
from castmap.formats.tables import SHOTS, TRUE_SHOTS
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance


def main(argv: list[str] | None = None) -> None:
    """Read shots and labels; write recall and precision as JSON."""
    parser = stage_parser(__doc__)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--true-shots", type=Path, required=True, help="labels: shots.csv")
    parser.add_argument("--out-metrics", type=Path, required=True)
    with stage(parser, argv) as args:
        shots = read_table(args.shots, SHOTS)
        true_shots = read_csv(args.true_shots, TRUE_SHOTS)
        if shots.empty:  # a rejected film: nothing of the labels can be seen
            true_shots = true_shots.iloc[:0]
        metrics = evaluate_shots(shots, true_shots)
        record = provenance("evaluate_shots", tolerance_frames=TOLERANCE_FRAMES)
        write_json(args.out_metrics, {**metrics, "provenance": record})
        logger.info(
            "%s: %d of %d true boundaries found, %d false",
            args.out_metrics,
            metrics["matched"],
            metrics["cuts"] + metrics["gradual"],
            len(metrics["false_frames"]),
        )


if __name__ == "__main__":
    main()
