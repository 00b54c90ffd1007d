"""Who and what chooses constants, and who and what reports numbers.

Of people and of layouts, sorted by name, every other one is in either fold: no person and no
episode is in both.
"""

from collections.abc import Iterable
from pathlib import Path

CHOOSE, REPORT = "choose", "report"
FOLDS = (CHOOSE, REPORT)


def people_of_fold(names: Iterable[str], fold: str) -> list[str]:
    """The people of a fold, by name."""
    return sorted(names)[FOLDS.index(fold) :: len(FOLDS)]


def layouts_of_fold(folder: Path, fold: str) -> list[Path]:
    """The .facetracks.mat files of a folder that belong to a fold, by name."""
    return sorted(folder.glob("*.facetracks.mat"))[FOLDS.index(fold) :: len(FOLDS)]
