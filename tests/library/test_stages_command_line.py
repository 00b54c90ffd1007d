"""A function as a command: what is read, checked, told, recorded and written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import pytest

from castmap.files.results import read_csv, read_json, read_record, read_table, write_table
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.tables import CAST_MAP, CastMap
from castmap.stages.arguments import (
    ByModel,
    ByMovie,
    ByTraining,
    Embeddings,
    Job,
    Json,
    NewFile,
    NewFiles,
)
from castmap.stages.command_line import as_command

CALLS = []


def cast_map(name="Ann"):
    return CAST_MAP.validate(
        pd.DataFrame(
            {
                "character": ["C01"],
                "name": [name],
                "named_by": [None],
                "start_s": [0.5],
                "end_s": [1.25],
                "shot": [0],
                "track": [7],
                "confidence": [0.5],
            }
        )
    )


def write(path, name="Ann"):
    write_table(path, CAST_MAP, cast_map(name), {})
    return str(path)


def fails(function, argv, capsys):
    """What a command says that ends badly, and with which code."""
    with pytest.raises(SystemExit) as ended:
        as_command(function)(argv)
    return ended.value.code, capsys.readouterr().err


@dataclass(frozen=True)
class Limits:
    """What is kept.

    Attributes:
        min_faces: fewer are
            dropped.
        slack: nobody passes this.
    """

    min_faces: int
    slack: float = 0.5


def take_settings(
    *,
    count: int,
    share: float,
    name: str,
    kind: Literal["head", "all"],
    shown: bool,
    methods: list[str],
    centring: dict[str, float],
    checkpoint: str | None,
    folder: Path,
    limits: Limits,
    device: str,
    extra: int = 3,
) -> None:
    """Take settings of every type.

    Args:
        count: of 100 % of things.
        share: some.
        name: any.
        kind: of two.
        shown: or not.
        methods: none or some.
        centring: by scope.
        checkpoint: or none.
        folder: where.
        limits: what is kept.
        device: which.
        extra: for use by hand.
    """
    CALLS.append(dict(locals()))


SETTINGS = {
    "count": "-3",
    "share": "1e-3",
    "name": "-- x=y",
    "kind": "head",
    "shown": "False",
    "centring": '{"movie": 0.5}',
    "checkpoint": "None",
    "folder": "a b",
    "min-faces": "2",
    "device": "cpu",
}


def line(**changed):
    given = SETTINGS | {name.replace("_", "-"): value for name, value in changed.items()}
    return [f"--{name}={value}" for name, value in given.items()] + ["--methods"]


def test_settings_have_the_types_of_their_annotations():
    as_command(take_settings)(line())
    assert CALLS.pop() == {
        "count": -3,
        "share": 0.001,
        "name": "-- x=y",
        "kind": "head",
        "shown": False,
        "methods": [],
        "centring": {"movie": 0.5},
        "checkpoint": None,
        "folder": Path("a b"),
        "limits": Limits(min_faces=2),
        "device": "cpu",
        "extra": 3,
    }


def test_what_may_be_none_may_be_empty_or_given():
    as_command(take_settings)(line(checkpoint=""))
    assert CALLS.pop()["checkpoint"] is None
    as_command(take_settings)(line(checkpoint="a.pth"))
    assert CALLS.pop()["checkpoint"] == "a.pth"


def test_several_values_and_settings_with_a_default_by_hand():
    as_command(take_settings)([*line(extra=4, slack=0.25), "triplet", "mvcorr"])
    given = CALLS.pop()
    assert given["methods"] == ["triplet", "mvcorr"]
    assert given["extra"] == 4
    assert given["limits"] == Limits(min_faces=2, slack=0.25)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("count", "2.5", "--count: invalid int value: '2.5'"),
        ("share", "half", "--share: invalid float value: 'half'"),
        ("kind", "body", "--kind: invalid choice: 'body' (choose from"),
        ("shown", "yes", "--shown: yes is neither True nor False"),
        ("centring", "{", "--centring: { is not JSON"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_option(capsys, name, value, said):
    code, error = fails(take_settings, line(**{name: value}), capsys)
    assert code == 2
    assert said in error
    assert not CALLS


def test_what_is_missing_is_listed_and_what_has_a_default_is_not(capsys):
    code, error = fails(take_settings, [], capsys)
    assert code == 2
    required = error.partition("are required: ")[2].strip().split(", ")
    assert required == [
        *("--count", "--share", "--name", "--kind", "--shown", "--methods", "--centring"),
        *("--folder", "--min-faces", "--device"),
    ]


def test_the_help_is_that_of_the_docstrings(capsys):
    with pytest.raises(SystemExit) as ended:
        as_command(take_settings)(["--help"])
    assert ended.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Take settings of every type. options:" in text
    assert "--count COUNT of 100 % of things." in text
    assert "--min-faces MIN_FACES fewer are dropped." in text  # a field of the dataclass
    assert "limits" not in text
    assert "Args:" not in text


class Made(NamedTuple):
    """What take_files makes."""

    cast_map: CastMap
    as_text: CastMap
    vectors: Embeddings
    found: Json
    by_movie: ByMovie[CastMap]


def take_files(
    first: CastMap,
    names: CastMap | None,
    vectors: Embeddings,
    found: Json,
    texts: list[Path],
    films: ByMovie[CastMap],
    models: ByModel[Embeddings],
    archive: NewFile,
    cards: NewFiles,
    job: Job,
    *,
    limits: Limits,
    model: str,
    folder: Path,
    threads: int,
    seed: int,
) -> Made:
    """Take files of every kind."""
    CALLS.append(dict(locals()))
    for path in (archive, *cards):
        path.write_text(f"{path.name} of {job.record['stage']}")
    return Made(first, first, vectors, found, films)


@pytest.fixture
def files(tmp_path):
    """Inputs of take_files, and where its outputs go."""
    results = tmp_path / "results"
    for movie in ("ann", "bob"):
        write(results / movie / "cast_map.parquet", movie)
    for model in ("sface", "other"):
        rows = np.full((2, 3), len(model), np.float16)
        write_embeddings(tmp_path / f"embeddings.{model}.safetensors", rows, {})
    (tmp_path / "found.json").write_text('{"n": 1}')
    return tmp_path


def arguments(files, **changed):
    made = files / "made"
    options = {
        "first": [files / "results/ann/cast_map.parquet"],
        "names": [],
        "vectors": [files / "embeddings.sface.safetensors"],
        "found": [files / "found.json"],
        "texts": [],
        "films": [files / f"results/{movie}/cast_map.parquet" for movie in ("bob", "ann")],
        "models": [files / f"embeddings.{model}.safetensors" for model in ("sface", "other")],
        "min-faces": [2],
        "model": ["sface"],
        "folder": [files],
        "threads": [1],
        "seed": [7],
        "out-archive": [made / "faces.zip"],
        "out-cards": [made / "a.md", made / "b.md"],
        "out-cast-map": [made / "cast_map.parquet"],
        "out-as-text": [made / "cast_map.csv"],
        "out-vectors": [made / "vectors.safetensors"],
        "out-found": [made / "found.json"],
        "out-by-movie": [made / movie / "cast_map.parquet" for movie in ("ann", "bob")],
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    made.mkdir(exist_ok=True)
    return [str(part) for name, value in options.items() for part in (f"--{name}", *value)]


def test_inputs_are_read_and_lists_may_be_empty(files):
    as_command(take_files)(arguments(files))
    given = CALLS.pop()
    pd.testing.assert_frame_equal(given["first"], cast_map("ann"))
    assert given["names"] is None
    assert given["vectors"].tolist() == [[5, 5, 5]] * 2
    assert given["found"] == {"n": 1}
    assert given["texts"] == []
    as_command(take_files)(arguments(files, texts=["a b.txt"], names=[write(files / "n.parquet")]))
    given = CALLS.pop()
    assert given["texts"] == [Path("a b.txt")]
    assert given["names"]["name"].tolist() == ["Ann"]


def test_files_by_film_and_model_are_a_mapping_in_the_order_given(files):
    as_command(take_files)(arguments(files))
    given = CALLS.pop()
    assert isinstance(given["films"], Mapping)
    assert list(given["films"]) == ["bob", "ann"]
    assert given["films"]["ann"]["name"].tolist() == ["ann"]
    assert {name: rows[0, 0] for name, rows in given["models"].items()} == {"sface": 5, "other": 5}
    assert len(given["models"]) == 2
    with pytest.raises(KeyError):
        given["films"]["carl"]


def test_a_file_of_a_mapping_is_read_when_it_is_asked_for(files):
    damaged = files / "results/carl/cast_map.parquet"
    damaged.parent.mkdir()
    damaged.write_text("no table")
    as_command(take_files)(arguments(files, models=[damaged.parent / "embeddings.x.safetensors"]))
    assert list(CALLS.pop()["models"]) == ["x"]  # of a file that does not even exist


def test_two_files_of_one_film_are_refused(files, capsys):
    path = files / "results/ann/cast_map.parquet"
    code, said = fails(take_files, arguments(files, films=[path, path]), capsys)
    assert code == 1
    assert "of 2 files, two are about the same" in said


def test_outputs_are_written_as_their_types_say_with_the_record(files):
    as_command(take_files)(arguments(files))
    record = CALLS.pop()["job"].record
    made = files / "made"
    pd.testing.assert_frame_equal(
        read_table(made / "cast_map.parquet", CAST_MAP), cast_map("ann"), check_exact=True
    )
    assert read_record(made / "cast_map.parquet") == record
    assert (made / "cast_map.csv").read_text().startswith("character,name,")
    assert read_csv(made / "cast_map.csv", CAST_MAP)["name"].tolist() == ["ann"]
    assert read_embeddings(made / "vectors.safetensors").tolist() == [[5, 5, 5]] * 2
    assert read_json(made / "found.json") == {"n": 1, "provenance": record}
    for movie in ("ann", "bob"):  # each film's own, whatever the order of the paths
        table = read_table(made / movie / "cast_map.parquet", CAST_MAP)
        assert table["name"].tolist() == [movie]
    assert (made / "b.md").read_text() == "b.md of take_files"


def test_settings_are_recorded_but_for_paths_and_the_machine(files):
    as_command(take_files)(arguments(files))
    job = CALLS.pop()["job"]
    assert job.record["stage"] == "take_files"
    assert job.record["settings"] == {"min_faces": 2, "slack": 0.5, "model": "sface", "seed": 7}
    assert job.machine["threads"] == 1
    more = job.recording(weights_sha256="ab")
    assert more.record["settings"] == job.record["settings"] | {"weights_sha256": "ab"}
    assert "weights_sha256" not in job.record["settings"]


def test_a_job_knows_its_files_by_name(files):
    as_command(take_files)(arguments(files))
    paths = CALLS.pop()["job"].paths
    assert paths["vectors"] == files / "embeddings.sface.safetensors"
    assert paths["out_cards"] == [files / "made/a.md", files / "made/b.md"]


def test_an_input_that_breaks_its_schema_is_named_and_nothing_is_done(files, capsys):
    broken = files / "broken.csv"
    broken.write_text("character,start_s\nC01,0.5\n")
    code, said = fails(take_files, arguments(files, first=[broken]), capsys)
    assert code == 1
    assert "broken.csv: cast_map: missing columns" in said
    assert not CALLS
    assert not any((files / "made").iterdir())


def break_schema(first: CastMap) -> Made:
    """Make a table without a column."""
    return Made(first.drop(columns="track"), first, np.zeros((1, 1)), {}, {})


def test_an_output_that_breaks_its_schema_is_not_written(files, capsys):
    argv = arguments(files)
    kept = ("--first", "--out-cast-map", "--out-as-text", "--out-vectors", "--out-found")
    argv = [part for name in kept for part in argv[argv.index(name) : argv.index(name) + 2]]
    code, said = fails(break_schema, [*argv, "--out-by-movie"], capsys)
    assert code == 1
    assert "cast_map.parquet: cast_map: missing columns" in said
    assert not (files / "made/cast_map.parquet").exists()


def by_training(histories: ByTraining[Path], *, names: list[str]) -> None:
    """Paths by training."""
    CALLS.append((dict(histories), names))


def test_what_a_stage_reads_by_itself_is_a_path_by_training(tmp_path):
    paths = [f"{tmp_path}/adaptation/{key}/history.parquet" for key in ("corpus/a", "film/a")]
    as_command(by_training)(["--histories", *paths, "--names"])
    assert CALLS.pop() == (dict(zip(["corpus/a", "film/a"], map(Path, paths), strict=True)), [])


def test_the_log_is_written_and_what_fails_is_in_it(files, capsys):
    log = files / "logs/a.log"
    argv = [*arguments(files, first=[files / "nothing.parquet"]), "--log", str(log)]
    code, _ = fails(take_files, argv, capsys)
    assert code == 1
    assert "nothing.parquet cannot be read" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_the_record_is_the_same_for_the_same_settings(files):
    as_command(take_files)(arguments(files))
    as_command(take_files)(arguments(files, threads=[2], folder=[files / "made"]))
    first, second = (json.dumps(call["job"].record) for call in (CALLS.pop(), CALLS.pop()))
    assert first == second
