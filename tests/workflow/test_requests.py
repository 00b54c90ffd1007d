"""What jobs ask of a cluster, as planned with the profile that is shipped for it."""

import json
import re
import shutil

import pytest
import yaml

from castmap.planning.requests import NEEDS, memory_mb, runtime_min

FILM = "talk"
PROFILE = ("--workflow-profile", "profiles/slurm", "--printshellcmds")
HOURS = 3600.0


@pytest.fixture
def planned(fresh):
    """A function from targets to what each planned rule asks for, and the device it is told."""
    film = fresh.path(f"films/{FILM}.mp4")
    shutil.copy(fresh.path("resources/demo/footage/carphone_pristine.mp4"), film)
    with film.open("r+b") as file:
        file.truncate(900_000_000)  # two hours at 1 Mbit/s, most of them without bytes
    fresh.path("resources/splits/train.txt").write_text(FILM)
    fresh.path("resources/splits/held_out.txt").write_text("")

    def plan(*targets, **settings):
        config = yaml.safe_load(fresh.path("config.yaml").read_text())
        config["adapt"] |= settings.pop("adapt", {})
        config |= settings
        fresh.path("config.yaml").write_text(yaml.safe_dump(config))
        run = fresh.snakemake("--dry-run", *PROFILE, *targets)
        assert run.returncode == 0, run.stdout
        jobs = re.findall(r"^rule (\w+):\n((?:    .*\n)+)", run.stdout, re.M)
        told = dict(re.findall(r"workflow_scripts/(\w+)\.py .*--device[= ](\w+)", run.stdout))
        return {
            rule: dict(re.findall(r"(\w+)=([^,\s]+)", re.search(r"resources: (.*)", body)[1]))
            | dict(re.findall(r"(threads): (\d+)", body))
            | {"device": told.get(rule)}
            for rule, body in jobs
        }

    plan.copy = fresh
    return plan


def asked(rule, hours):
    return {
        "runtime": str(runtime_min(rule, hours * HOURS, 1)),
        "mem_mb": str(memory_mb(rule, hours * HOURS, 1)),
    }


def test_requests_follow_the_files_size_and_once_probed_the_films_length(planned):
    target = f"results/{FILM}/detections.parquet"
    guessed = planned(target)
    for rule in ("probe_movie", "detect_faces"):
        assert asked(rule, 2).items() <= guessed[rule].items()
    info = planned.copy.path(f"results/{FILM}/movie.json")
    info.parent.mkdir(parents=True)
    info.write_text(json.dumps({"duration_s": 3 * HOURS}))
    assert asked("detect_faces", 3).items() <= planned(target)["detect_faces"].items()


def test_a_rule_of_many_films_asks_for_all_their_length(planned):
    jobs = planned("results/adaptation/corpus/triplet/weights.safetensors")
    assert asked("adapt_embedding", 2).items() <= jobs["adapt_embedding"].items()


def test_each_job_asks_for_what_its_rule_is_granted(planned):
    sheet = planned.copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().splitlines(keepends=True)[0])  # no film but one
    jobs = planned()
    granted = NEEDS.keys() & jobs.keys()
    assert len(granted) > 15
    for rule in granted:
        assert asked(rule, 2).items() <= jobs[rule].items(), rule


ADAPTED = f"results/{FILM}/embeddings.sface_triplet_movie.safetensors"
EXAMINING = ("detect_shots", "detect_faces", "embed_faces")
TRAINING = ("adapt_to_movie", "embed_adapted")


@pytest.mark.parametrize(
    ("device", "trainable", "examining", "training", "told"),
    [
        ("auto", "linear_head", "1", ("0", "0"), "cpu"),
        ("auto", "all", "1", ("2", "1"), "auto"),
        ("cuda", "mlp_head", "1", ("2", "1"), "cuda"),
        ("cpu", "last_block", "0", ("0", "0"), "cpu"),
    ],
)
def test_jobs_ask_for_the_gpus_that_they_use(planned, device, trainable, examining, training, told):
    jobs = planned(ADAPTED, device=device, adapt={"trainable": trainable, "devices": 2})
    assert {jobs[rule]["gpu"] for rule in EXAMINING} == {examining}
    assert {jobs[rule]["device"] for rule in EXAMINING} == {device}
    assert tuple(jobs[rule]["gpu"] for rule in TRAINING) == training
    assert {jobs[rule]["device"] for rule in TRAINING} == {told}
    assert jobs["adapt_to_movie"]["threads"] == "2"
    assert not any("tasks" in job for job in jobs.values())


def threads(copy, cores):
    """Of the jobs of one film, by rule."""
    run = copy.snakemake("--dry-run", ADAPTED, "--quiet", "host", cores=cores)
    jobs = re.findall(r"^rule (\w+):\n((?:    .*\n)+)", run.stdout, re.M)
    found = {rule: re.search(r"threads: (\d+)", body) for rule, body in jobs}
    return {rule: int(number[1]) if number else 1 for rule, number in found.items()}


def test_a_film_takes_the_cores_that_no_film_needs_that_is_still_to_be_searched(planned):
    film = planned.copy
    assert set(threads(film, cores=3).values()) == {1}  # the demo films wait, too
    for demo in ("demo_debate", "demo_visitors", "demo_evening"):
        film.path(f"results/{demo}").mkdir(parents=True)
        film.path(f"results/{demo}/detections.parquet").touch()
    jobs = threads(film, cores=3)
    shared = {*EXAMINING, "adapt_to_movie"}
    assert {rule for rule, number in jobs.items() if number == 3} == shared
    assert {number for rule, number in jobs.items() if rule not in shared} == {1}


def test_every_rule_of_the_list_asks(rules):
    assert {name for name, rule in rules.items() if rule["asks"]} == set(NEEDS)


def test_the_page_on_clusters_has_the_requests_of_today(root, rules):
    page = (root / "docs/cluster.md").read_text()
    written = re.findall(r"^\| `\w+` \| \d+ \| \d+ \|$", page, re.M)
    today = []
    for rule in NEEDS:
        film_s = (2 if "movie" in rules[rule]["wildcards"] else 480) * HOURS
        asked = runtime_min(rule, film_s, 1), memory_mb(rule, film_s, 1)
        today.append("| `{}` | {} | {} |".format(rule, *asked))
    assert sorted(written) == sorted(today), "\n".join(today)
