"""The content of the page on adaptation: choices, gains, learning curves and ROC curves."""

import math
from collections.abc import Mapping

import pandas as pd

from castmap.adaptation.choice import MOVIE
from castmap.pages.layout import colour, title_of

WIDTH, HEIGHT = 320, 200  # of a chart, in its own units
_LEAST_FPR = 1e-3
_MOST_POINTS = 150


def choice_rows(infos: Mapping[str, Mapping], choices: Mapping[str, Mapping]) -> list[dict]:
    """Which model clusters each film that was not rejected, and why.

    Args:
        infos: movie.json of each film.
        choices: choice.json of each film.
    """
    return [
        {
            "movie": movie,
            "title": title_of(info),
            "model": choices[movie]["model"],
            "reason": choices[movie]["reason"],
        }
        for movie, info in infos.items()
        if info["status"] != "rejected"
    ]


def gain_rows(choice: Mapping) -> list[dict]:
    """What the corpus's held-out weak pairs say of each model against each of its baselines.

    Args:
        choice: choice.json of any film; the corpus's gains are the same in all.
    """
    return [
        {
            "model": found["model"],
            "baseline": baseline,
            "gain": gain["difference"],
            "low": gain["difference_95"][0],
            "high": gain["difference_95"][1],
        }
        for found in choice["models"]
        for baseline, gain in (found["corpus"] or {}).items()
    ]


def learning_curve(title: str, history: pd.DataFrame) -> dict | None:
    """A training's loss over its steps, smoothed over a tenth of them; None if it had no steps.

    Args:
        title: whose training it is.
        history: the HISTORY table.
    """
    if history.empty:
        return None
    window = max(len(history) // 10, 1)
    smooth = history["loss"].rolling(window, min_periods=1).mean()
    kept = history.index[:: max(len(history) // _MOST_POINTS, 1)]
    low, high = float(smooth.min()), float(smooth.max())
    span = max(high - low, 1e-9)
    steps = max(len(history) - 1, 1)
    points = [(place / steps, (smooth[place] - low) / span) for place in kept]
    return {
        "title": title,
        "line": _line(points),
        "low": f"{low:.3f}",
        "high": f"{high:.3f}",
        "steps": len(history),
    }


def roc_chart(title: str, curves: Mapping[str, Mapping | None]) -> dict | None:
    """ROC curves of models over a logarithmic FPR from 0.001 on; None if none is defined.

    A model of the film has the colour of its namesake of the corpus, dashed.

    Args:
        title: of the film.
        curves: by model, what verification.roc_points returns.
    """
    lines = []
    bases = list(dict.fromkeys(model.removesuffix(f"_{MOVIE}") for model in curves))
    for model, curve in curves.items():
        if curve is None:
            continue
        base = model.removesuffix(f"_{MOVIE}")
        shown = [
            (1 - math.log(max(fpr, _LEAST_FPR)) / math.log(_LEAST_FPR), tpr)
            for fpr, tpr in zip(curve["fpr"], curve["tpr"], strict=True)
        ]
        lines.append(
            {
                "model": model,
                "colour": colour(bases.index(base)),
                "dashed": model != base,
                "line": _line(shown),
            }
        )
    return {"title": title, "lines": lines} if lines else None


def _line(points: list[tuple[float, float]]) -> str:
    """A polyline of points in 0..1, y upwards, in the chart's units."""
    return " ".join(f"{x * WIDTH:.1f},{(1 - y) * HEIGHT:.1f}" for x, y in points)
