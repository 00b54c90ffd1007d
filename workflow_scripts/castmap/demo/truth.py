"""The ground truth of a demo film, from its edit list alone: its shots, and who is where."""

from dataclasses import dataclass

import pandas as pd

from castmap.demo.edits import FRAME_SIZE, Rectangle, Shot, inside, picture
from castmap.formats.tables import BOX_COLUMNS, TRUE_FACES, TRUE_SHOTS

# A moving region is given anew this often.
_ZOOM_STEP_FRAMES = 12


@dataclass(frozen=True)
class Placed:
    """A shot in the film, in frames.

    Attributes:
        shot: the shot.
        first_frame: where its first frame lies, which may be inside a dissolve.
        start_frame: where the shot truly begins: of a dissolve, its middle.
        end_frame: where the next one truly begins.
    """

    shot: Shot
    first_frame: int
    start_frame: int
    end_frame: int


def place_shots(shots: list[Shot]) -> list[Placed]:
    """Lay shots one after the other; a dissolve overlaps the shot with the one before it."""
    firsts, end = [], 0
    for shot in shots:
        firsts.append(end - shot.dissolve_frames)
        end = firsts[-1] + shot.n_frames
    starts = [first + shot.dissolve_frames // 2 for first, shot in zip(firsts, shots, strict=True)]
    ends = [*starts[1:], end]
    return [Placed(*row) for row in zip(shots, firsts, starts, ends, strict=True)]


def true_shots(film: list[Placed]) -> pd.DataFrame:
    """The film's shots as TRUE_SHOTS."""
    rows = []
    for index, placed in enumerate(film):
        dissolve = placed.shot.dissolve_frames
        boundary = "film_start" if index == 0 else "gradual" if dissolve else "cut"
        transition = (placed.first_frame, placed.first_frame + dissolve)
        rows.append((placed.start_frame, placed.end_frame, boundary, *transition))
    return TRUE_SHOTS.validate(pd.DataFrame(rows, columns=TRUE_SHOTS.columns))


def true_faces(film: list[Placed]) -> pd.DataFrame:
    """Who is where as TRUE_FACES: the people whose whole face is in the picture."""
    rows = [row for placed in film for row in _faces_of_shot(placed)]
    table = pd.DataFrame(rows, columns=TRUE_FACES.columns) if rows else TRUE_FACES.empty()
    return TRUE_FACES.validate(table)


def _faces_of_shot(placed: Placed) -> list[tuple]:
    shot = placed.shot
    moves = shot.framing != shot.framing_to
    step = _ZOOM_STEP_FRAMES if moves else placed.end_frame - placed.start_frame
    rows = []
    for start in range(placed.start_frame, placed.end_frame, step):
        end = min(start + step, placed.end_frame)
        framings = [
            shot.framing_at(frame - placed.first_frame)
            for frame in ((start, end - 1) if moves else (start,))
        ]
        for person in shot.clip.people:
            if all(inside(person.face, picture(framing, shot.grade)) for framing in framings):
                regions = [in_frame(person.region, framing) for framing in framings]
                rows.append((person.name, start, end, *_common(regions)))
    return rows


def in_frame(rectangle: Rectangle, framing: Rectangle) -> Rectangle:
    """Map a rectangle of the clip into the film's frame, and clip it there."""
    x_scale = FRAME_SIZE[0] / (framing[2] - framing[0])
    y_scale = FRAME_SIZE[1] / (framing[3] - framing[1])
    x1, x2 = ((x - framing[0]) * x_scale for x in rectangle[::2])
    y1, y2 = ((y - framing[1]) * y_scale for y in rectangle[1::2])
    width, height = FRAME_SIZE
    return max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)


def _common(regions: list[Rectangle]) -> Rectangle:
    """The part that the regions at the start and the end of a range share.

    Regions are wide, so the face stays in it, and those of two people stay apart.
    """
    table = pd.DataFrame(regions, columns=BOX_COLUMNS)
    low, high = table.max(), table.min()
    return low["x1"], low["y1"], high["x2"], high["y2"]
