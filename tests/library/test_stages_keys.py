"""Files of films and models reach a stage as mappings, and leave it as mappings."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from castmap.files.whole import write_json
from castmap.stages.arguments import ByFolder, ByModel, ByMovie, Json, Text
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


class Names(NamedTuple):
    names: ByModel[Json]


def name_people(
    labels: ByFolder[Json], scores: ByModel[Json], *, folders: dict[str, Path]
) -> Names:
    """Name people."""
    found = {movie: labels[folder.as_posix()]["who"] for movie, folder in folders.items()}
    return Names({model: found | {"n": score["n"]} for model, score in scores.items()})


def name(tmp_path, *outs):
    """Two films whose labels lie in folders of other names, and scores by two models."""
    for folder, who in (("a", "ann"), ("b", "ben")):
        write_json(tmp_path / folder / "faces.json", {"who": who})
    folders = {"heat": f"{tmp_path}/b", "ronin": f"{tmp_path}/a/"}
    scores = [score(tmp_path, "heat", model, n) for model, n in (("sface", 1), ("dlib", 2))]
    as_command(name_people)(
        ["--labels", *(str(tmp_path / folder / "faces.json") for folder in "ab")]
        + ["--scores", *scores[: len(outs)], f"--folders={json.dumps(folders)}"]
        + ["--out-names", *(str(tmp_path / out) for out in outs)]
    )
    return [json.loads((tmp_path / out).read_text()) for out in outs]


def test_a_mapping_of_folders_says_which_labels_are_whose(tmp_path):
    first, second = name(tmp_path, "x.sface.json", "x.dlib.json")
    assert (first["heat"], first["ronin"]) == ("ben", "ann")
    assert (first["n"], second["n"]) == (1, 2)
    # Where somebody keeps labels is no part of what results rest on.
    assert first["provenance"]["settings"] == {}


def test_the_only_file_of_a_mapping_may_have_any_name(tmp_path):
    (only,) = name(tmp_path, "c.json")
    assert only["n"] == 1


def test_files_of_names_that_nothing_was_made_for_are_one_sentence(tmp_path, capsys):
    with pytest.raises(SystemExit):
        name(tmp_path, "x.sface.json", "x.other.json")
    said = capsys.readouterr().err
    assert "x.other.json: nothing was made for other, only for sface, dlib" in said
    assert "Traceback" not in said
