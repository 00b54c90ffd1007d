"""Faults in what users write stop the run before it starts, with one sentence and the fix."""

import pytest


def run_with(copy, name, change):
    path = copy.path(name)
    path.write_text(change(path.read_text()))
    run = copy.snakemake("--dry-run")
    assert run.returncode != 0
    assert "Traceback" not in run.stdout
    return run.stdout


@pytest.mark.parametrize(
    ("name", "before", "after", "sentence"),
    [
        (
            "config.yaml",
            "prior_stop_distance:",
            "prior_stop_distence:",
            "unknown key clustering.prior_stop_distence; did you mean prior_stop_distance?",
        ),
        ("config.yaml", "every_nth_frame: 3", "every_nth_frame: 0", "faces.every_nth_frame is 0"),
        (
            "resources/movies.tsv",
            "demo_evening\t",
            "demo_debate\t",
            "resources/movies.tsv, line 4: the movie demo_debate is in line 2 already",
        ),
        (
            "resources/movies.tsv",
            "demo_evening.mp4\tOne Evening (demo)\t2026\tresources/demo/labels/demo_evening\tdemo",
            "gone.mp4\tGone\t2026\t\tfilm",
            "which does not exist",
        ),
    ],
)
def test_a_fault_is_one_sentence_with_its_place_and_fix(fresh, name, before, after, sentence):
    output = run_with(fresh, name, lambda text: text.replace(before, after, 1))
    assert sentence in output
    assert name in output
