"""Draw what the three losses want of faces: docs/images/losses.svg."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Circle

HERE = Path(__file__).resolve().parent
ANCHOR, POSITIVE, NEGATIVE = (0.0, 0.0), (1.15, 0.55), (0.85, -0.75)
OURS, THEIRS, GREY = "#0072b2", "#d55e00", "#8a8f98"


def main() -> None:
    """Write the picture; the same bytes every time."""
    mpl.rcParams |= {"svg.hashsalt": "castmap", "font.size": 9}
    figure, axes = plt.subplots(1, 4, figsize=(12, 3.3))
    _draw_triplet(axes[0])
    _draw_improved_triplet(axes[1])
    _draw_views(axes[2], agree=False)
    _draw_views(axes[3], agree=True)
    figure.tight_layout()
    figure.savefig(HERE / "images" / "losses.svg", bbox_inches="tight", metadata={"Date": None})


def _draw_faces(axes: Axes) -> None:
    for (x, y), colour, text, place in (
        (ANCHOR, OURS, "a tracklet", (-0.1, 0.16)),
        (POSITIVE, OURS, "another tracklet\nof its track", (0.62, 0.72)),
        (NEGATIVE, THEIRS, "a co-occurring track", (0.6, -1.02)),
    ):
        axes.plot(x, y, "o", color=colour, markersize=11)
        axes.text(*place, text, color=colour)
    axes.set(xlim=(-0.6, 2), ylim=(-1.3, 1.3), aspect="equal")
    axes.axis("off")


def _arrow(axes: Axes, start: tuple, end: tuple, colour: str, style: str) -> None:
    between = np.array(start), np.array(end)
    ends = [between[0] + share * (between[1] - between[0]) for share in (0.14, 0.86)]
    arrow = {"arrowstyle": style, "color": colour, "linewidth": 1.6}
    axes.annotate("", xy=ends[1], xytext=ends[0], arrowprops=arrow)


def _draw_triplet(axes: Axes) -> None:
    _draw_faces(axes)
    _arrow(axes, ANCHOR, POSITIVE, OURS, "-")
    _arrow(axes, ANCHOR, NEGATIVE, THEIRS, "<->")
    axes.set_title("triplet: the negative must be\nfarther than the positive")


def _draw_improved_triplet(axes: Axes) -> None:
    _draw_faces(axes)
    axes.add_patch(Circle(ANCHOR, 0.9, fill=False, linestyle=":", color=OURS))
    _arrow(axes, ANCHOR, POSITIVE, OURS, "-")
    _arrow(axes, ANCHOR, NEGATIVE, THEIRS, "<->")
    _arrow(axes, POSITIVE, NEGATIVE, THEIRS, "<->")
    axes.set_title("improved triplet: farther from both,\nand a face stays within a radius")


def _draw_views(axes: Axes, agree: bool) -> None:
    """Twelve tracks of three views each: apart by chance, or together."""
    random = np.random.default_rng(4)
    tracks = random.normal(0, 0.8, (12, 1, 2))
    views = tracks + random.normal(0, 0.16 if agree else 1.2, (12, 3, 2))
    for track in views:
        axes.plot(*np.vstack([track, track[:1]]).T, color=GREY, linewidth=0.8)
    for view, marker in enumerate("os^"):
        axes.plot(*views[:, view].T, marker, color=OURS, markersize=4.5, linestyle="none")
    within = sum(np.cov(views[:, view].T) for view in range(3))
    total = np.cov(views.sum(axis=1).T)
    correlation = np.trace((total - within) / 2) / np.trace(within)
    title = "and where they do" if agree else "MvCorr: views of twelve tracks\nthat do not agree"
    axes.set_title(f"{title}: correlation {correlation:.2f}")
    axes.set(xticks=[], yticks=[], xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal")


if __name__ == "__main__":
    main()
