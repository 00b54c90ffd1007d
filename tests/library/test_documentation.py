"""The documents say what the code does."""

import importlib.util
import json
import re


def test_the_output_page_has_the_schemas_of_today(root):
    spec = importlib.util.spec_from_file_location("write_schemas", root / "docs/write_schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = (root / "docs/output.md").read_text()
    assert module.with_schemas(page) == page, "`make docs` brings it up to date"


def test_the_output_page_names_every_field_of_movie_json(root, demo):
    page = (root / "docs/output.md").read_text()
    section = page[page.index("### movie.json") : page.index("## Labels")]
    info = json.loads(demo.path("results/demo_debate/movie.json").read_text())
    assert set(re.findall(r"`(\w+)`", section)) - {"ok", "rejected"} == set(info)


def test_links_between_documents_lead_somewhere(root):
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_rule_has_a_module_of_its_name(root):
    rules = "\n".join(path.read_text() for path in sorted((root / "rules").glob("*.smk")))
    names = [name for name in re.findall(r"^rule (\w+):", rules, re.M) if not name.endswith("_all")]
    assert len(names) > 10
    for name in names:
        assert (root / f"workflow_scripts/{name}.py").exists()
        assert f"python {{SCRIPTS}}/{name}.py " in rules
