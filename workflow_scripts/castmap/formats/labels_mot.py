"""Labels of MOTChallenge."""

import math
from collections import Counter

from castmap.formats.labels import Labels, Shape, gather

_FEWEST = 6


def read_mot(text: str, film: str | None = None) -> Labels:
    """MOTChallenge ground truth: frame, id, left, top, width, height, flag[, class, visibility].

    Frames count from 1, and the pixel in the upper left corner is (1, 1). The id is the person,
    called by it; rows with a negative id say nobody, rows whose flag is 0 are no labels. Commas,
    semicolons (with decimal commas, too) or spaces part the numbers.

    Raises:
        ValueError: a line does not begin with six numbers; or a film is chosen, and there is one.
    """
    if film is not None:
        raise ValueError(f"--film {film}: MOTChallenge has one film in a file")
    shapes = []
    left_out: Counter[str] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            fields = _numbers(line)
            frame, person, left, top, width, height = fields[:_FEWEST]
        except ValueError as error:
            raise ValueError(
                f"line {number}: {line[:80]!r} is not frame,id,left,top,width,height,..."
            ) from error
        if not (frame.is_integer() and frame >= 1):
            raise ValueError(f"line {number}: frame {frame:g}; MOTChallenge counts from 1")
        if person < 0:
            left_out["without an identity (the id is negative)"] += 1
        elif len(fields) > _FEWEST and fields[_FEWEST] == 0:
            left_out["that are no labels (the seventh number is 0)"] += 1
        else:
            box = (left - 1, top - 1, left - 1 + width, top - 1 + height)
            shapes.append(Shape(int(frame) - 1, box, None, f"{person:.15g}"))
    faces, left_out = gather(shapes, left_out)
    return Labels(faces, left_out=left_out)


def _numbers(line: str) -> list[float]:
    if ";" in line:
        fields = line.replace(",", ".").split(";")
    else:
        fields = line.split(",") if "," in line else line.split()
    numbers = [float(field) for field in fields if field.strip()]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("not finite")
    return numbers
