"""Files of films and models reach a stage as mappings, and leave it as mappings."""

from typing import NamedTuple

import pytest

from castmap.files.whole import write_json
from castmap.stages.arguments import ByModel, ByMovie, Json, Text
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    page: Text
    sums: ByMovie[ByModel[Json]]


def add_up(scores: ByMovie[ByModel[Json]], films: ByMovie[Json]) -> Output:
    """Add up."""
    sums = {
        movie: {model: {"sum": score["n"] + films[movie]["n"]} for model, score in own.items()}
        for movie, own in scores.items()
    }
    lines = [f"{movie}: {', '.join(own)}\n" for movie, own in scores.items()]
    return Output("".join(lines), sums)


def score(folder, movie, model, n):
    path = folder / movie / "metrics" / f"score.{model}.json"
    write_json(path, {"n": n})
    return str(path)


def test_files_are_found_by_film_and_model_in_whatever_order_they_come(tmp_path):
    scores = [
        score(tmp_path, "heat", "sface", 1),
        score(tmp_path, "ronin", "dlib", 2),
        score(tmp_path, "heat", "dlib", 3),
    ]
    films = [tmp_path / movie / "movie.json" for movie in ("ronin", "heat")]
    for n, path in enumerate(films, start=1):
        write_json(path, {"n": 10 * n})
    made = [path.replace("score.", "sum.") for path in scores]
    page = tmp_path / "page.txt"
    as_command(add_up)(
        ["--scores", *scores, "--films", *map(str, films), f"--out-page={page}"]
        + ["--out-sums", *made]
    )
    assert page.read_text() == "heat: sface, dlib\nronin: dlib\n"
    sums = [(tmp_path / path).read_text().split('"sum": ')[1].split("\n")[0] for path in made]
    assert sums == ["21", "12", "23"]


def test_two_files_about_the_same_are_refused(tmp_path, capsys):
    path = score(tmp_path, "heat", "sface", 1)
    with pytest.raises(SystemExit):
        as_command(add_up)(["--scores", path, path, "--films", "--out-page=page.txt", "--out-sums"])
    assert "two are about the same" in capsys.readouterr().err
