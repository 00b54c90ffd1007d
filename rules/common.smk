"""The films, the checked settings, and what every rule needs to name its inputs.

REQUIRED INPUTS:
    config.yaml, rules/schemas/*.yaml, resources/pinned_files.yaml, the film sheet and the
    film folder named in config.yaml
DEFINES:
    IS_MODULE           whether the rules are used by a workflow of somebody else's
    of_castmap(path)    a file of this repository, seen from the folder that is worked in
    IMAGE               Apptainer's image of envs/castmap.def, if jobs run in it; None otherwise
    MOVIES, LABELLED    films by name: all of them, and those with labels of faces
    ALL_MOVIES          also what is skipped but has a film's name: made only if asked for
    SKIPPED             a table of the entries of the sheet and the folder that are left out
    FAILED, FAILED_FILMS  films that are left out since the run before failed on them, and the file
                        that says why: see rules/failures.smk
    SHOT_LABELLED       films with labels of shots, too
    LISTED              the cast list: who may be in which film
    HAS_GALLERY         whether there are pictures of known people
    NAMING              films in which somebody was named
    MISSING_FILMS       films that were probed once and are not here now
    PINNED              files of registry packages, by name
    NETWORK             the pretrained embedding; OWN_BACKBONE its file, if it is one of the user's
    METHODS, SCOPES     the losses it is adapted by, and what to: the corpus, each film, or both
    MODELS              embeddings by name: the pretrained one, and those adapted from it
    TRAINED_ON, HELD_OUT  films that the corpus's models are trained on, and films they are judged on
    film, film_if_built  functions of the wildcard `movie`
"""

import gc
import json
import os
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

RULES = Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
ROOT = RULES.parent
SCRIPTS = ROOT / "workflow_scripts"
sys.path[:0] = [str(SCRIPTS), str(RULES)]

import snakemake_internals
from castmap.adaptation.choice import CORPUS, MOVIE, models_of
from castmap.catalogues import BACKBONES
from castmap.console import say
from castmap.formats.names import RESERVED_NAMES
from castmap.planning import films, people
from castmap.planning.corpus import missing_films, read_corpus, say_skipped
from castmap.settings.configuration import read_configuration
from castmap.settings.gallery import list_pictures
from castmap.settings.own_backbone import own_backbone
from castmap.settings.settings import SettingsError

IS_MODULE = snakemake_internals.is_module(workflow)
# Planning makes millions of objects that stay: not looking for garbage among them saves an eighth
# of its time, and next to no memory is lost.
if snakemake_internals.is_main_process(workflow):
    gc.disable()

FAILED_VARIABLE = "CASTMAP_FAILED_FILMS"
FAILED_FILMS = os.environ.get(FAILED_VARIABLE, "")
SKIPPED = "results/skipped.csv"


def is_real_run():
    return snakemake_internals.is_real_run(workflow)


def of_castmap(path):
    return os.path.relpath(ROOT / path)


def read_yaml(path):
    return yaml.safe_load(Path(ROOT, path).read_text(encoding="utf-8"))


def read_settings():
    """What config.yaml says, with what the command line, or who uses the module, lays over it.

    Snakemake's own `configfile:` takes a key twice and runs code of a file that asks for it.
    """
    schema = read_yaml("rules/schemas/config.schema.yaml")
    if IS_MODULE:
        return read_configuration(
            [of_castmap("config.yaml")], config, schema, "the module's config"
        )
    given = snakemake_internals.settings_files(workflow)
    snakemake_internals.note_settings_file(workflow, "config.yaml")
    return read_configuration(["config.yaml", *map(os.path.relpath, given)], config, schema)


def find_corpus():
    """Check the sheet, and list the films of the sheet and of the folder."""
    schema = read_yaml("rules/schemas/movies.schema.yaml")
    return read_corpus(
        config["movies"], schema, open_files=snakemake_internals.is_main_process(workflow)
    )


def find_image():
    """The image that jobs run in. Snakemake looks for it only when the first job starts."""
    image = of_castmap("castmap.sif")
    if not os.path.exists(image):
        raise SettingsError(
            f"{image} does not exist: --sdm apptainer runs jobs in an image that you build in the "
            "clone by `apptainer build castmap.sif envs/castmap.def`"
        )
    return image


try:
    IMAGE = find_image() if snakemake_internals.uses_apptainer(workflow) else None
    if IS_MODULE and snakemake_internals.moves_files(workflow):
        raise SettingsError(
            "a module's prefix: castmap's files lie in results/ and resources/ of the folder that "
            "is worked in; remove prefix or replace_prefix, and run in another folder (--directory)"
        )
    config = read_settings()
    OWN_BACKBONE = own_backbone(config)
    FAILED = films.read_failed_films(FAILED_FILMS)
    FOUND = find_corpus()
    MOVIES = {movie.movie: movie for movie in FOUND.movies if movie.movie not in FAILED}
    ALL_MOVIES = {**MOVIES, **{movie.movie: movie for movie in FOUND.turned_away}}
    TRAINED_ON, HELD_OUT = films.read_splits(config["adapt"], MOVIES, FAILED)
    LISTED = people.read_listed()
except SettingsError as error:
    sys.exit(f"castmap: {error}")
if snakemake_internals.is_main_process(workflow) and not FAILED_FILMS:
    for sentence in say_skipped(FOUND, SKIPPED):
        say(sentence)
HAS_GALLERY = bool(list_pictures(people.GALLERY))
NAMING = {name: movie for name, movie in MOVIES.items() if people.names_somebody(name)}
MISSING_FILMS = set(missing_films(MOVIES.values()))
LABELLED = films.with_labels(MOVIES.values(), "faces")
SHOT_LABELLED = films.with_labels(MOVIES.values(), "shots")
NETWORK = config["embedding"]["model"]
METHODS = config["adapt"]["methods"]
SCOPES = [CORPUS] * bool(TRAINED_ON) + [MOVIE] * (config["adapt"]["scope"] == MOVIE)
MODELS = {model.name: model for model in models_of(NETWORK, METHODS, SCOPES)}
PINNED = read_yaml("resources/pinned_files.yaml")


wildcard_constraints:
    method="[a-z0-9_]+",
    # Not a list of the films: a pattern that long would have to be tried for every file.
    movie=f"(?!({'|'.join(RESERVED_NAMES)})(/|[.]html))[^/.]+",
    model="[a-z0-9_]+",


def film(wildcards):
    if wildcards.movie not in ALL_MOVIES:
        raise WorkflowError(
            f"no film is called {wildcards.movie}; the films are those of "
            f"{config['movies']['sheet']} and of the folder {config['movies']['folder']}"
        )
    return ALL_MOVIES[wildcards.movie].path


def film_if_built(wildcards):
    """A film that is built here. Any other is no input of Snakemake's.

    Its content counts (film_fingerprint), not its date; its name may be more than patterns can hold;
    it may be missing, where its results are published; and one that cannot be read, or is deleted
    meanwhile, would end the run of all films.
    """
    return film(wildcards) if ALL_MOVIES[wildcards.movie].role == "demo" else []
