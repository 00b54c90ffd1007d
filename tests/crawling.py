"""Follow the links of pages, from one to the next, as a reader would who has only the files."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

_LINKS = ("href", "src", "poster", "action", "data", "xlink:href")
_PLACES = {"t", "z", "from", "tab", "who", "track"}  # what the address of a film's page holds


class Crawled(NamedTuple):
    """What was found.

    Attributes:
        pages: every page that links lead to, and the one where they start.
        dead: the links that lead nowhere, each with its page.
        films: where the pages look for films.
    """

    pages: set[Path]
    dead: list[str]
    films: set[Path]


class _Page(HTMLParser):
    """A page's links, the places in it that links can name, and what its script starts from."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.data: dict = {}
        self._inside = ""  # what the text that comes is: of a style, a script, the data
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links += [given[name] for name in _LINKS if given.get(name)]
        self._note_style(given.get("style"))
        if "id" in given:
            self.ids.add(given["id"])
        is_data = tag == "script" and given.get("id") == "data"
        self._inside = "data" if is_data else tag

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, text):
        if self._inside == "data":
            self.data = json.loads(text)
        elif self._inside == "script":  # no address that a script puts together goes unseen
            assert not re.search(r"[\w}]\.html", text)
        elif self._inside == "style":
            self._note_style(text)

    def _note_style(self, text):
        self.links += re.findall(r"url\([\"']?([^)\"']*)", text or "")

    def has(self, fragment: str) -> bool:
        """Whether there is such a place: an element, or a view that a film's page can open."""
        if unquote(fragment) in self.ids:
            return True
        said = parse_qs(fragment)
        characters = {row["who"] for row in self.data.get("appearances", [])}
        known = {"tab": self.ids, "who": characters}
        return bool(said) and all(
            key in _PLACES and value in known.get(key, {value}) for key, [value] in said.items()
        )


def crawl(start: Path) -> Crawled:
    """Follow every link of a page, and those of the pages they lead to."""
    pages: dict[Path, _Page] = {}
    dead, films, left = [], set(), [start.resolve()]
    while left:
        path = left.pop()
        if path in pages:
            continue
        page = pages[path] = _Page(path)
        if page.data:
            films.add(path.parent / unquote(page.data["film_url"]))
        for link in page.links:
            url = urlsplit(link)
            if url.scheme == "data":
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if url.scheme or url.netloc or url.path.startswith("/") or not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif target.suffix == ".html":
                left.append(target)
                there = pages.get(target) or _Page(target)
                if url.fragment and not there.has(url.fragment):
                    dead.append(f"{path.name}: {link}")
    return Crawled(set(pages), dead, films)
