"""The stage tabulate on a film that was turned away, and on small films with labels."""

import re

import numpy as np
import pandas as pd
import pytest

import compare_algorithms
import evaluate_clustering
import evaluate_shots
import evaluate_tracks
import evaluate_verification
import tabulate_corpus
from castmap.catalogues import TABLES
from castmap.evaluation.tables import FORMATS
from castmap.files.results import write_csv, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import write_embeddings
from castmap.formats.printing import print_cells
from castmap.formats.tables import (
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    MUST_LINKS,
    SHOTS,
    TRACKS,
    TRUE_FACES,
    TRUE_SHOTS,
)
from castmap.tracks.examined import every_nth

REASON = "100%_sure.mp4 is not a video file"
_MODELS = ("sface", "sface_mvcorr")


def choice_of(chosen):
    """A choice between two models, of which the second was judged better by the film alone."""
    gain = {"sface": {"difference": 0.02, "difference_95": [0.01, 0.03]}}
    first = {"model": "sface", "separation": 2.1, "accepted": None, "corpus": None, "film": None}
    second = first | {"model": "sface_mvcorr", "separation": 2.4, "accepted": True, "film": gain}
    return {"model": chosen, "reason": "it is", "models": [first, second]}


def table_files(folder):
    """Every file of every table."""
    return [str(folder / f"{name}.{form}") for name in TABLES.members for form in FORMATS]


def write_rejected(folder, movie, reason):
    info = {"movie": movie, "title": "Notes", "status": "rejected", "reason": reason}
    write_json(folder / movie / "movie.json", {**info, "duration_s": None})
    for schema in (SHOTS, DETECTIONS, TRACKS, CLUSTERS):
        write_table(folder / movie / f"{schema.name}.parquet", schema, schema.empty(), {})
    write_json(folder / movie / "mining.json", {})
    write_json(folder / movie / "choice.json", choice_of("sface"))


def arguments_of(folder, movies, labelled=()):
    """The files of these films, as the stage takes them."""
    films = {"movies": "movie.json", "mining": "mining.json", "choices": "choice.json"}
    films |= {name: f"{name}.parquet" for name in ("shots", "detections", "tracks", "clusters")}
    arguments = ["--seed=1", "--failed", "--out-tables", *table_files(folder / "tables")]
    for option, name in films.items():
        arguments += [f"--{option}", *(str(folder / movie / name) for movie in movies)]
    for name in ("shot", "track", "algorithm"):
        paths = [str(folder / movie / "metrics" / f"{name}.json") for movie in labelled]
        arguments += [f"--{name}-metrics", *paths]
    for name in ("clustering", "verification"):
        paths = [
            str(folder / movie / "metrics" / f"{name}.{model}.json")
            for movie in labelled
            for model in _MODELS
        ]
        arguments += [f"--{name}-metrics", *paths]
    return arguments


def run(folder):
    """The tables of one film, which was turned away."""
    write_rejected(folder, "notes", REASON)
    tabulate_corpus.main(arguments_of(folder, ["notes"]))
    return folder / "tables"


def test_every_table_is_written_in_three_forms(tmp_path):
    written = {path.name for path in run(tmp_path).iterdir()}
    assert written == {f"{name}.{form}" for name in TABLES.members for form in FORMATS}


def test_a_film_that_was_turned_away_is_listed_with_its_reason(tmp_path):
    tables = run(tmp_path)
    films = pd.read_csv(tables / "films.csv")
    assert films[["movie", "status", "reason"]].to_numpy().tolist() == [
        ["notes", "rejected", REASON]
    ]
    assert "n = 1 films, 1 of them rejected, 0 failed" in (tables / "films.md").read_text()
    assert r"100\%\_sure.mp4" in (tables / "films.tex").read_text()


def test_the_same_input_gives_the_same_bytes(tmp_path):
    contents = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        tables = run(tmp_path / name)
        contents.append({path.name: path.read_bytes() for path in tables.iterdir()})
    assert contents[0] == contents[1]


SPECIAL = r"50 % & $5 #1 {x} a_b ~ ^ C:\films | no video"
# Track, shot, first and one past the last frame, x: Ann's is 10, Ben's 110, nobody's 300.
TALK = [(0, 0, 0, 30, 10), (1, 0, 0, 30, 110), (2, 1, 30, 60, 10), (3, 1, 30, 45, 300)]
SOLO = [(0, 0, 0, 45, 110)]


def write_film(folder, tracks, characters, boundary):
    """A film of 60 frames, 10 a second, with a true cut at frame 30 and one found at a frame."""
    frames = pd.DataFrame({"frame": range(60), "duration_s": 0.1, "time_source": "pts"})
    write_table(folder / "frames.parquet", FRAMES, frames.assign(time_s=frames["frame"] / 10), {})
    write_table(folder / "examined.parquet", EXAMINED, every_nth(1, 60), {})
    shots = pd.DataFrame(
        {"shot": [0, 1], "start_frame": [0, boundary], "end_frame": [boundary, 60]}
    )
    shots["transition_start_frame"] = shots["transition_end_frame"] = shots["start_frame"]
    shots = shots.assign(start_s=shots["start_frame"] / 10, end_s=shots["end_frame"] / 10)
    shots = shots.assign(boundary=["film_start", "cut"], score=1.0)
    write_table(folder / "shots.parquet", SHOTS, shots, {})
    rows = [(n, shot, f, x) for n, shot, first, end, x in tracks for f in range(first, end)]
    faces = pd.DataFrame(rows, columns=["track", "shot", "frame", "x1"])
    faces = faces.assign(y1=0.0, x2=faces["x1"] + 10, y2=10.0, interpolated=False)
    faces = faces.assign(time_s=faces["frame"] / 10, detection=range(len(faces)))
    write_table(folder / "tracks.parquet", TRACKS, faces, {})
    detections = faces.reindex(columns=DETECTIONS.columns).fillna(0.0)
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    places = np.where(faces["x1"] > 50, faces["x1"].to_numpy() // 100, 0)  # one per person
    vectors = np.eye(8)[places.astype(int)] + 0.1 * np.eye(8)[faces["frame"] % 8]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for model in _MODELS:  # both models are the same here
        write_embeddings(folder / f"embeddings.{model}.safetensors", vectors, {})
    clusters = faces.groupby("track", as_index=False).agg(
        shot=("shot", "first"), start_s=("time_s", "min"), end_s=("time_s", "max")
    )
    clusters = clusters.assign(n_faces=5, character=characters, confidence=1.0)
    clusters = clusters.assign(second_character=None, joined=False)
    write_table(folder / "clusters.parquet", CLUSTERS, clusters, {})
    for model in _MODELS:
        write_table(folder / f"clusters.{model}.parquet", CLUSTERS, clusters, {})
    true = shots.assign(start_frame=[0, 30], end_frame=[30, 60])[list(TRUE_SHOTS.columns)]
    true["transition_start_frame"] = true["transition_end_frame"] = true["start_frame"]
    write_csv(folder / "true_shots.csv", TRUE_SHOTS, true)
    people = [("ann", 0, 60, 0, 0, 50, 50), ("ben", 0, 60, 100, 0, 150, 50)]
    labels = pd.DataFrame(people, columns=TRUE_FACES.columns)
    write_csv(folder / "true_faces.csv", TRUE_FACES, labels)


def evaluate(folder):
    """Run the stages that measure the film of ``folder``."""

    def given(*names):
        return [part for name in names for part in (f"--{name}", str(folder / f"{name}.parquet"))]

    def by_model(option, name):
        return [option, *(str(folder / name.format(model)) for model in _MODELS)]

    write_table(folder / "must_links.parquet", MUST_LINKS, MUST_LINKS.empty(), {})
    labels = ["--true-faces", str(folder / "true_faces.csv")]
    out = {
        name: str(folder / "metrics" / f"{name}.json") for name in ("shot", "track", "algorithm")
    }
    true_shots = ["--true-shots", str(folder / "true_shots.csv"), "--out-metrics", out["shot"]]
    evaluate_shots.main([*given("shots"), *true_shots])
    found = given("shots", "examined", "detections", "tracks")
    evaluate_tracks.main([*given("frames"), *found, *labels, "--out-metrics", out["track"]])
    drawing = ["--seed=1", "--bootstrap=20"]
    evaluate_clustering.main(
        [*found, *by_model("--clusters", "clusters.{}.parquet"), *labels, *drawing]
        + by_model("--out-metrics", "metrics/clustering.{}.json")
    )
    faces = given("detections", "tracks")
    embeddings = by_model("--embeddings", "embeddings.{}.safetensors")
    evaluate_verification.main(
        [*faces, *embeddings, *labels, *drawing]
        + by_model("--out-metrics", "metrics/verification.{}.json")
    )
    own = ["--calibration-model", _MODELS[0], "--prior-distance=0.5", "--parameters={}"]
    own += ["--must-links", str(folder / "must_links.parquet")]
    compare_algorithms.main(
        [*faces, *embeddings, *labels, *drawing, *own, "--out-metrics", out["algorithm"]]
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The tables of two films with labels and one that was turned away."""
    folder = tmp_path_factory.mktemp("corpus")
    labelled = ("talk", "solo")
    write_film(folder / "talk", TALK, ["C01", "C02", "C01", "C02"], boundary=30)
    write_film(folder / "solo", SOLO, ["C01"], boundary=45)
    write_rejected(folder, "notes", SPECIAL)
    for movie, split in (("talk", 3), ("solo", 1)):
        info = {"movie": movie, "title": movie, "status": "ok", "reason": None, "duration_s": 6.0}
        write_json(folder / movie / "movie.json", info)
        counts = dict.fromkeys(list(TABLES["mining"].declared["columns"])[1:], 0)
        write_json(folder / movie / "mining.json", counts | {"tracks": split, "split": split})
        write_json(folder / movie / "choice.json", choice_of(_MODELS[movie == "solo"]))
        evaluate(folder / movie)
    tabulate_corpus.main(arguments_of(folder, ("talk", "notes", "solo"), labelled))
    return folder / "tables"


def raw(corpus, name):
    """A table's CSV with the types of its columns."""
    types = TABLES[name].declared["columns"]
    return pd.read_csv(corpus / f"{name}.csv", dtype=types)


def markdown_rows(text):
    rows = [line for line in text.splitlines() if line.startswith("|")]
    cells = [re.split(r"(?<!\\)\|", row)[1:-1] for row in (rows[0], *rows[2:])]
    return [[cell.strip().replace("\\|", "|") for cell in row] for row in cells]


LATEX = {character: f"\\{character}" for character in "%&$#{}_"}
LATEX |= {"~": r"\textasciitilde", "^": r"\textasciicircum", "\\": r"\textbackslash"}


def as_latex(text):
    """Without spaces, which LaTeX eats behind a command."""
    return "".join(LATEX.get(character, character) for character in text if character != " ")


def latex_rows(text):
    body = re.search(r"\\toprule\n(.*)\\bottomrule", text, re.DOTALL).group(1)
    rows = [line.removesuffix(r" \\") for line in body.splitlines() if line.endswith(r" \\")]
    return [
        [cell.replace(r"\space", "").replace(" ", "") for cell in row.split(" & ")] for row in rows
    ]


@pytest.mark.parametrize("name", TABLES.members)
def test_the_three_forms_of_a_table_say_the_same(corpus, name):
    cells = print_cells(raw(corpus, name), TABLES[name].declared["printed"])
    wanted = [list(cells.columns), *cells.to_numpy().tolist()]
    assert markdown_rows((corpus / f"{name}.md").read_text()) == wanted
    in_latex = latex_rows((corpus / f"{name}.tex").read_text())
    assert in_latex == [[as_latex(cell) for cell in row] for row in wanted]


def test_films_stand_in_the_order_given_with_their_counts(corpus):
    films = raw(corpus, "films")
    columns = ["movie", "status", "duration_s", "shots", "faces", "tracks", "characters"]
    assert films.loc[[0, 2], columns].to_numpy().tolist() == [
        ["talk", "ok", 6.0, 2, 105, 4, 2],
        ["solo", "ok", 6.0, 2, 45, 1, 1],
    ]
    assert films.loc[1, ["movie", "status", "reason"]].tolist() == ["notes", "rejected", SPECIAL]
    assert films.loc[1, columns[2:]].isna().all()
    assert "n = 3 films, 1 of them rejected, 0 failed" in (corpus / "films.md").read_text()


def test_statistics_of_the_corpus_leave_the_rejected_film_out(corpus):
    ours = raw(corpus, "dataset_statistics").iloc[0]
    assert ours[["movies", "tracks", "cooccurring_tracks", "faces"]].tolist() == [2, 5, 4, 150]
    assert ours["faces_per_track_mean"] == 30
    # 30, 30, 30, 15 and 45 faces
    assert ours["faces_per_track_std"] == pytest.approx(90**0.5)
    assert "n = 2 analysed films" in (corpus / "dataset_statistics.md").read_text()


def test_metrics_of_the_labelled_films_are_those_of_the_stages(corpus):
    shots = raw(corpus, "shots")
    assert shots.to_numpy().tolist() == [["talk", 1, 0, 1, 1], ["solo", 1, 0, 0, 0]]
    tracks = raw(corpus, "tracks")
    names = ["movie", "intervals", "coverage_min", "coverage_mean", "mixed_tracks", "tracks"]
    # In "talk" Ann is found throughout, Ben in the first half; in "solo" Ann is never found.
    assert tracks[names].to_numpy().tolist() == [
        ["talk", 2, 0.5, 0.75, 0, 4],
        ["solo", 2, 0.0, 0.375, 0, 1],
    ]
    # 90 of 120 faces are followed without a fault, beside 15 of nobody; 45 of 120.
    assert tracks["hota"].tolist() == pytest.approx([(90 / 135) ** 0.5, (45 / 120) ** 0.5])
    assert tracks["idf1"].tolist() == pytest.approx([90 / 112.5, 45 / 82.5])
    clustering = raw(corpus, "clustering").set_index(["movie", "model"])
    # The track of nobody is not judged; without it "talk" is clustered without a mistake.
    assert clustering["tracks"].tolist() == [3, 3, 1, 1]
    assert clustering["k_pred"].tolist() == clustering["k_true"].tolist() == [2, 2, 1, 1]
    assert clustering.loc[("talk", "sface"), "v_measure"] == pytest.approx(1)
    assert clustering["chosen"].to_dict() == {
        ("talk", "sface"): "yes",
        ("talk", "sface_mvcorr"): "no",
        ("solo", "sface"): "no",
        ("solo", "sface_mvcorr"): "yes",
    }
    benchmark = raw(corpus, "benchmark_summary").iloc[:2]
    assert benchmark["faces_per_track_mean"].tolist() == [30, 45]
    assert benchmark["smallest_share_percent"].tolist() == pytest.approx([100 / 3, 100])
    assert benchmark["largest_share_percent"].tolist() == pytest.approx([200 / 3, 100])


def test_captions_count_what_the_table_is_over(corpus):
    captions = {
        "benchmark_summary": "n = 2 labelled films",
        "shots": "n = 2 labelled films, 2 true boundaries",
        "tracks": "n = 2 labelled films, 4 true intervals, 5 tracks",
        "clustering": "n = 2 labelled films, 4 evaluated tracks, seed 1",
        "end_to_end": "n = 2 labelled films, 240 labelled faces",
        "slices": "n = 2 labelled films, 4 evaluated tracks",
        "algorithms": "n = 2 labelled films, seed 1",
        "models": "n = 2 analysed films, seed 1",
    }
    for name, caption in captions.items():
        for form in ("md", "tex"):
            assert caption in (corpus / f"{name}.{form}").read_text()


def test_characters_of_a_reason_that_markup_would_misread_are_escaped(corpus):
    latex = (corpus / "films.tex").read_text()
    assert r"50 \% \& \$5 \#1 \{x\} a\_b \textasciitilde" in latex
    assert r"C:\textbackslash films" in latex
    assert r"films \| no video" in (corpus / "films.md").read_text()


def test_weak_labels_are_counted_for_the_films_that_were_not_turned_away(corpus):
    mining = raw(corpus, "mining").set_index("movie")
    assert mining["split"].to_dict() == {"talk": 3, "solo": 1}
    assert "n = 2 analysed films, 4 tracks" in (corpus / "mining.md").read_text()


def test_verification_counts_pairs_of_tracks_and_of_faces(corpus):
    table = raw(corpus, "verification").query("model == 'sface'").set_index(["movie", "items"])
    talk = table.loc[("talk", "tracks")]  # Ann twice, Ben once; nobody's track makes no pair
    assert (talk["n_same"], talk["n_different"], talk["auc"]) == (1, 2, 1.0)
    assert pd.isna(talk["tpr_at_fpr_1e2"])  # two pairs say nothing of one in a hundred
    faces = table.loc[("talk", "faces")]
    assert (faces["n_same"], faces["n_different"]) == (30 * 30, 30 * 30 + 30 * 30)
    assert faces["tpr_at_fpr_1e2"] == 1.0
    assert pd.isna(table.loc[("solo", "tracks"), "auc"])


def test_models_stand_in_their_order_with_what_their_film_says_of_them(corpus):
    models = raw(corpus, "models")
    assert models["movie"].tolist() == ["talk", "talk", "solo", "solo"]
    assert models["model"].tolist() == [*_MODELS, *_MODELS]
    assert models.loc[1, ["film_gain", "film_gain_low", "accepted"]].tolist() == [0.02, 0.01, "yes"]
    assert models["chosen"].tolist() == ["yes", "no", "no", "yes"]
    assert models["corpus_gain"].isna().all()


def test_algorithms_find_the_number_of_characters_or_are_told_it(corpus):
    table = raw(corpus, "algorithms").query("movie == 'talk' and model == 'sface'")
    kinds = table.groupby("algorithm")["k"].apply(list).to_dict()
    assert kinds == {
        "castmap": ["estimated"],
        "agglomerative_constrained": ["estimated", "oracle"],
        "agglomerative": ["estimated", "oracle"],
        "k_means": ["estimated", "oracle"],
        "affinity_propagation": ["estimated"],
        "hdbscan": ["estimated"],
        "finch": ["estimated", "oracle"],
    }
    oracle = table[table["k"] == "oracle"]
    assert oracle["k_pred"].tolist() == [2, 2, 2, 2]
    assert oracle["v_measure"].tolist() == pytest.approx([1, 1, 1, 1])


def test_the_way_from_the_film_to_its_characters_adds_up(corpus):
    table = raw(corpus, "end_to_end").set_index("movie")
    assert table["model"].tolist() == list(_MODELS)
    assert table.loc["talk", ["labelled_faces", "found_faces"]].tolist() == [120, 105]
    assert table["recall"].tolist() == [0.75, 0.375]
    assert table.loc["talk", "precision"] == pytest.approx(90 / 105)
    lost = table[["lost_by_detection", "lost_by_tracking", "lost_by_clustering"]]
    assert lost.to_numpy().tolist() == [[0.25, 0, 0], [0.625, 0, 0]]


def test_slices_have_a_row_per_film_kind_and_third(corpus):
    table = raw(corpus, "slices")
    assert len(table) == 2 * 5 * 3
    assert table.groupby(["movie", "slice"])["tracks"].sum().tolist() == [1] * 5 + [3] * 5
    assert set(table["bcubed_f1"].dropna()) == {1.0}
    assert (table["bcubed_f1"].isna() == (table["tracks"] == 0)).all()
