"""castmap on a real SLURM cluster, with the profile it ships.

One run, in which one job is cancelled half way, one loses its node and another can only fail; and
the run after it.
"""

import json
import subprocess
import sys
from typing import NamedTuple

import pandas as pd
import pytest
import yaml

from castmap.planning.requests import memory_mb, runtime_min
from tests.conftest import WorkingCopy, copy_repository
from tests.slurm.nodes import GPUS, NODES, Cluster, wait_for
from tests.stages.test_adapt_embedding import arguments, write_film

FILM = "debate"
FAULTY = "faulty"
STRANDED = "stranded"
SHOTS_KEPT = 2
TARGETS = (
    f"results/report/{FILM}.html",
    f"results/exports/{FILM}/cast_map.csv",
    f"results/{FAULTY}/metrics/shots.json",
    f"results/{STRANDED}/shots.parquet",
)
DETECTION = f"detect_faces_wildcards_{FILM}"
SHOTS = "detect_shots_wildcards_{}"
TABLES = ("frames", "shots")
# What docs/cluster.md tells sites without accounting to add, and impatience.
COMMAND = (
    "-m",
    "snakemake",
    *TARGETS,
    "--workflow-profile",
    "profiles/slurm",
    "--jobs",
    "4",
    "--slurm-no-account",
    "--slurm-status-command",
    "squeue",
    "--slurm-init-seconds-before-status-checks",
    "3",
    "--latency-wait",
    "5",
)


class Outcome(NamedTuple):
    """A run of Snakemake: where, what it printed, how it ended, and which node it lost."""

    copy: WorkingCopy
    output: str
    returncode: int
    lost: str


def lay_out(copy: WorkingCopy) -> None:
    """A film of two shots, by the pretrained embedding, one with faulty labels, and a small one."""
    config = yaml.safe_load(copy.path("config.yaml").read_text())
    config["movies"]["folder"] = None
    config["adapt"]["scope"] = "corpus"
    copy.path("config.yaml").write_text(yaml.safe_dump(config))
    for name in ("train", "held_out"):
        copy.path(f"resources/splits/{name}.txt").write_text("")
    edits = copy.path("resources/demo/edits/demo_debate.yaml")
    film = yaml.safe_load(edits.read_text())
    film["shots"] = film["shots"][:SHOTS_KEPT]
    edits.write_text(yaml.safe_dump(film, sort_keys=False))
    copy.path("resources/movies.tsv").write_text(
        "movie\tpath\ttitle\tyear\tlabels\trole\n"
        f"{FILM}\tresources/demo/films/demo_debate.mp4\tDebate\t\t\tdemo\n"
        f"{FAULTY}\tresources/demo/footage/bikes.mp4\tBikes\t\tresources/labels/{FAULTY}\tfilm\n"
        f"{STRANDED}\tresources/demo/footage/carphone_pristine.mp4\tCarphone\t\t\tfilm\n"
    )
    write_labels(copy, "first_frame\n0\n")
    built = copy.snakemake("resources/demo/films/demo_debate.mp4")
    assert built.returncode == 0, built.stdout


def write_labels(copy: WorkingCopy, text: str) -> None:
    folder = copy.path(f"resources/labels/{FAULTY}")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "shots.csv").write_text(text)
    (folder / "faces.csv").write_text("person,start_frame,end_frame,x1,y1,x2,y2\n")


def wait_for_stage(copy: WorkingCopy, run: subprocess.Popen, log: str) -> None:
    """Wait until a stage is at work."""

    def at_work():
        assert run.poll() is None, "the run ended before"
        return copy.path(f"results/logs/{log}.log").exists()

    wait_for(at_work, 300, log)


def lose_node_of_shots(copy: WorkingCopy, cluster: Cluster, run: subprocess.Popen) -> str:
    """Lose the node on which shots are being found, and say which that was."""
    wait_for_stage(copy, run, f"{STRANDED}/detect_shots")
    (job,) = cluster.jobs_of(SHOTS.format(STRANDED))
    assert job["JobState"] == "RUNNING"
    cluster.lose(job["NodeList"])
    assert not copy.path(f"results/{STRANDED}/shots.parquet").exists()
    return job["NodeList"]


def cancel_detection(copy: WorkingCopy, cluster: Cluster, run: subprocess.Popen) -> None:
    """Cancel the detection of faces while it is at work."""
    wait_for_stage(copy, run, f"{FILM}/detect_faces")
    (job,) = cluster.jobs_of(DETECTION)
    assert job["JobState"] == "RUNNING"
    cluster.ask("scancel", job["JobId"])


def start_requeued_job_at_once(cluster: Cluster) -> None:
    """SLURM lets two minutes pass before it starts a job again that has lost its node."""

    def is_requeued():
        (job,) = cluster.jobs_of(SHOTS.format(STRANDED))
        return job["JobState"] == "PENDING" and job

    job = wait_for(is_requeued, 120, "SLURM notices that the node is lost")
    cluster.ask("scontrol", "update", f"JobId={job['JobId']}", "StartTime=now")


@pytest.fixture(scope="module")
def outcome(root, cluster, tmp_path_factory):
    """The first run."""
    copy = copy_repository(root, tmp_path_factory.mktemp("cluster"))
    lay_out(copy)
    log = copy.path("run.log")
    with log.open("w") as file:
        run = subprocess.Popen(
            [sys.executable, *COMMAND],
            cwd=copy.folder,
            env=cluster.environment,
            stdout=file,
            stderr=file,
        )
    try:
        lost = lose_node_of_shots(copy, cluster, run)
        cancel_detection(copy, cluster, run)
        start_requeued_job_at_once(cluster)
        run.wait(timeout=600)
    finally:
        if run.poll() is None:
            run.terminate()  # Snakemake cancels its jobs
            run.wait()
        print(log.read_text())
    return Outcome(copy, log.read_text(), run.returncode, lost)


def test_a_film_is_mapped_on_the_cluster(outcome, cluster):
    for target in TARGETS[:2]:
        assert outcome.copy.path(target).exists()
    cast = pd.read_csv(outcome.copy.path(TARGETS[1]))
    assert len(cast) >= 2
    for rule in ("probe_movie", "detect_shots", "detect_faces", "cluster_characters"):
        assert cluster.jobs_of(rule), f"{rule} was no job of SLURM"


def test_films_are_spread_over_the_nodes(cluster, outcome):
    jobs = [job for film in (FILM, FAULTY) for job in cluster.jobs_of(SHOTS.format(film))]
    assert {*(job["NodeList"] for job in jobs), outcome.lost} == set(NODES)


def test_a_job_whose_node_fails_is_done_on_another_and_gives_the_same_bytes(outcome, cluster):
    (job,) = cluster.jobs_of(SHOTS.format(STRANDED))
    assert (job["JobState"], job["Restarts"]) == ("COMPLETED", "1")
    assert job["NodeList"] in set(NODES) - {outcome.lost}
    tables = [outcome.copy.path(f"results/{STRANDED}/{name}.parquet") for name in TABLES]
    before = [table.read_bytes() for table in tables]
    here = outcome.copy.snakemake(f"results/{STRANDED}/shots.parquet", "--forceall")
    assert here.returncode == 0, here.stdout
    assert [table.read_bytes() for table in tables] == before


def test_rules_that_use_a_gpu_are_granted_one_and_no_others(outcome, cluster):
    rules_with_gpu = ("detect_shots", "detect_faces", "embed_faces")
    jobs = [job for rule in rules_with_gpu for job in cluster.jobs_of(rule)]
    assert {job["TresPerJob"] for job in jobs} == {"gres:gpu:1"}
    assert {job["NumTasks"] for job in jobs} == {"1"}
    others = [job for job in cluster.jobs() if job not in jobs]
    assert not any("gpu" in job.get("TresPerJob", "") for job in others)


def test_jobs_ask_for_time_and_memory_by_the_length_of_their_film(outcome, cluster):
    info = json.loads(outcome.copy.path(f"results/{FILM}/movie.json").read_text())
    for attempt, job in enumerate(cluster.jobs_of(DETECTION), start=1):
        minutes = runtime_min("detect_faces", info["duration_s"], attempt)
        assert job["TimeLimit"] == f"00:{minutes:02d}:00"
        assert job["MinMemoryNode"] == f"{memory_mb('detect_faces', info['duration_s'], attempt)}M"


def test_a_cancelled_job_is_tried_again(outcome, cluster):
    states = [job["JobState"] for job in cluster.jobs_of(DETECTION)]
    assert states == ["CANCELLED", "COMPLETED"]


def test_a_job_that_fails_shows_its_own_log_and_stops_no_other_film(outcome, cluster):
    assert outcome.returncode == 1
    failed = cluster.jobs_of(f"evaluate_shots_wildcards_{FAULTY}")
    assert [job["JobState"] for job in failed] == ["FAILED", "FAILED"]
    fault = f"resources/labels/{FAULTY}/shots.csv: "
    log = outcome.copy.path(f"results/logs/{FAULTY}/evaluate_shots.log").read_text()
    sentence = next(line for line in log.splitlines() if fault in line)
    assert sentence in outcome.output
    assert not outcome.copy.path(TARGETS[2]).exists()


def test_running_again_does_only_what_is_left(outcome, cluster):
    before = len(cluster.jobs())
    header = "start_frame,end_frame,boundary,transition_start_frame,transition_end_frame"
    write_labels(outcome.copy, f"{header}\n0,250,film_start,0,0\n")
    again = subprocess.run(
        [sys.executable, *COMMAND],
        cwd=outcome.copy.folder,
        env=cluster.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert [job["Comment"] for job in cluster.jobs()[before:]] == [
        f"rule_evaluate_shots_wildcards_{FAULTY}"
    ]
    assert outcome.copy.path(TARGETS[2]).exists()


def test_a_job_sees_as_many_gpus_as_it_asks_for(cluster):
    number = len(GPUS)
    command = ("srun", f"--gpus={number}", "--cpus-per-task=2", "printenv", "CUDA_VISIBLE_DEVICES")
    assert cluster.ask(*command).strip() == ",".join(map(str, range(number)))


def test_two_processes_learn_in_one_task_and_go_on_when_cancelled(cluster, tmp_path, weights):
    """What adapt.devices: 2 comes to, called as Snakemake calls it inside a job."""
    (tmp_path / "one").mkdir()
    write_film(tmp_path / "one", seed=0)
    options = {"method": "triplet", "devices": 2, "threads": 2, "steps": 1000}
    command = [
        "srun",
        "--ntasks=1",
        "--cpus-per-task=2",
        "--job-name=training",
        sys.executable,
        "workflow_scripts/adapt_embedding.py",
        *arguments(tmp_path, tmp_path, weights, movies=("one",), **options),
    ]
    training = subprocess.Popen(command, env=cluster.environment, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "checkpoints"
    wait_for(lambda: list(checkpoint.glob("[0-9a-f]*.pt")), 120, "a checkpoint")
    job = next(job for job in cluster.jobs() if job["JobName"] == "training")
    assert (job["NumTasks"], job["NumCPUs"]) == ("1", "2")
    processes = cluster.processes(job["JobId"])
    cluster.ask("scancel", job["JobId"])
    assert training.wait(timeout=60) != 0
    assert sum("spawn_main" in command for command in processes) == 2
    assert not (tmp_path / "w.safetensors").exists()
    again = subprocess.run(
        command, env=cluster.environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert again.returncode == 0, again.stderr
    assert "going on from a checkpoint" in again.stderr
    losses = pd.read_parquet(tmp_path / "h.parquet")["loss"]
    assert len(losses) == 1000
    assert losses.notna().all()
