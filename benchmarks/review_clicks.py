"""How many answers make a cast right, in the order of the page and in others.

Composed films (see compose.py). A reader who knows the truth answers the page's questions, one
click each: merges what is one person, moves a track to whom it belongs. Counted is what is left to
do (the metric operator_clicks: a click for each track in the wrong place, and one to name each
character) after so many answers, in the page's order, by time, and by chance.

    python -m benchmarks.review_clicks --layouts FOLDER --people FOLDER --work FOLDER
"""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.composed_characters import composed_movies
from benchmarks.composed_films import run_workflow
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.tables import CHARACTERS, REVIEW, TRACKS, UNASSIGNED_LABELS
from castmap.stages.labels import read_labels

_ANSWERS = (0, 5, 10, 20, 40, 80)
_CHANCES = 5


def answer(table: pd.DataFrame, question: object) -> None:
    """Change who is whom as a reader who knows the truth would."""
    who = table["character"]
    if question.kind == "merge":
        one, other = (
            main_person(table, name) for name in (question.character, question.other_character)
        )
        if one is not None and one == other:
            table.loc[who == question.other_character, "character"] = question.character
        return
    row = table.index[table["track"] == question.track][0]
    person = table.at[row, "person"]
    if question.kind == "twice":
        other = table.index[table["track"] == question.other_track][0]
        if person is not None and person == table.at[other, "person"]:
            one, two = sorted((row, other), key=lambda place: who[place] in UNASSIGNED_LABELS)
            joined = table.index == two if who[two] in UNASSIGNED_LABELS else who == who[two]
            table.loc[joined, "character"] = who[one]
        return
    if person is None:
        table.at[row, "character"] = "not_a_face"
    elif main_person(table, who[row]) != person:
        homes = [n for n in who.unique() if main_person(table, n) == person]
        table.at[row, "character"] = homes[0] if homes else f"new_{question.track}"


def main_person(table: pd.DataFrame, character: str) -> str | None:
    """Whom most tracks of a character show; None for nobody, or where it is no character."""
    if character in UNASSIGNED_LABELS:
        return None
    people = Counter(table.loc[table["character"] == character, "person"].dropna())
    return people.most_common(1)[0][0] if people else None


def clicks_left(table: pd.DataFrame, order: list) -> list[int]:
    """operator_clicks after each of _ANSWERS."""
    table, left = table.copy(), []
    for number, question in enumerate([*order, *[None] * max(_ANSWERS)]):
        if number in _ANSWERS:
            left.append(evaluate_clusters(table, 0, bootstrap=0)["operator_clicks"])
        if question is not None:
            answer(table, question)
    return left


def film_rows(work: Path, movie: str) -> list[dict]:
    """One film in three orders."""
    folder = work / "results" / movie
    characters = read_table(folder / "characters.parquet", CHARACTERS)
    tracks = read_table(folder / "tracks.parquet", TRACKS)
    people = people_of_tracks(tracks, read_labels(work / "labels" / movie / "faces.csv").faces)
    table = people[["track", "person", "n_faces"]].merge(characters[["track", "character"]])
    table["person"] = table["person"].astype(object).where(table["person"].notna(), None)
    questions = list(read_table(folder / "review.parquet", REVIEW).itertuples())
    starts = dict(zip(characters["track"], characters["start_s"], strict=True))
    firsts = characters.groupby("character")["start_s"].min()
    by_time = sorted(
        questions, key=lambda q: firsts[q.character] if q.kind == "merge" else starts[q.track]
    )
    rng = np.random.default_rng(0)
    shuffled = [[questions[i] for i in rng.permutation(len(questions))] for _ in range(_CHANCES)]
    orders = {"as on the page": [questions], "by time": [by_time], "by chance": shuffled}
    return [
        {
            "movie": movie,
            "order": name,
            **dict(zip(_ANSWERS, clicks_left(table, order), strict=True)),
        }
        for name, some in orders.items()
        for order in some
    ]


def main() -> None:
    """Compose, run the workflow, answer, print."""
    work, movies = composed_movies(__doc__, default_films=3)
    run_workflow(work, *(f"results/{movie}/review.parquet" for movie in movies))
    rows = pd.DataFrame([row for movie in movies for row in film_rows(work, movie)])
    means = rows.groupby(["movie", "order"], sort=False).mean().round(1)
    print(means.to_string(), end="\n\n")
    print(rows.groupby("order", sort=False)[list(_ANSWERS)].mean().round(1).to_string())


if __name__ == "__main__":
    main()
