"""What is made when somebody asks for one film: its cast map, and its pages."""

import re
from collections.abc import Iterable
from pathlib import Path

from castmap.planning.films import with_labels
from castmap.settings.settings import Movie

HOME = Path("results/report/index.html")
PEOPLE_PAGE = HOME.with_name("people.html")
FOUND_PAGE = HOME.with_name("find.html")
ADAPTATION_PAGE = HOME.with_name("adaptation.html")
# The pages that films share, and what each is; all of them lead to pages of films.
SHARED_PAGES = {
    HOME: "the page of all films",
    PEOPLE_PAGE: "the page of people",
    FOUND_PAGE: "the page of a search",
    ADAPTATION_PAGE: "the page on adaptation",
}


def page_of(name: str, kind: str = "") -> str:
    """The page of a film, or another one about it: ``mining`` or ``mistakes``."""
    return f"{HOME.parent}/{name}{kind and '.'}{kind}.html"


def find_pages(names: Iterable[str]) -> list[Path]:
    """The pages of films, or shared pages, that there are.

    Half-written ones and links are among them.

    Args:
        names: of the films, or the stems of shared pages.
    """
    if not HOME.parent.is_dir():
        return []
    page = re.compile(rf"\.?(?:{'|'.join(map(re.escape, names))})\..*", re.DOTALL)
    return [path for path in sorted(HOME.parent.iterdir()) if page.fullmatch(path.name)]


def targets_of(films: Iterable[Movie]) -> list[str]:
    """What Snakemake is to make of films: their cast maps, their pages, and what these link to."""
    targets = []
    for film in films:
        kinds = ["", "mining", *["mistakes"] * bool(with_labels([film], "faces"))]
        targets += [page_of(film.movie, kind) for kind in kinds]
        targets.append(f"results/exports/{film.movie}/cast_map.csv")
    return targets
