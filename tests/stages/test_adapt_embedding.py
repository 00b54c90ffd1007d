"""The stages from weak labels to the choice of a model, on two small films with real crops."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file
from torch import nn

import adapt_embedding
import adapt_to_movie
import choose_model
import describe_model
import embed_adapted
import judge_models
from castmap.adaptation.choice import CENTRING, CORPUS, MOVIE, model_of_training, models_of
from castmap.adaptation.trainable import HEADS, LINEAR_HEAD, MLP_HEAD
from castmap.adaptation.weak_labels import split_into_folds
from castmap.command.run_state import RunState
from castmap.console import EVENTS_VARIABLE
from castmap.embedding.backbones import sface
from castmap.files.hashing import sha256_file
from castmap.files.results import read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import (
    CLUSTERS,
    COOCCURRENCE,
    HARD_EXAMPLES,
    HISTORY,
    TRACKLETS,
)
from castmap.tracks.cooccurrence import CANNOT_LINK

MOVIES = ("one", "two")
N_TRACKS = 8
SETTINGS = {
    "tracklets-per-track": 3,
    "folds": 4,
    "steps": 12,
    "batch": 16,
    "learning-rate": 0.01,
    "l2-sp-weight": 0.001,
    "centring": 1.0,
    "seed": 7,
    "device": "cpu",
    "devices": 1,
    "precision": "32-true",
    "threads": 1,
}


def write_film(folder, seed, links=True, n_tracks=N_TRACKS):
    """Tracks of three tracklets of two faces, seen two by two; crops are noise."""
    random = np.random.default_rng(seed)
    n_faces = 6 * n_tracks
    tracklets = pd.DataFrame(
        {
            "track": np.repeat(np.arange(n_tracks), 6),
            "tracklet": np.tile(np.repeat([0, 1, 2], 2), n_tracks),
            "detection": np.arange(n_faces),
        }
    )
    rows = np.repeat(random.normal(size=(n_tracks, 128)), 6, axis=0)
    rows = rows + random.normal(size=rows.shape) + 1
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    write_embeddings(folder / "embeddings.safetensors", rows, {})
    pairs = pd.DataFrame({"track": range(0, n_tracks, 2), "other_track": range(1, n_tracks, 2)})
    pairs = pairs.assign(first_frame=0, n_frames=5, max_iou=0.0, distance=1.0, kind=CANNOT_LINK)
    hard = tracklets.drop_duplicates(["track", "tracklet"])[["track", "tracklet"]]
    hard = hard.assign(positive_tracklet=(hard["tracklet"] + 1) % 3, positive_distance=0.5)
    hard["positive_track"] = hard["track"]
    hard = hard.assign(negative_track=hard["track"] ^ 1, negative_distance=0.4, hardness=0.1)
    hard = hard.assign(negative_detection=6 * hard["negative_track"], kept=True)
    write_table(folder / "tracklets.parquet", TRACKLETS, tracklets, {})
    empty = COOCCURRENCE.empty()
    write_table(folder / "cooccurrence.parquet", COOCCURRENCE, pairs if links else empty, {})
    write_table(
        folder / "hard_examples.parquet",
        HARD_EXAMPLES,
        hard if links else HARD_EXAMPLES.empty(),
        {},
    )
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for detection in range(n_faces):
            add_crop(archive, detection, random.integers(0, 256, (112, 112, 3), dtype=np.uint8))


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for seed, movie in enumerate(MOVIES):
        (folder / movie).mkdir()
        write_film(folder / movie, seed)
    return folder


@pytest.fixture(scope="module")
def long_films(tmp_path_factory):
    """With as many tracks in each fold as are needed to judge by it."""
    folder = tmp_path_factory.mktemp("long_films")
    for seed, movie in enumerate(MOVIES):
        (folder / movie).mkdir()
        write_film(folder / movie, seed, n_tracks=4 * N_TRACKS)
    return folder


def arguments(films, out, weights, method="triplet", movies=MOVIES, **changed):
    values = {"method": method, "loss": "{}", "trainable": "linear_head", "model": "sface"}
    values |= {**SETTINGS, **changed}
    result = [f"--{name}={value}" for name, value in values.items()]
    for name in ("embeddings.safetensors", *(f"{n}.parquet" for n in (
        "tracklets", "cooccurrence", "hard_examples"))):  # fmt: skip
        option = "--" + name.partition(".")[0].replace("_", "-")
        result += [option, *(str(films / movie / name) for movie in movies)]
    result += ["--faces", *(str(films / movie / "faces.zip") for movie in movies)]
    result += ["--pretrained-weights", str(weights("sface.safetensors"))]
    result += ["--checkpoints", str(out / "checkpoints")]
    return [*result, f"--out-weights={out / 'w.safetensors'}", f"--out-history={out / 'h.parquet'}"]


def movie_arguments(films, folders, weights, movie, **changed):
    """Those of adapt_to_movie; the last part of a folder is its method."""
    result = arguments(films, folders[0], weights, movies=(movie,), **changed)
    result = [text for text in result if not text.startswith(("--method=", "--loss=", "--out-"))]
    for option, name in (
        ("weights", "w.safetensors"),
        ("cross-fitted", "e.safetensors"),
        ("history", "h.parquet"),
    ):
        result += [f"--out-{option}", *(str(out / name) for out in folders)]
    return [*result, "--losses={}"]


def record_of(path):
    with safe_open(path, framework="np") as file:
        return json.loads(file.metadata()["castmap"])


@pytest.mark.parametrize("trainable", HEADS)
@pytest.mark.parametrize("method", ["triplet", "improved_triplet", "mvcorr"])
def test_the_same_input_gives_the_same_bytes_and_leaves_no_checkpoint(
    films, tmp_path, weights, method, trainable
):
    contents = []
    for name in ("a", "b"):
        adapt_embedding.main(
            arguments(films, tmp_path / name, weights, method, trainable=trainable)
        )
        contents.append((tmp_path / name / "w.safetensors").read_bytes())
        assert not list((tmp_path / name).glob("checkpoints/*"))
    assert contents[0] == contents[1]
    history = read_table(tmp_path / "a" / "h.parquet", HISTORY)
    assert history["step"].tolist() == list(range(1, 13))
    assert np.isfinite(history["loss"]).all()
    state = load_file(tmp_path / "a" / "w.safetensors")
    if trainable == LINEAR_HEAD:
        assert not np.allclose(state["head.turn.weight"], np.eye(128))
    else:
        assert np.abs(state["head.bend.weight"]).max() > 0


def test_the_record_says_what_was_seen_without_what_was_held_out(films, tmp_path, weights):
    adapt_embedding.main(arguments(films, tmp_path, weights))
    record = record_of(tmp_path / "w.safetensors")
    assert record["untrained"] is None
    assert record["settings"]["steps"] == 12
    assert {record["inputs"][movie]["n_tracks"] for movie in MOVIES} == {6}
    assert len(record["inputs"]["weights"]) == 64


def test_centring_by_an_untrained_mlp_head_is_centring(films, tmp_path, weights):
    adapted = {}
    for trainable in HEADS:
        out = tmp_path / trainable / CENTRING
        adapt_embedding.main(arguments(films, out, weights, CENTRING, trainable=trainable))
        (path,) = embed(films, "one", out, out=tmp_path / trainable)
        adapted[trainable] = read_embeddings(path)
    assert np.array_equal(*adapted.values())


def test_centring_is_no_training(films, tmp_path, weights):
    adapt_embedding.main(arguments(films, tmp_path, weights, "centring"))
    state = load_file(tmp_path / "w.safetensors")
    faces = [read_embeddings(films / movie / "embeddings.safetensors") for movie in MOVIES]
    assert state["head.centre"] == pytest.approx(np.concatenate(faces).mean(axis=0), abs=1e-6)
    assert np.array_equal(state["head.turn.weight"], np.eye(128))
    assert read_table(tmp_path / "h.parquet", HISTORY).empty
    adapt_embedding.main(arguments(films, tmp_path, weights, "centring", centring=0.5))
    half = load_file(tmp_path / "w.safetensors")["head.centre"]
    assert half == pytest.approx(state["head.centre"] / 2)


def test_films_that_teach_nothing_stop_nothing(tmp_path, weights):
    (tmp_path / "film").mkdir()
    write_film(tmp_path / "film", 0, links=False)
    adapt_embedding.main(arguments(tmp_path, tmp_path, weights, movies=("film",)))
    assert "seen together" in record_of(tmp_path / "w.safetensors")["untrained"]
    for name, schema in (("tracklets", TRACKLETS), ("hard_examples", HARD_EXAMPLES)):
        write_table(tmp_path / "film" / f"{name}.parquet", schema, schema.empty(), {})
    write_embeddings(tmp_path / "film" / "embeddings.safetensors", np.zeros((0, 128)), {})
    adapt_embedding.main(arguments(tmp_path, tmp_path, weights, "mvcorr", movies=("film",)))
    assert "fewer than two tracks" in record_of(tmp_path / "w.safetensors")["untrained"]


@pytest.mark.parametrize("trainable", HEADS)
def test_a_killed_training_goes_on_and_ends_with_the_same_bytes(
    films, tmp_path, weights, trainable
):
    changed = {"method": "mvcorr", "steps": 200, "batch": 12, "trainable": trainable}
    adapt_embedding.main(arguments(films, tmp_path / "whole", weights, **changed))
    killed = tmp_path / "killed"
    command = [sys.executable, "workflow_scripts/adapt_embedding.py"]
    command += arguments(films, killed, weights, **changed)
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not list(killed.glob("checkpoints/[0-9a-f]*.pt")):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "w.safetensors").exists()
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "going on from a checkpoint" in run.stderr
    for name in ("w.safetensors", "h.parquet"):
        assert (killed / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_methods_trained_one_after_the_other_are_as_if_trained_alone(films, tmp_path, weights):
    together = [tmp_path / name for name in ("centring", "mvcorr", "triplet")]
    adapt_to_movie.main(movie_arguments(films, together, weights, "one"))
    assert not list(tmp_path.glob("*/checkpoints/*"))
    alone = tmp_path / "alone" / "triplet"
    adapt_to_movie.main(movie_arguments(films, [alone], weights, "one"))
    for name in ("w.safetensors", "e.safetensors", "h.parquet"):
        assert (alone / name).read_bytes() == (together[-1] / name).read_bytes()
    out = embed(films, "one", *together, out=tmp_path)
    (again,) = embed(films, "one", alone, out=tmp_path / "again")
    assert out[-1].read_bytes() == again.read_bytes()
    assert len({path.read_bytes() for path in out}) == len(out)


def shares(events):
    """How far the job of a log is, event by event."""
    job = {"job": 0, "rule": "adapt", "movie": "one", "threads": 1, "after": [], "log": "log"}
    state = RunState()
    state.take({"kind": "plan", "cores": 1, "jobs": [job]})
    for line in events.read_text(encoding="utf-8").splitlines():
        state.take(json.loads(line) | {"log": "log"})
        yield state.jobs[0].share


def test_trainings_side_by_side_give_the_same_bytes(films, tmp_path, weights, monkeypatch):
    made = {}
    for threads in (1, 3):
        events = tmp_path / f"{threads}.jsonl"
        monkeypatch.setenv(EVENTS_VARIABLE, str(events))
        folders = [tmp_path / str(threads) / name for name in ("centring", "mvcorr", "triplet")]
        log = tmp_path / f"{threads}.log"
        command = movie_arguments(films, folders, weights, "one")
        adapt_to_movie.main([*command, f"--threads={threads}", f"--log={log}"])
        trained = re.findall(r"(training \w+(?: without fold \d)?): ", log.read_text())
        assert len(trained) == len(set(trained)) == 2 * 5
        assert None not in list(shares(events))[1:]
        assert [*shares(events)][-1] == 1.0
        made[threads] = [
            (folder / name).read_bytes()
            for folder in folders
            for name in ("w.safetensors", "e.safetensors", "h.parquet")
        ]
        assert not list(tmp_path.glob("*/*/checkpoints/*"))
    assert made[1] == made[3]


def test_a_film_that_was_killed_repeats_no_finished_training(films, tmp_path, weights):
    folders = [tmp_path / "triplet", tmp_path / "mvcorr"]
    command = movie_arguments(films, folders, weights, "one")
    broken = [*command]
    broken[broken.index(str(folders[1] / "w.safetensors"))] = "/dev/null/mvcorr/w.safetensors"
    with pytest.raises(SystemExit):
        adapt_to_movie.main(broken)  # all is trained before the last file cannot be written
    log = tmp_path / "log"
    adapt_to_movie.main([*command, f"--log={log}"])
    assert " steps in " not in log.read_text()
    assert not list(tmp_path.glob("*/checkpoints/*"))


def test_a_head_is_adapted_on_the_embeddings_of_a_network_of_the_users(
    films, tmp_path, weights, capsys
):
    def own(_):
        return weights("original/sface.onnx")

    adapt_embedding.main(arguments(films, tmp_path, own, model="onnx"))
    recorded = record_of(tmp_path / "w.safetensors")["inputs"]["weights"]
    assert recorded == sha256_file(own(""))
    with pytest.raises(SystemExit):
        adapt_embedding.main(arguments(films, tmp_path, own, model="onnx", trainable="last_block"))
    said = capsys.readouterr().err
    assert "onnx cannot be trained itself; set adapt.trainable to a head" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("trainable", ["last_block", "all"])
def test_a_backbone_is_trained_on_crops_and_embeds_them(films, tmp_path, weights, trainable):
    changed = {"trainable": trainable, "steps": 2, "batch": 4, "method": "mvcorr"}
    adapt_embedding.main(arguments(films, tmp_path, weights, movies=("one",), **changed))
    state = load_file(tmp_path / "w.safetensors")
    before = load_file(weights("sface.safetensors"))
    moved = {
        name
        for name, value in before.items()
        if not np.array_equal(state[f"backbone.{name}"], value)
    }
    assert "project.weight" in moved
    assert ("features.0.0.weight" in moved) == (trainable == "all")
    parts = sface.build().named_modules()
    norms = {name for name, part in parts if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d)}
    assert norms
    assert not any(name.rpartition(".")[0] in norms for name in moved)
    (out,) = embed(films, "one", tmp_path, out=tmp_path, faces=True)
    rows = read_embeddings(out)
    assert rows.shape == (6 * N_TRACKS, 128)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(
    ("trainable", "name", "start"),
    [(LINEAR_HEAD, "head.turn.weight", np.eye(128)), (MLP_HEAD, "head.bend.weight", 0.0)],
)
def test_two_processes_train_one_head(films, tmp_path, weights, trainable, name, start):
    changed = {"method": "mvcorr", "trainable": trainable}
    adapt_embedding.main(arguments(films, tmp_path, weights, devices=2, **changed))
    together = load_file(tmp_path / "w.safetensors")[name]
    adapt_embedding.main(arguments(films, tmp_path, weights, **changed))
    alone = load_file(tmp_path / "w.safetensors")[name]
    assert np.isfinite(together).all()
    assert not np.array_equal(together, alone)
    assert not np.allclose(together, start)


# What srun sets for the one task of a job with several devices.
ONE_TASK = {
    **{"SLURM_JOB_ID": "12", "SLURM_JOB_NAME": "castmap", "SLURM_NODELIST": "localhost"},
    **{"SLURM_NTASKS": "1", "SLURM_NNODES": "1", "SLURM_STEP_TASKS_PER_NODE": "1"},
    **{"SLURM_PROCID": "0", "SLURM_LOCALID": "0", "SLURM_NODEID": "0"},
}


def test_two_processes_train_as_well_in_the_one_task_of_a_slurm_job(
    films, tmp_path, weights, monkeypatch
):
    # The last bits differ between runs of two processes, and Adam makes much of small gradients.
    adapt_embedding.main(arguments(films, tmp_path / "alone", weights, "triplet"))
    adapt_embedding.main(arguments(films, tmp_path / "two", weights, "triplet", devices=2))
    for name, value in ONE_TASK.items():
        monkeypatch.setenv(name, value)
    more = {"devices": 2, "threads": 2}
    adapt_embedding.main(arguments(films, tmp_path / "task", weights, "triplet", **more))
    alone, two, task = (
        load_file(tmp_path / name / "w.safetensors")["head.turn.weight"]
        for name in ("alone", "two", "task")
    )
    assert np.abs(task - two).max() < 0.25 * np.abs(two - alone).max()


def test_files_that_do_not_match_the_films_are_one_sentence(films, tmp_path, weights, capsys):
    broken = arguments(films, tmp_path, weights)
    del broken[broken.index("--tracklets") + 2 : broken.index("--cooccurrence")]
    with pytest.raises(SystemExit):
        adapt_embedding.main(broken)
    error = capsys.readouterr().err
    assert "--tracklets: 1 files for 2 films" in error
    assert "--embeddings: one, two" in error
    assert "Traceback" not in error


def embed(films, movie, *trainings, out, faces=False):
    """The files of a film's embeddings by the networks in these folders: scope/method."""
    names = [model_of_training("sface", "/".join(folder.parts[-2:])) for folder in trainings]
    files = [out / f"embeddings.{name}.safetensors" for name in names]
    arguments = ["--pretrained-embeddings", str(films / movie / "embeddings.safetensors")]
    arguments += ["--weights", *(str(folder / "w.safetensors") for folder in trainings)]
    arguments += ["--model=sface", "--device=cpu", "--threads=1"]
    arguments += ["--faces", *[str(films / movie / "faces.zip")] * faces]
    embed_adapted.main([*arguments, "--out-embeddings", *map(str, files)])
    return files


@pytest.fixture(scope="module")
def judged(long_films, weights, tmp_path_factory):
    """Both films by the pretrained embedding, centring and triplets, judged and chosen."""
    folder = tmp_path_factory.mktemp("judged")
    models = models_of("sface", ["triplet"], [CORPUS, MOVIE])
    scoped = ["--network=sface", "--methods", "triplet", "--scopes", CORPUS, MOVIE]
    for movie in MOVIES:
        (folder / movie).mkdir()
        pretrained = folder / movie / "embeddings.sface.safetensors"
        shutil.copy(long_films / movie / "embeddings.safetensors", pretrained)
        corpus, own = (
            [folder / scope / model.method for model in models if model.scope == kind]
            for scope, kind in ((CORPUS, CORPUS), (movie, MOVIE))
        )
        for out in corpus:
            adapt_embedding.main(arguments(long_films, out, weights, out.name))
        adapt_to_movie.main(movie_arguments(long_films, own, weights, movie))
        judge_models.main(
            [
                "--tracklets",
                str(long_films / movie / "tracklets.parquet"),
                "--cooccurrence",
                str(long_films / movie / "cooccurrence.parquet"),
                "--embeddings",
                str(pretrained),
                *map(str, embed(long_films, movie, *corpus, out=folder / movie)),
                "--cross-fitted",
                *(str(out / "e.safetensors") for out in own),
                *scoped,
                "--trained-on=True",
                "--folds=4",
                "--seed=7",
                "--bootstrap=20",
                f"--out-verdicts={folder / movie / 'verdicts.json'}",
            ]
        )
    clusters = pd.DataFrame({"track": [0], "shot": 0, "start_s": 0.0, "end_s": 1.0, "n_faces": 6})
    files = []
    for number, model in enumerate(models):
        table = clusters.assign(character=f"C{number + 1:02d}", confidence=1.0)
        table = table.assign(second_character=None, joined=False)
        files.append(folder / f"clusters.{model.name}.parquet")
        write_table(files[-1], CLUSTERS, table, {"number": number})
        write_json(files[-1].with_suffix(".json"), {"number": number})
    for movie in MOVIES:
        choose_model.main(
            [
                *scoped,
                "--clusters",
                *map(str, files),
                "--calibrations",
                *(str(path.with_suffix(".json")) for path in files),
                "--verdicts",
                str(folder / movie / "verdicts.json"),
                "--corpus-verdicts",
                *(str(folder / name / "verdicts.json") for name in MOVIES),
                f"--out-chosen-clusters={folder / movie / 'clusters.parquet'}",
                f"--out-chosen-calibration={folder / movie / 'clusters.json'}",
                f"--out-choice={folder / movie / 'choice.json'}",
            ]
        )
    return folder, [model.name for model in models]


def test_no_model_is_judged_on_what_it_was_trained_on(judged):
    folder, models = judged
    verdict = json.loads((folder / "one" / "verdicts.json").read_text())
    assert list(verdict["separations"]) == sorted(models)
    tracks = {(gain["model"], gain["baseline"]): gain["tracks"] for gain in verdict["gains"]}
    assert tracks == {
        ("sface_centring", "sface"): 8,
        ("sface_triplet", "sface"): 8,
        ("sface_triplet", "sface_centring"): 8,
        ("sface_centring_movie", "sface"): 32,
        ("sface_triplet_movie", "sface"): 32,
        ("sface_triplet_movie", "sface_centring_movie"): 32,
    }
    assert {len(gain["draws"]) for gain in verdict["gains"]} == {21}


def test_cross_fitted_faces_are_not_embedded_by_what_saw_their_track(films, tmp_path, weights):
    training = tmp_path / "one" / "triplet"
    adapt_to_movie.main(movie_arguments(films, [training], weights, "one"))
    cross_fitted = read_embeddings(training / "e.safetensors")
    whole = read_embeddings(*embed(films, "one", training, out=tmp_path))
    assert (np.abs(cross_fitted - whole).max(axis=1) > 1e-3).all()
    tracklets = read_table(films / "one" / "tracklets.parquet", TRACKLETS)
    pairs = read_table(films / "one" / "cooccurrence.parquet", COOCCURRENCE)
    tracks = split_into_folds(tracklets, pairs, 4)[1]
    rest = tmp_path / "rest"
    (rest / "one").mkdir(parents=True)
    shutil.copy(films / "one" / "embeddings.safetensors", rest / "one")
    for name, schema in (
        ("tracklets", TRACKLETS),
        ("hard_examples", HARD_EXAMPLES),
        ("cooccurrence", COOCCURRENCE),
    ):
        table = read_table(films / "one" / f"{name}.parquet", schema)
        left = table[~table["track"].isin(tracks)]
        write_table(rest / "one" / f"{name}.parquet", schema, left, {})
    training = rest / "one" / "triplet"
    adapt_to_movie.main(movie_arguments(rest, [training], weights, "one"))
    faces = tracklets.loc[tracklets["track"].isin(tracks), "detection"]
    alone = read_embeddings(*embed(films, "one", training, out=rest))
    assert cross_fitted[faces] == pytest.approx(alone[faces], abs=1e-3)


def test_the_chosen_models_clusters_are_passed_on(judged):
    folder, models = judged
    choice = json.loads((folder / "one" / "choice.json").read_text())
    assert [row["model"] for row in choice["models"]] == models
    character = read_table(folder / "one" / "clusters.parquet", CLUSTERS)["character"].iloc[0]
    calibration = json.loads((folder / "one" / "clusters.json").read_text())
    assert character == f"C{calibration['number'] + 1:02d}"
    assert character == f"C{models.index(choice['model']) + 1:02d}"
    assert choice["models"][0]["accepted"] is None
    learnt = choice["models"][models.index("sface_triplet_movie")]
    assert set(learnt["film"]) == {"sface", "sface_centring_movie"}


def test_a_film_without_weak_pairs_is_given_the_pretrained_embedding(films, tmp_path):
    for name, schema in (("tracklets", TRACKLETS), ("cooccurrence", COOCCURRENCE)):
        write_table(tmp_path / f"{name}.parquet", schema, schema.empty(), {})
    verdicts = tmp_path / "verdicts.json"
    pretrained = tmp_path / "embeddings.sface.safetensors"
    shutil.copy(films / "one" / "embeddings.safetensors", pretrained)
    scoped = ["--network=sface", "--methods", "--scopes"]
    judge_models.main(
        [
            f"--tracklets={tmp_path / 'tracklets.parquet'}",
            f"--cooccurrence={tmp_path / 'cooccurrence.parquet'}",
            f"--embeddings={pretrained}",
            "--cross-fitted",
            *scoped,
            "--trained-on=False",
            "--folds=4",
            "--seed=7",
            f"--out-verdicts={verdicts}",
        ]
    )
    assert json.loads(verdicts.read_text())["gains"] == []
    clusters = tmp_path / "clusters.sface.parquet"
    calibration = tmp_path / "clusters.sface.json"
    write_table(clusters, CLUSTERS, CLUSTERS.empty(), {})
    write_json(calibration, {})
    choose_model.main(
        [
            *scoped,
            f"--clusters={clusters}",
            f"--calibrations={calibration}",
            f"--verdicts={verdicts}",
            "--corpus-verdicts",
            f"--out-chosen-clusters={tmp_path / 'chosen.parquet'}",
            f"--out-chosen-calibration={tmp_path / 'chosen.json'}",
            f"--out-choice={tmp_path / 'choice.json'}",
        ]
    )
    assert json.loads((tmp_path / "choice.json").read_text())["model"] == "sface"


def test_the_card_says_what_the_model_saw_and_is_worth(judged, tmp_path):
    folder, _ = judged
    card = tmp_path / CORPUS / "triplet" / "card.md"
    describe_model.main(
        [
            f"--weights={folder / CORPUS / 'triplet' / 'w.safetensors'}",
            "--choices",
            *(str(folder / movie / "choice.json") for movie in MOVIES),
            f"--out-cards={card}",
        ]
    )
    text = card.read_text()
    assert "# sface_triplet\n" in text
    assert "adapted by triplet" in text
    assert "| two | 24 | 144 |" in text
    assert "| one | " in text
    assert "linear head, 12 steps" in text
    assert "- loss.margin: 1.0\n" in text
