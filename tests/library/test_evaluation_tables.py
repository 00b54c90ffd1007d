from collections import defaultdict
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from castmap.catalogues import TABLES
from castmap.console import InputError
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.tables.corpus import Corpus, Film, count_cooccurring, count_film
from castmap.evaluation.tables.making import fill, make_table, print_table
from castmap.formats.printing import print_cells, to_latex, to_markdown
from castmap.formats.tables import CLUSTERS, DETECTIONS, FAILURES, SHOTS, TRACKS


def film(movie, status="ok", counts=(), cooccurring=0):
    return Film(
        movie=movie,
        title=movie.upper(),
        status=status,
        reason=None if status == "ok" else "no video",
        duration_s=10.0,
        shots=3,
        faces=7,
        characters=2,
        cooccurring_tracks=cooccurring,
        faces_per_track=np.array(counts, int),
    )


def corpus_of(films=(), clustering=(), chosen=()):
    """A corpus of films as they are counted, and of scores by film and model."""
    nothing = {field.name: {} for field in fields(Corpus)}
    choices = {movie: {"model": model} for movie, model in dict(chosen).items()}
    metrics = {"clustering_metrics": dict(clustering), "track_metrics": dict(clustering)}
    corpus = Corpus(**nothing | metrics | {"choices": choices, "failures": FAILURES.empty()})
    vars(corpus)["films"] = list(films)
    return corpus


def printed(name, table):
    return print_cells(table, TABLES[name].declared["printed"])


def test_every_printed_field_is_a_column_of_its_table():
    for name, member in TABLES.members.items():
        columns = member.declared["columns"]
        row = {column: "x" if kind == "string" else 1.0 for column, kind in columns.items()}
        assert "-" not in printed(name, fill(member, [row])).iloc[0].tolist(), name


def test_films_count_detected_faces_and_tracks_that_share_a_frame():
    rows = [
        (0, 0, False),
        (0, 3, True),
        (0, 6, False),
        (1, 3, False),
        (2, 9, False),
        (3, 6, False),
        (3, 9, False),
        (4, 12, False),
    ]
    tracks = pd.DataFrame(rows, columns=["track", "frame", "interpolated"])
    # 0 and 1 meet in frame 3, 0 and 3 in frame 6, 2 and 3 in frame 9; 4 is alone
    assert count_cooccurring(tracks) == 4
    info = {"movie": "a", "title": "A", "status": "ok", "reason": None, "duration_s": 4.0}
    clusters = pd.DataFrame({"character": ["C01", "C02", "C01", "C01", "C01"]})
    found = count_film(info, SHOTS.empty(), DETECTIONS.empty(), tracks, clusters)
    assert found.faces_per_track.tolist() == [2, 1, 1, 2, 1]
    assert (found.characters, found.cooccurring_tracks) == (2, 4)
    empty = count_film(info, SHOTS.empty(), DETECTIONS.empty(), TRACKS.empty(), CLUSTERS.empty())
    assert (len(empty.faces_per_track), empty.characters, empty.cooccurring_tracks) == (0, 0, 0)


def test_statistics_are_over_the_tracks_of_all_films_that_were_not_rejected():
    films = [film("a", counts=[2, 4], cooccurring=2), film("b", counts=[6]), film("c", "rejected")]
    ours = make_table(TABLES["dataset_statistics"], corpus_of(films)).iloc[0]
    assert (ours["source"], ours["movies"], ours["tracks"], ours["faces"]) == ("ours", 2, 3, 12)
    assert ours["cooccurring_tracks"] == 2
    assert ours["faces_per_track_mean"] == 4
    assert ours["faces_per_track_std"] == pytest.approx(np.sqrt(8 / 3))


def test_the_published_data_set_stands_beside_ours_even_if_ours_is_empty():
    table = make_table(TABLES["dataset_statistics"], corpus_of())
    assert table["source"].tolist() == ["ours", "published"]
    assert table["movies"].tolist() == [0, 240]
    assert table["faces_per_track_mean"].isna().tolist() == [True, False]
    cells = printed("dataset_statistics", table)
    assert cells["Faces per track"].tolist() == ["-", "63.3 ± 9.1"]
    assert cells["Tracks"].tolist() == ["0", "335,845"]


def test_a_rejected_film_is_listed_with_its_reason_and_no_counts():
    films = [film("a", counts=[5]), film("b", "rejected")]
    table = make_table(TABLES["films"], corpus_of(films))
    assert table["reason"].fillna("").tolist() == ["", "no video"]
    assert table["shots"].isna().tolist() == [False, True]
    assert table["tracks"].tolist()[0] == 1


def metrics_of(character, person, faces):
    tracks = pd.DataFrame(
        {"track": range(len(person)), "character": character, "person": person, "n_faces": faces}
    )
    return evaluate_clusters(tracks.astype({"person": "str"}), seed=1, bootstrap=20)


def test_the_benchmark_gives_shares_of_labelled_people():
    metrics = {
        "a": metrics_of(["C1", "C1", "C2", "C2"], ["ann", "ann", "ann", "ben"], [10, 20, 30, 40]),
        "none": metrics_of(["C1"], [None], [3]),
    }
    metrics = {movie: {"sface": scores} for movie, scores in metrics.items()}
    corpus = corpus_of(clustering=metrics, chosen=dict.fromkeys(metrics, "sface"))
    table = make_table(TABLES["benchmark_summary"], corpus)
    ours = table.iloc[0]
    assert (ours["movie"], ours["source"], ours["tracks"]) == ("a", "ours", 4)
    assert (ours["faces_per_track_mean"], ours["characters"], ours["true_people"]) == (25, 2, 2)
    assert (ours["smallest_share_percent"], ours["largest_share_percent"]) == (25, 75)
    assert pd.isna(table.iloc[1]["smallest_share_percent"])
    published = table[table["source"] == "published"]
    assert published["true_people"].tolist() == [24, 10, 10, 10, 12]
    cells = printed("benchmark_summary", table)
    assert cells["Share of tracks (%)"].tolist()[:3] == ["25.00-75.00", "-", "0.57-20.11"]


def test_the_clustering_table_prints_v_with_its_interval():
    metrics = {
        "a": {"sface": metrics_of(["C1", "C1"], ["ann", "ann"], [1, 1])},
        "b": {"sface": metrics_of([], [], [])},
    }
    corpus = corpus_of(clustering=metrics, chosen={"a": "sface", "b": "sface_mvcorr"})
    table = make_table(TABLES["clustering"], corpus)
    cells = printed("clustering", table)
    assert cells["V [95 % interval]"].tolist() == ["1.000 [1.000, 1.000]", "-"]
    assert cells["Model"].tolist() == ["sface", "sface"]
    assert table["k_true"].tolist() == [1, 0]
    assert table["chosen"].tolist() == ["yes", "no"]


def test_tables_without_rows_keep_their_columns():
    for name, member in TABLES.members.items():
        table = fill(member, [])
        assert list(table.columns) == list(member.declared["columns"])
        cells = printed(name, table)
        assert to_markdown(cells, "c", "", []).count("\n|") == 2
        assert r"\midrule" in to_latex(cells, "c", "", [], "tab:x")


def test_markdown_and_latex_escape_what_would_break_them():
    cells = print_cells(
        pd.DataFrame({"name": ["a_b | 50 % & c\nd"], "n": [1234.5]}),
        {"Name": "{name}", "N (%)": "{n:,.1f}"},
    )
    assert to_markdown(cells, "Caption", "Note.", ["N (%)"]) == (
        "**Caption**\n\n"
        "| Name | N (%) |\n"
        "| --- | ---: |\n"
        "| a_b \\| 50 % & c d | 1,234.5 |\n\n"
        "Note.\n"
    )
    latex = to_latex(cells, "Caption", "Note.", ["N (%)"], "tab:x")
    assert r"\caption{Caption. Note.}" in latex
    assert r"\begin{tabular}{lr}" in latex
    assert r"Name & N (\%) \\" in latex
    assert r"a\_b | 50 \% \& c" in latex


def test_captions_and_notes_hold_nothing_that_latex_would_misread():
    for member in TABLES.members.values():
        caption = member.declared["caption"].format_map(defaultdict(int))
        assert set("%&#_$~^\\").isdisjoint(caption + member.declared.get("note", ""))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"columns": None}, "films.py: MEMBER has no columns; add it"),
        ({"printed": {"Frames": "{frames:,}"}}, "'Frames' prints frames, which is no column"),
        ({"caption": "n = {cats} cats"}, "the caption has cats, which is no count; use films"),
    ],
)
def test_a_faulty_declaration_is_one_sentence(changed, sentence):
    member = TABLES["films"]
    declared = {key: value for key, value in (member.declared | changed).items() if value}
    member = replace(member, declared=declared)
    with pytest.raises(InputError, match=sentence):
        print_table(member, make_table(member, corpus_of()), corpus_of())
