"""The documentation as a site: built without warnings, with no dead link, and with a search."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from tests.conftest import copy_repository


class Page(HTMLParser):
    """The links of a page, and the places in it that links can name."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.links |= {given[name] for name in ("href", "src") if given.get(name)}
        self.places |= {given[name] for name in ("id", "name") if given.get(name)}


@pytest.fixture(scope="module")
def site(root, tmp_path_factory) -> Path:
    """The site, as `make site` builds it."""
    folder = copy_repository(root, tmp_path_factory.mktemp("site")).folder
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", ".", "site"]
    run = subprocess.run(sphinx, cwd=folder, text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    return folder / "site"


def test_every_link_leads_somewhere(site):
    pages = {path: Page(path) for path in site.rglob("*.html")}
    dead = []
    for path, page in pages.items():
        for link in page.links:
            address, place = urldefrag(link)
            if "://" in address or address.startswith("mailto:"):
                continue
            target = (path.parent / unquote(address.partition("?")[0])).resolve()
            target = path if not address else target
            named = unquote(place) in {"", *pages[target].places} if target in pages else True
            if not target.exists() or not named:
                dead.append(f"{path.relative_to(site)}: {link}")
    assert dead == []


def test_it_has_every_page_and_the_docstrings(root, site):
    for path in [*root.glob("*.md"), *root.glob("docs/*.md")]:
        assert (site / path.relative_to(root)).with_suffix(".html").exists(), path
    reference = (site / "docs/api/castmap.clustering.html").read_text()
    assert "castmap.clustering.agglomeration.cluster_constrained" in reference
    assert "url=README.html" in (site / "index.html").read_text()


def test_it_searches_without_a_network(site):
    index = (site / "searchindex.js").read_text()
    assert all(word in index for word in ("tracklet", "mvcorr", "cluster_constrained"))
    for path in site.rglob("*.html"):
        sources = [link for link in Page(path).links if link.endswith((".js", ".css"))]
        assert not [link for link in sources if "://" in link], path
