"""The documents say what the code does."""

import importlib.util
import re


def test_the_output_page_has_the_schemas_of_today(root):
    spec = importlib.util.spec_from_file_location("write_schemas", root / "docs/write_schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (root / "docs/output.md").read_text()
    assert module.with_schemas(page) == page, "`make docs` brings it up to date"


def test_links_between_documents_lead_somewhere(root):
    for page in [*sorted(root.glob("*.md")), *sorted((root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
