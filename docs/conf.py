"""The documentation as a site: `make site` builds it into site/, to be read without a network.

The sources are the Markdown files of the repository, as they are read there, and the docstrings of
the library.
"""

import tomllib
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.highlighting import lexers

from castmap.version import VERSION

_ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _PROJECT["name"]
author = _PROJECT["authors"][0]["name"]
project_copyright = author
version = release = VERSION

extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/*.md", "docs/api/*.rst"]
exclude_patterns = ["films", "results", "resources"]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

apidoc_modules = [
    {
        "path": "../workflow_scripts/castmap",
        "destination": "docs/api",
        "separate_modules": False,
        "module_first": True,
        "automodule_options": {"members", "show-inheritance"},
    }
]
# A type of Python's own in a signature (`bytes`) may have the name of some table's column.
suppress_warnings = ["ref.python"]
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

lexers["mermaid"] = TextLexer()  # a diagram stays its source, which is readable

html_theme = "furo"
html_title = f"castmap {VERSION}"
html_show_sphinx = False


def setup(app: Sphinx) -> None:
    """What Sphinx calls first."""
    app.connect("autodoc-process-docstring", show_indented_as_written, priority=400)
    app.connect("build-finished", write_front_page)


def show_indented_as_written(
    _app: Sphinx, what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Show what is indented in a module's docstring, examples and lists of keys, to the letter."""
    if what != "module":
        return
    shown: list[str] = []
    inside = False
    for line in lines:
        if line and line.startswith(" ") != inside:
            inside = not inside
            shown += ["", "::", ""] if inside else [""]
        shown.append(line)
    lines[:] = shown


def write_front_page(app: Sphinx, error: Exception | None) -> None:
    """Let the site's address lead to the README."""
    if error is None:
        page = '<!doctype html><meta http-equiv="refresh" content="0; url=README.html">\n'
        Path(app.outdir, "index.html").write_text(page, encoding="utf-8")
