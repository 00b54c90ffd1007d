"""Measure which true shot boundaries were found, and how many of the found ones are true."""

from typing import NamedTuple

from castmap.console import logger
from castmap.evaluation.shots import TOLERANCE_FRAMES, score_boundaries
from castmap.formats.tables import Shots, TrueShots
from castmap.stages.arguments import Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    metrics: Json


def evaluate_shots(
    shots: Shots, true_shots: TrueShots, *, tolerance_frames: int = TOLERANCE_FRAMES
) -> Output:
    """Measure which true shot boundaries were found, and how many of the found ones are true.

    Args:
        shots: of the film.
        true_shots: labels: shots.csv.
        tolerance_frames: how far from a true boundary a found one may lie.
    """
    if shots.empty:  # a rejected film: nothing of the labels can be seen
        true_shots = true_shots.iloc[:0]
    metrics = score_boundaries(shots, true_shots, tolerance_frames)
    logger.info(
        "%d of %d true boundaries found, %d false",
        metrics["matched"],
        metrics["cuts"] + metrics["gradual"],
        len(metrics["false_frames"]),
    )
    return Output(metrics)


main = as_command(evaluate_shots)

if __name__ == "__main__":
    main()
