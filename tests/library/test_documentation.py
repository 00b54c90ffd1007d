"""The documents say what the code does."""

import importlib.util
import re


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_output_page_has_the_schemas_of_today(root):
    page = (root / "docs/output.md").read_text()
    writer = load(root / "docs/write_lists.py")
    assert writer.with_lists("output.md", page) == page, "`make docs` brings it up to date"


def test_the_page_on_exports_lists_the_exports_of_today(root):
    page = (root / "docs/exports.md").read_text()
    writer = load(root / "docs/write_lists.py")
    assert writer.with_lists("exports.md", page) == page, "`make docs` brings it up to date"
    assert "`cast_map.eaf`" in page


def test_the_page_on_evaluation_lists_the_printed_tables_of_today(root):
    page = (root / "docs/evaluation.md").read_text()
    writer = load(root / "docs/write_lists.py")
    assert writer.with_lists("evaluation.md", page) == page, "`make docs` brings it up to date"
    assert "| `end_to_end` |" in page


def test_the_page_on_adaptation_lists_the_losses_of_today(root):
    page = (root / "docs/adaptation.md").read_text()
    writer = load(root / "docs/write_lists.py")
    assert writer.with_lists("adaptation.md", page) == page, "`make docs` brings it up to date"
    assert "| `improved_triplet` |" in page


def test_links_between_documents_lead_somewhere(root):
    for page in [*sorted(root.glob("*.md")), *sorted((root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
