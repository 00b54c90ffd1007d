"""The films, the checked settings, and what every rule needs to name its inputs.

REQUIRED INPUTS:
    config.yaml, rules/schemas/*.yaml, resources/pinned_files.yaml, the film sheet and the
    film folder named in config.yaml
DEFINES:
    MOVIES, LABELLED    films by name: all of them, and those with labels of faces
    NAMED               MOVIES, and what is skipped but has a film's name: made only if asked for
    SKIPPED             a table of the entries of the sheet and the folder that are left out
    FAILED, FAILED_FILMS  films that are left out since the run before failed on them, and the file
                        that says why: see rules/failures.smk
    SHOT_LABELLED       films with labels of shots, too
    AWAY                files of films that were probed once and are not here now
    PINNED              files of registry packages, by name
    NETWORK             the pretrained embedding
    MODELS, ADAPTED     embeddings by name: all, and those adapted from the pretrained one
    METHODS, SCOPES     the losses it is adapted by, and what to: the corpus, each film, or both
    TRAINED_ON, HELD_OUT  films that the corpus's models learn from, and films they are judged on
    code(stage, ...)    a list of the files a stage is made of, as its input: editing one reruns it
    DETECTOR_FILES, detector_pin  an mmdet config of the user's and those that it builds on; and what
                        the detector is, by content
    weights, pin, IMPORTER      pretrained weights, by name: as input, and what they follow from
    film, film_if_built, labels, corrections, metrics, metrics_arguments
                        functions of the wildcard `movie`
    judged(movie, ...)  the lists of the frames that the labels of films judge
    crops, of_methods, adapted_weights, unseen_embeddings, learnt_from_movie, movies_of_model,
    choices_of_scope, models_of_scope, option
                        what the rules of adaptation take, by movie, scope, method or model
    TRAININGS, MODEL_CARDS  adapted networks, as scope/method, and a card for each
    PEOPLE_FILES        people across films and their scores, if people.across_films
    TABLE_FILES, TABLES_LOCK  the tables of the corpus, and the record of what they rest on
"""

import csv
import gc
import hashlib
import json
import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

SCRIPTS = Path(workflow.basedir, "workflow_scripts")
SCRIPTS_HERE = os.path.relpath(SCRIPTS)
sys.path.insert(0, str(SCRIPTS))

from castmap.adaptation.choice import CENTRING, CORPUS, MOVIE, models_of
from castmap.catalogues import BACKBONES
from castmap.evaluation.tables import FORMATS, TABLES
from castmap.settings import settings
from castmap.settings.configuration import read_configuration
from castmap.settings.detector_config import OWN_DETECTOR, detector_files
from castmap.formats.names import RESERVED_NAMES
from castmap.settings.sheet import decode_text
from castmap.planning.corpus import (
    film_record,
    files_away,
    movie_info,
    read_corpus,
    read_movie_info,
    say_skipped,
    skipped_as_csv,
)
from castmap.planning.code import hash_code
from castmap.stages.signature import shell_line
from castmap.video.fingerprint import identify

# Planning makes millions of objects that stay: looking for garbage among them less often saves a
# ninth of its time, and no memory is lost.
gc.set_threshold(200_000, 50, 100)

FAILED_VARIABLE = "CASTMAP_FAILED_FILMS"
FAILED_FILMS = os.environ.get(FAILED_VARIABLE, "")
SKIPPED = "results/skipped.csv"


def read_yaml(path):
    return yaml.safe_load(Path(workflow.basedir, path).read_text(encoding="utf-8"))


def read_settings():
    """What config.yaml says, with what the command line lays over it.

    Snakemake's own `configfile:` takes a key twice and runs code of a file that asks for it.
    """
    files = ["config.yaml", *map(os.path.relpath, workflow.overwrite_configfiles)]
    workflow.configfiles.append("config.yaml")
    return read_configuration(files, config, read_yaml("rules/schemas/config.schema.yaml"))


def update(path, text):
    """Write a file that is an input of rules, if it says anything else: its date is looked at."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)


def find_corpus():
    """Check the sheet, and list the films of the sheet and of the folder."""
    schema = read_yaml("rules/schemas/movies.schema.yaml")
    return read_corpus(config["movies"], schema, look=workflow.is_main_process)


def list_skipped(corpus):
    """Say what is left out, and write it down for the corpus page."""
    if not workflow.is_main_process:
        return
    update(Path(SKIPPED), skipped_as_csv(corpus.skipped))
    if not FAILED_FILMS:
        for sentence in say_skipped(corpus, SKIPPED):
            print(f"castmap: {sentence}", file=sys.stderr)


def find_failed():
    """Names of the films that the run before this one failed on, if it asked for this one."""
    if not FAILED_FILMS:
        return []
    with open(FAILED_FILMS, encoding="utf-8") as file:
        return [row["movie"] for row in csv.DictReader(file)]


def has_shot_labels(folder):
    """Labels may say who is where without saying where shots begin; a folder to be built has both."""
    return not os.path.isdir(folder) or os.path.exists(f"{folder}/shots.csv")


def find_splits():
    """The films to train on, and the films to judge on; names of no film are left out, aloud."""
    lists = []
    for key in ("train", "held_out"):
        path = Path(config["adapt"][key])
        names = settings.read_split(decode_text(path.read_bytes(), str(path)), str(path))
        for name in set(names) - set(MOVIES) - set(FAILED):
            print(f"castmap: {path}: no film is called {name}; it is left out", file=sys.stderr)
        lists.append([name for name in names if name in MOVIES])
    both = sorted(set(lists[0]) & set(lists[1]))
    if both:
        raise settings.SettingsError(
            f"{', '.join(both)}: trained on and held out; remove it from one of the two lists"
        )
    return lists


try:
    config.update(read_settings())
    FAILED = find_failed()
    FOUND = find_corpus()
    MOVIES = {movie.movie: movie for movie in FOUND.movies if movie.movie not in FAILED}
    NAMED = {**MOVIES, **{movie.movie: movie for movie in FOUND.turned_away}}
    TRAINED_ON, HELD_OUT = find_splits()
except settings.SettingsError as error:
    sys.exit(f"castmap: {error}")
list_skipped(FOUND)
AWAY = files_away([movie for movie in MOVIES.values() if movie.role != "demo"])
LABELLED = [movie.movie for movie in MOVIES.values() if movie.labels]
SHOT_LABELLED = [movie for movie in LABELLED if has_shot_labels(MOVIES[movie].labels)]
NETWORK = config["embedding"]["model"]
METHODS = config["adapt"]["methods"]
SCOPES = [CORPUS] * bool(TRAINED_ON) + [MOVIE] * (config["adapt"]["scope"] == MOVIE)
MODELS = {model.name: model for model in models_of(NETWORK, METHODS, SCOPES)}
ADAPTED = {name: model for name, model in MODELS.items() if model.scope}
HEAD_ONLY = config["adapt"]["trainable"] == "head"
TRAINING_KEYS = [
    *("trainable", "folds", "steps", "batch", "learning_rate", "pull", "margin", "radius"),
    *("radius_weight", "precision", "devices"),
]
PINNED = read_yaml("resources/pinned_files.yaml")
DETECTOR_FILES = (
    [] if config["faces"]["model"] == OWN_DETECTOR else detector_files(config["faces"]["model"])
)
TRAININGS = [
    f"{scope}/{method}"
    for kind in SCOPES
    for scope in ([CORPUS] if kind == CORPUS else MOVIES)
    for method in (CENTRING, *METHODS)
]
MODEL_CARDS = expand("results/adaptation/{training}/model_card.md", training=TRAININGS)
PEOPLE_FILES = (
    ["results/corpus/people.parquet"] * bool(MOVIES)
    + ["results/corpus/metrics/people.json"] * bool(LABELLED)
) * config["people"]["across_films"]
TABLE_FILES = expand("results/tables/{table}.{form}", table=TABLES, form=FORMATS)
TABLES_LOCK = "results/tables/tables.lock.json"


wildcard_constraints:
    method="[a-z_]+",
    # Not a list of the films: a pattern that long would have to be tried for every file.
    movie=f"(?!({'|'.join(RESERVED_NAMES)})(/|[.]html))[^/.]+",
    model="[a-z0-9_]+",


# Stages run in the environment of the snakemake that runs the workflow, activated or not. The
# allocator keeps the networks' large buffers instead of returning and re-requesting them: measured,
# detection is a third faster. OpenCV would else take every core for itself.
PREFIX = (
    "set -euo pipefail;"
    " export MALLOC_MMAP_THRESHOLD_=1073741824 MALLOC_TRIM_THRESHOLD_=1073741824"
    " OPENCV_FOR_THREADS_NUM=${{OMP_NUM_THREADS:-1}}; "
)
if not workflow.deployment_settings.deployment_method:
    PREFIX += f'export PATH="{Path(sys.executable).parent}:$PATH"; '
shell.prefix(PREFIX)


def stage(name, *members):
    """The command of a stage: what its script takes and makes, and what the script is made of.

    Snakemake runs a rule again whose command has changed, so an edited module reruns its stages.
    """
    return f"{command(name)}  # code {hash_code(SCRIPTS / f'{name}.py', *members)[:16]}"


def command(name):
    """The command of a stage that an edited module does not rerun: it fetches what is pinned."""
    return f"python {SCRIPTS_HERE}/{name}.py {shell_line(SCRIPTS / f'{name}.py')}"


def code(*_):
    return []


IMPORTER = SCRIPTS / "import_weights.py"


def weights(name):
    """The weights of a network. A rule that takes them also takes their pin and the code that
    imports them: who reads published results has no weights."""
    return f"resources/weights/{name}.safetensors"


def pin(name):
    return PINNED[ORIGINALS[name]]["sha256"]


def detector_pin():
    """What the detector is by content, whatever the dates of its files say."""
    own_weights = [config["faces"]["checkpoint"]] * bool(config["faces"]["checkpoint"])
    own = [hash_file(path) for path in (*DETECTOR_FILES, *own_weights)]
    return own or pin("centerface")


def hash_file(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def film(wildcards):
    if wildcards.movie not in NAMED:
        raise WorkflowError(
            f"no film is called {wildcards.movie}; the films are those of "
            f"{config['movies']['sheet']} and of the folder {config['movies']['folder']}"
        )
    return NAMED[wildcards.movie].path


def film_if_built(wildcards):
    """A film that is built here. Any other is no input of Snakemake's.

    Its content counts (film_fingerprint), not its date; its name may be more than patterns can hold;
    it may be away, where its results are published; and one that cannot be read, or is deleted
    meanwhile, would end the run of all films.
    """
    return film(wildcards) if NAMED[wildcards.movie].role == "demo" else []


def tell_of_reading(film, size):
    if size > 10**9:
        print(
            f"castmap: {film}: its date is another than when it was read; reading {size / 1e9:.1f} GB "
            "to see whether its content is, too",
            file=sys.stderr,
        )


def film_fingerprint(wildcards):
    """Identify a film by content; Snakemake asks again once a film that is to be built exists."""
    path, movie = film(wildcards), wildcards.movie
    probed = read_movie_info(movie) or {}
    if not os.path.exists(path):
        return probed.get("fingerprint") or "to be built"
    if not os.path.isfile(path):  # a pipe would wait for ever
        return "is no file"
    try:
        return identify(Path(path), probed, film_record(movie), tell_of_reading)
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def labels(name):
    return lambda wildcards: f"{NAMED[wildcards.movie].labels}/{name}.csv"


def judged(*movies):
    """The lists of the frames that labels judge; labels need none."""
    paths = [f"{MOVIES[movie].labels}/judged_frames.csv" for movie in movies]
    return [path for path in paths if os.path.exists(path)]


def corrections(wildcards):
    """What people said of a film; no film must have any."""
    path = f"resources/corrections/{wildcards.movie}.csv"
    return [path] * os.path.exists(path)


def metrics(wildcards):
    """The metrics files of a film; none where it has no labels."""
    names = ["tracks", "clustering.chosen"] * (wildcards.movie in LABELLED)
    names += ["shots"] * (wildcards.movie in SHOT_LABELLED)
    return [f"results/{wildcards.movie}/metrics/{name}.json" for name in names]


def metrics_arguments(wildcards, input):
    options = ("--track-metrics", "--clustering-metrics", "--shot-metrics")
    return " ".join(f"{option} {path}" for option, path in zip(options, input.metrics))


def crops(files):
    """Crops are read only where more than the head is trained."""
    return [] if HEAD_ONLY else files


def option(name, values):
    return f"{name} {' '.join(values)}" if values else ""


def of_methods(path):
    return expand(path, method=[CENTRING, *METHODS])


def adapted_weights(wildcards):
    """The weights of every adapted model, for a film."""
    scopes = {CORPUS: CORPUS, MOVIE: wildcards.movie}
    return [
        f"results/adaptation/{scopes[model.scope]}/{model.method}/weights.safetensors"
        for model in ADAPTED.values()
    ]


def unseen_embeddings(wildcards):
    """Of each model, embeddings of the film by a network that has not learnt from them."""
    return [
        (
            f"results/adaptation/{wildcards.movie}/{model.method}/cross_fitted.safetensors"
            if model.scope == MOVIE
            else f"results/{wildcards.movie}/embeddings.{name}.safetensors"
        )
        for name, model in MODELS.items()
    ]


def learnt_from_movie(wildcards):
    """The models of the corpus, where they have learnt from all folds of the film but the first."""
    trained_on = wildcards.movie in TRAINED_ON
    return [name for name, model in ADAPTED.items() if trained_on and model.scope == CORPUS]


def models_of_scope(wildcards):
    """The models that are adapted to a scope, in the order of the methods."""
    kind = CORPUS if wildcards.scope == CORPUS else MOVIE
    names = {model.method: name for name, model in ADAPTED.items() if model.scope == kind}
    return [names[method] for method in (CENTRING, *METHODS)]


def movies_of_model(wildcards):
    """The films that a scope's models may cluster."""
    return list(MOVIES) if wildcards.scope == CORPUS else [wildcards.scope]


def choices_of_scope(wildcards):
    return expand("results/{movie}/choice.json", movie=movies_of_model(wildcards))
