"""What the Snakemake Workflow Catalog is told of castmap is true."""

import shlex

import pytest
import yaml


@pytest.fixture
def usage(root):
    return yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text())["usage"]


def test_it_says_what_the_catalogue_reads(usage):
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    deployment = usage["software-stack-deployment"]
    assert deployment.keys() == {"conda", "apptainer", "apptainer+conda"}


def test_the_catalogue_takes_the_repository_for_a_workflow(root):
    readme = (root / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (root / "Snakefile").exists() and any((root / "rules").glob("*.smk"))


def test_snakemake_runs_with_the_flags_that_are_mandatory(usage, fresh):
    flags = shlex.split(usage["mandatory-flags"]["flags"] or "")
    assert "report_corpus" in fresh.planned(*flags)


def test_it_claims_of_environments_and_reports_what_has_been_tried(usage, root):
    untried = "no job has been run by either" in (root / "docs/cluster.md").read_text()
    assert any(usage["software-stack-deployment"].values()) != untried
    assert usage["report"] == (root / "tests/browser/test_report.py").exists()
