"""Which files the rules take, by film, model, method or network.

REQUIRED INPUTS:
    rules/common.smk, rules/requests.smk
DEFINES:
    tables, corrected_tables, true_faces, judged, corrections, metrics  of a film
    remembered, cast                who is known from films before it, and who may be in it
    film_fingerprint                what a film is, by content
    PRETRAINED, PINS, weights, pin  the networks that have weights; those of one, and what they are
    DETECTOR_FILES, detector_pin    an mmdet config of the user's and those that it builds on; and
                                    what the detector is, by content
    ALL_METHODS, of_methods, of_models, scopes_of, weak_labels, crops, loss_parameters
                                    what adapted networks are made of, and what they make
    PRETRAINED_EMBEDDINGS           of a film, by the network that is adapted
"""

from castmap.adaptation.choice import CENTRING
from castmap.files.hashing import sha256_file
from castmap.packages.weights import pins_of_packages, pretrained_networks
from castmap.settings.cast_list import cast_of, films_before
from castmap.settings.detector_config import OWN_DETECTOR, detector_files

PINS = pins_of_packages(PINNED)
PRETRAINED = pretrained_networks()
DETECTOR_FILES = (
    [] if config["faces"]["model"] == OWN_DETECTOR else detector_files(config["faces"]["model"])
)
ALL_METHODS = [CENTRING, *METHODS]
PRETRAINED_EMBEDDINGS = f"results/{{movie}}/embeddings.{NETWORK}.safetensors"
TRAINED = "results/adaptation/{scope}/{method}"


def tables(*names, movies="{movie}"):
    """Tables of a film, by name, as inputs; of several films, of each all these."""
    return {
        name: expand("results/{movie}/{name}.parquet", movie=movies, name=name) for name in names
    }


def corrected_tables(*names, movies="{movie}"):
    """The same of tracks and shots as people cut them; rules call them as those that were found."""
    paths = tables(*(f"corrected_{name}" for name in names), movies=movies)
    return dict(zip(names, paths.values()))


def weights(name):
    """The weights of a network. A rule that takes them also takes their pin and the code that
    imports them: published results come without weights."""
    if name == NETWORK and OWN_BACKBONE:
        return ancient(OWN_BACKBONE)
    return f"resources/weights/{name}.safetensors"


def pin(name):
    if name == NETWORK and OWN_BACKBONE:
        return sha256_file(Path(OWN_BACKBONE))
    return PINS[PRETRAINED[name].original].sha256


def detector_pin():
    """What the detector is by content, whatever the dates of its files say."""
    own_weights = [config["faces"]["checkpoint"]] * bool(config["faces"]["checkpoint"])
    own = [sha256_file(Path(path)) for path in (*DETECTOR_FILES, *own_weights)]
    return own or pin(OWN_DETECTOR)


def film_fingerprint(wildcards):
    """Identify a film by content; Snakemake asks again once a film that is to be built exists."""
    film(wildcards)
    return films.film_fingerprint(ALL_MOVIES[wildcards.movie], remember=is_real_run())


def corrections(wildcards):
    """What people said of a film; no film must have any."""
    return films.corrections_of(wildcards.movie)


def remembered(wildcards):
    """The people whom films before this one remember."""
    film(wildcards)
    before = films_before(ALL_MOVIES[wildcards.movie], NAMING)
    return expand("results/{movie}/remembered.parquet", movie=before)


def cast(wildcards):
    """Who may be in the film, if somebody has said so."""
    film(wildcards)
    return json.dumps(cast_of(ALL_MOVIES[wildcards.movie], LISTED), ensure_ascii=False)


def true_faces(wildcards):
    return f"{ALL_MOVIES[wildcards.movie].labels}/faces.csv"


def judged(*movies):
    """The lists of the frames that labels judge, where there are any.

    Stages read them beside the labels; as inputs they say when to run again.
    """
    return films.judged_frames(MOVIES[movie] for movie in movies)


def metrics(name, movies):
    """A metrics file of a film, as an input; none of films without such labels."""
    path = f"results/{{movie}}/metrics/{name}.json"
    return lambda wildcards: path.format(**wildcards) if wildcards.movie in movies else []


def crops(path, **of):
    """Crops are read only where more than the head is trained."""
    return [] if HEAD_ONLY else expand(path, **of)


def weak_labels(movies):
    """The inputs of a training on these films."""
    return {
        **tables("tracklets", "cooccurrence", "hard_examples", movies=movies),
        "embeddings": expand(PRETRAINED_EMBEDDINGS, movie=movies),
        "faces": crops("results/{movie}/faces.zip", movie=movies),
        "pretrained_weights": weights(NETWORK),
    }


def of_methods(file, scope):
    """A file of each method's training."""
    return expand(f"{TRAINED}/{file}", scope=scope, method=ALL_METHODS)


def of_models(file):
    """A file of a film by each model."""
    return expand(f"results/{{{{movie}}}}/{file}", model=MODELS)


def scopes_of(wildcards):
    """What the networks that embed a film are adapted to."""
    return [CORPUS if kind == CORPUS else wildcards.movie for kind in SCOPES]


def loss_parameters(method):
    return ADAPT["losses"].get(method, {})
