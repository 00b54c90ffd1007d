"""What is made when somebody asks for one film: its cast map, and its pages."""

from collections.abc import Iterable
from pathlib import Path

from castmap.planning.films import with_labels
from castmap.settings.settings import Movie

HOME = Path("results/report/index.html")
PEOPLE_PAGE = HOME.with_name("people.html")
FOUND_PAGE = HOME.with_name("find.html")


def page_of(name: str, kind: str = "") -> str:
    """The page of a film, or another one about it: ``mining`` or ``mistakes``."""
    return f"{HOME.parent}/{name}{kind and '.'}{kind}.html"


def targets_of(films: Iterable[Movie]) -> list[str]:
    """What Snakemake is to make of films: their cast maps, their pages, and what these link to."""
    targets = []
    for film in films:
        kinds = ["", "mining", *["mistakes"] * bool(with_labels([film], "faces"))]
        targets += [page_of(film.movie, kind) for kind in kinds]
        targets.append(f"results/exports/{film.movie}/cast_map.csv")
    return targets
