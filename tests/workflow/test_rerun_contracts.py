"""What a change reruns: its own stages and those after them, and nothing else."""

import contextlib
import os
import shutil

import pytest

from castmap.formats.corrections import HEADER, Correction, Face
from tests.corrections_files import write_rows

FILMS = 4  # three demo films, and one file that is no film
LABELLED = 3
METHODS = 4  # centring and three losses, each a training of the corpus's
CORPUS_WIDE = ("report_corpus", "report_adaptation", "tabulate_corpus", "lock_tables")
SHOWN = (  # of each film
    *("correct_characters", "name_characters", "order_review"),
    *("export_movie", "report_movie"),
)
AFTER_CHOICE = {
    "describe_model": 1 + FILMS,
    "evaluate_clustering": LABELLED,
    **dict.fromkeys(SHOWN, FILMS),
    "report_mistakes": LABELLED,
    **dict.fromkeys(CORPUS_WIDE, 1),
}
AFTER_LABELS = (
    "evaluate_tracks",
    "evaluate_clustering",
    "evaluate_verification",
    "compare_algorithms",
    "report_movie",
    "report_mistakes",
    *CORPUS_WIDE,
)
CLUSTERS = {"cluster_characters": FILMS, "compare_algorithms": LABELLED}
AFTER_CLUSTERS = {"choose_model": FILMS, **AFTER_CHOICE}
AFTER_ADAPTED = {
    **CLUSTERS,
    "evaluate_verification": LABELLED,
    "judge_models": FILMS,
    **AFTER_CLUSTERS,
}
AFTER_TRAINING = {
    "adapt_embedding": METHODS,
    "adapt_to_movie": FILMS,
    "embed_adapted": FILMS,
    **AFTER_ADAPTED,
}
AFTER_MINING = {"report_mining": FILMS, **AFTER_TRAINING}
OF_ONE_FILM = {  # rules that run more than once when one film is new
    "describe_model": 2,  # its own networks', and the corpus's, which it may use
}
AFTER_TRACKS = {
    "mine_tracklets": FILMS,
    "evaluate_tracks": LABELLED,
    **AFTER_MINING,
}
AFTER_EMBEDDINGS = {"track_faces": FILMS, **AFTER_TRACKS}
AFTER_SHOTS = {
    "draw_key_frames": FILMS,
    "detect_faces": FILMS,
    "embed_faces": FILMS,
    "evaluate_shots": LABELLED,
    **AFTER_EMBEDDINGS,
}


@contextlib.contextmanager
def edited(path, change):
    """Change a text file for the duration of a block."""
    before = path.read_text()
    changed = change(before)
    assert changed != before, f"the change of {path} changes nothing"
    path.write_text(changed)
    try:
        yield
    finally:
        path.write_text(before)


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        ("shots/boundaries.py", {"detect_shots": FILMS, **AFTER_SHOTS}),
        ("faces/alignment.py", {"detect_faces": FILMS, "embed_faces": FILMS, **AFTER_EMBEDDINGS}),
        ("embedding/networks.py", {"embed_faces": FILMS, **AFTER_EMBEDDINGS}),
        (
            "evaluation/shots.py",
            {"evaluate_shots": LABELLED, "report_movie": 3, "tabulate_corpus": 1, "lock_tables": 1},
        ),
        ("mining/hard_examples.py", {"mine_tracklets": FILMS, **AFTER_MINING}),
        (
            "pages/__init__.py",
            {
                "report_movie": FILMS,
                "report_mining": FILMS,
                "report_mistakes": LABELLED,
                "report_corpus": 1,
                "report_adaptation": 1,
                "describe_model": AFTER_CHOICE["describe_model"],
            },
        ),
    ],
)
def test_an_edited_library_function_reruns_the_stages_that_use_it(demo, module, rules):
    with edited(
        demo.path(f"workflow_scripts/castmap/{module}"), lambda text: text + "\n# edited\n"
    ):
        assert demo.planned() == rules
    assert demo.planned() == {}


@pytest.mark.parametrize(
    ("before", "after", "rules"),
    [
        (
            "prior_distance: 0.83",
            "prior_distance: 0.5",
            {**CLUSTERS, **AFTER_CLUSTERS},
        ),
        ("min_faces: 2", "min_faces: 4", AFTER_EMBEDDINGS),
        (
            "steps: 300",
            "steps: 30",
            AFTER_TRAINING,
        ),
        (
            "hardest_share: 0.5",
            "hardest_share: 0.4",
            {"mine_tracklets": FILMS, **AFTER_MINING},
        ),
        ("threading: true", "threading: false", {"mine_tracklets": FILMS, **AFTER_MINING}),
        ("  threshold: 0.5", "  threshold: 0.45", {"detect_shots": FILMS, **AFTER_SHOTS}),
    ],
)
def test_a_changed_parameter_reruns_the_stages_that_take_it(demo, before, after, rules):
    with edited(demo.path("config.yaml"), lambda text: text.replace(before, after)):
        assert demo.planned() == rules
    assert demo.planned() == {}


def test_touching_films_code_and_settings_reruns_nothing(demo):
    for name in (
        "resources/demo/films/demo_debate.mp4",
        "resources/demo/footage/WolfgangLanger_Pexels.mp4",
        "films/notes.mp4",
        "workflow_scripts/detect_faces.py",
        "workflow_scripts/castmap/files/results.py",
        "config.yaml",
        "resources/movies.tsv",
    ):
        os.utime(demo.path(name))
    assert demo.planned() == {}


def test_films_that_are_built_anew_are_analysed_in_the_same_run(demo):
    with edited(
        demo.path("workflow_scripts/castmap/demo/rendering.py"), lambda text: text + "\n# edited\n"
    ):
        jobs = demo.planned()
    assert jobs["build_demo_films"] == jobs["probe_movie"] == FILMS - 1
    with edited(demo.path("resources/pinned_files.yaml"), of_footage_with_other_credit):
        jobs = demo.planned()
    assert jobs["build_demo_films"] == jobs["probe_movie"] == FILMS - 1
    assert demo.planned() == {}


def of_footage_with_other_credit(text):
    head, tail = text.split("WolfgangLanger_Pexels.mp4:\n")
    return f"{head}WolfgangLanger_Pexels.mp4:\n{tail.replace('credit: ', 'credit: also ', 1)}"


def test_a_changed_film_reruns_itself_and_what_covers_all_films(demo):
    film = demo.path("films/notes.mp4")
    before = film.read_bytes()
    film.write_bytes(before + b"changed")
    try:
        jobs = demo.planned()
    finally:
        film.write_bytes(before)
    assert jobs["probe_movie"] == 1
    assert jobs["detect_faces"] == 1
    assert jobs["report_corpus"] == jobs["tabulate_corpus"] == 1
    assert {rule: count for rule, count in jobs.items() if count > 1} == OF_ONE_FILM


def test_an_added_film_adds_only_itself(demo):
    added = demo.path("films/more.mp4")
    shutil.copy(demo.path("resources/demo/films/demo_evening.mp4"), added)
    try:
        jobs = demo.planned()
    finally:
        added.unlink()
    assert {rule: count for rule, count in jobs.items() if count > 1} == OF_ONE_FILM
    assert {"probe_movie", "detect_faces", "report_movie", "report_corpus"} <= set(jobs)
    assert "adapt_embedding" not in jobs  # the films that are learnt from are a frozen list
    assert demo.planned() == {}


def test_a_removed_film_reruns_only_what_covers_all_films(demo):
    removed = demo.path("films/notes.mp4")
    with edited(demo.path("resources/movies.tsv"), without_row("demo_evening")):
        # It is held out: the choice of every film rests on it too.
        assert demo.planned() == {
            **{name: FILMS - 1 for name in ("choose_model", *SHOWN)},
            "describe_model": FILMS,
            **{name: LABELLED - 1 for name in ("evaluate_clustering", "report_mistakes")},
            **dict.fromkeys(CORPUS_WIDE, 1),
        }
    kept = removed.rename(removed.with_suffix(".txt"))
    try:
        jobs = demo.planned()
    finally:
        kept.rename(removed)
    assert jobs == {
        "describe_model": 1,  # the corpus's
        **dict.fromkeys(CORPUS_WIDE, 1),
    }
    assert demo.planned() == {}


def without_row(movie):
    def change(text):
        lines = text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(f"{movie}\t"))

    return change


def test_changed_labels_rerun_their_evaluation_and_what_follows(demo):
    labels = demo.path("resources/demo/labels/demo_debate/faces.csv")
    lines = labels.read_text().splitlines(keepends=True)
    with edited(labels, lambda text: text.replace(lines[-1], "")):
        jobs = demo.planned()
    assert jobs == dict.fromkeys(AFTER_LABELS, 1)
    assert demo.planned() == {}


def test_a_list_of_judged_frames_reruns_what_changed_labels_do(demo):
    listed = demo.path("resources/demo/labels/demo_debate/judged_frames.csv")
    listed.write_text("start_frame,end_frame\n0,9\n")
    try:
        jobs = demo.planned()
    finally:
        listed.unlink()
    assert jobs == dict.fromkeys(AFTER_LABELS, 1)
    assert demo.planned() == {}


CUTS = [
    Correction(2, 1, "2026-01-31T12:00:00Z", "cut_track", Face(1.0, 0.4, 0.3, 0.5, 0.6)),
    Correction(3, 2, "2026-01-31T12:00:00Z", "cut_shot", boundary_s=1.0),
    Correction(4, 3, "2026-01-31T12:00:00Z", "join_shots", boundary_s=5.0),
]


@pytest.mark.parametrize("corrections", [[], CUTS], ids=["none", "cuts"])
def test_corrections_rerun_what_shows_the_film_and_no_table(demo, corrections):
    said = demo.path("resources/corrections/demo_debate.csv")
    said.parent.mkdir(exist_ok=True)
    said.write_text(f"{HEADER}\n{write_rows(corrections)}")
    try:
        jobs = demo.planned()
    finally:
        said.unlink()
    assert jobs == {**dict.fromkeys(SHOWN, 1), "report_corpus": 1}
    assert demo.planned() == {}


def test_a_name_reruns_the_names_of_films_after_it_and_of_none_before(demo):
    said = demo.path("resources/corrections/demo_evening.csv")
    said.parent.mkdir(exist_ok=True)
    face = Face(1.0, 0.4, 0.3, 0.5, 0.6)
    name = Correction(2, 1, "2026-01-31T12:00:00Z", "name", face, name="Ann")
    said.write_text(f"{HEADER}\n{write_rows([name])}")
    try:
        jobs = demo.planned()
    finally:
        said.unlink()
    shown = dict.fromkeys(SHOWN, 3)  # of this film, demo_visitors and notes; not of demo_debate
    once = dict.fromkeys(("remember_people", "report_people", "report_corpus"), 1)
    assert jobs == {**shown, "correct_characters": 1, **once}
    assert demo.planned() == {}


def test_a_picture_of_somebody_names_all_films_anew_and_reads_none(demo):
    picture = demo.path("resources/people/Ann/1.jpg")
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    try:
        jobs = demo.planned()
    finally:
        shutil.rmtree(picture.parent)
    shown = {rule: FILMS for rule in SHOWN if rule != "correct_characters"}
    once = dict.fromkeys(("enrol_people", "report_people", "report_corpus"), 1)
    assert jobs == {**shown, **once}
    assert demo.planned() == {}
