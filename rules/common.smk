"""The films, the checked settings, and what every rule needs to name its inputs.

REQUIRED INPUTS:
    config.yaml, rules/schemas/*.yaml, resources/pinned_files.yaml, the film sheet and the
    film folder named in config.yaml
DEFINES:
    MOVIES, LABELLED    films by name: all of them, and those with labels
    PINNED              files of registry packages, by name
    MODEL               the embedding that clusters the films
    code(stage, ...)    the files a stage is made of, as inputs: editing one reruns its stage
    film, labels, metrics, metrics_arguments    functions of the wildcard `movie`
    TABLE_FILES         the tables of the corpus
"""

import os
import sys
from pathlib import Path

import yaml

sys.path.insert(0, workflow.basedir)

from workflow_scripts.evaluation.tables import FORMATS, TABLES
from workflow_scripts.formats import settings
from workflow_scripts.stagekit.modules import stage_code
from workflow_scripts.video.fingerprint import fingerprint


def read_yaml(path):
    return yaml.safe_load(Path(workflow.basedir, path).read_text(encoding="utf-8"))


def find_movies():
    """Check config.yaml and the sheet, and list the films of the sheet and of the folder."""
    texts = {os.path.relpath(path): Path(path).read_text() for path in workflow.configfiles}
    settings.check_config(config, read_yaml("rules/schemas/config.schema.yaml"), texts)
    sheet = Path(config["movies"]["sheet"])
    if not sheet.exists():
        raise settings.SettingsError(f"movies.sheet: {sheet} does not exist; correct config.yaml")
    schema = read_yaml("rules/schemas/movies.schema.yaml")
    movies = settings.read_sheet(sheet.read_text(encoding="utf-8"), str(sheet), schema)
    paths = [path for movie in movies for path in (movie.path, movie.labels) if path]
    settings.check_files(movies, filter(os.path.exists, paths), str(sheet))
    folder = config["movies"]["folder"]
    files = os.listdir(folder) if folder and os.path.isdir(folder) else []
    movies += settings.movies_of_folder(folder, files, [movie.movie for movie in movies])
    return {movie.movie: movie for movie in movies}


try:
    MOVIES = find_movies()
except settings.SettingsError as error:
    sys.exit(f"castmap: {error}")
LABELLED = [movie.movie for movie in MOVIES.values() if movie.labels]
MODEL = config["embedding"]["model"]
PINNED = read_yaml("resources/pinned_files.yaml")
TABLE_FILES = expand("results/tables/{table}.{form}", table=TABLES, form=FORMATS)


wildcard_constraints:
    movie="|".join(MOVIES) or "no_movie",
    model="[a-z0-9_]+",


# Stages run in the environment of the snakemake that runs the workflow, activated or not. The
# allocator keeps the networks' large buffers instead of returning and re-requesting them: measured,
# detection is a third faster.
PREFIX = (
    "set -euo pipefail;"
    " export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=1073741824; "
)
if not workflow.deployment_settings.deployment_method:
    PREFIX += f'export PATH="{Path(sys.executable).parent}:$PATH"; '
shell.prefix(PREFIX)


def code(stage, *modules):
    return stage_code(stage, Path(workflow.basedir), *modules)


def film(wildcards):
    return MOVIES[wildcards.movie].path


def film_fingerprint(wildcards):
    """Identify a film by content; Snakemake asks again once a film that is to be built exists."""
    path = film(wildcards)
    if not os.path.exists(path):
        return "to be built"
    with open(path, "rb") as file:
        return fingerprint(file)


def labels(name):
    return lambda wildcards: f"{MOVIES[wildcards.movie].labels}/{name}.csv"


def metrics(wildcards):
    """The metrics files of a film; none where it has no labels."""
    names = ("shots", "tracks", f"clustering.{MODEL}") if wildcards.movie in LABELLED else ()
    return [f"results/{wildcards.movie}/metrics/{name}.json" for name in names]


def metrics_arguments(wildcards, input):
    options = ("--shot-metrics", "--track-metrics", "--clustering-metrics")
    return " ".join(f"{option} {path}" for option, path in zip(options, input.metrics))
