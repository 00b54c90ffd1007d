"""Values that stand in several tables."""

from collections.abc import Mapping

OURS, PUBLISHED = "ours", "published"


def with_interval(scores: Mapping) -> dict:
    """Scores of a clustering, with the bounds of the V-measure's 95 % interval."""
    low, high = scores["intervals_95"]["v_measure"] or (None, None)
    return {**scores, "v_measure_low": low, "v_measure_high": high}


def yes_or_no(value: bool) -> str:
    """How a flag is written in a table."""
    return "yes" if value else "no"
