"""What adaptation is worth on people it never saw, and whether the gate can be fooled.

For each seed, some people play in two composed films to learn from, others in a third (see
compose.py). To report, the third has the people and an episode of that fold, and the two those of
the fold that chooses constants. To choose, the people of that fold are parted. The workflow adapts
to the first two (scope corpus), and to the third by itself (scope movie), clusters the third with
every model and measures it by its truth. Then all is trained again on shuffled weak labels, which
the gate has to refuse. It prints the scores of each seed, and their means with gains over the
pretrained embedding.

    python -m benchmarks.composed_films --layouts FOLDER --people FOLDER --work FOLDER
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import adapt_embedding
import adapt_to_movie
import choose_model
import embed_adapted
import judge_models
from benchmarks.compose import WIDE_SHOT_FACE_PX, compose_film, read_people
from benchmarks.composition.folds import CHOOSE, FOLDS, REPORT, layouts_of_fold, people_of_fold
from benchmarks.composition.layouts import read_layout
from benchmarks.summaries import mean_gain
from castmap.adaptation.choice import CENTRING, CORPUS, MOVIE, models_of
from castmap.files.results import read_table, write_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import COOCCURRENCE, HARD_EXAMPLES, TRACKLETS, TRACKS
from castmap.mining.hard_examples import find_hard_examples, keep_hardest
from castmap.mining.tracklets import tracklet_means
from castmap.tracks.cooccurrence import linked_tracks

ROOT = Path(__file__).resolve().parents[1]
NETWORK = "sface"
LEARN, TEST = ("learn_0", "learn_1"), "test"
# What runs on composed films: they have no pixels but crops, so nothing before embedding does.
RULES = (
    "embed_faces",
    "mine_tracklets",
    "adapt_embedding",
    "adapt_to_movie",
    "embed_adapted",
    "judge_models",
    "cluster_characters",
    "choose_model",
    "evaluate_clustering",
    "evaluate_verification",
    "compare_algorithms",
    "evaluate_tracks",
    "evaluate_shots",
    "tabulate_corpus",
    "lock_tables",
    "tables_all",
    "identify_people",
    "evaluate_people",
    "correct_characters",
    "name_characters",
    "order_review",
)


def lay_out(work: Path) -> None:
    """Make a folder in which the workflow runs."""
    for name in ("Snakefile", "config.yaml", "rules", "workflow_scripts", "envs", "profiles"):
        (work / name).symlink_to(ROOT / name)
    (work / "resources").mkdir()
    for name in ("weights", "pinned_files.yaml"):
        (work / "resources" / name).symlink_to(ROOT / "resources" / name)


def casts(people: Iterable[str], fold: str, random: np.random.Generator) -> tuple[list, list]:
    """Who plays in the films to learn from, and who in the film that is measured.

    Nobody of the fold that reports is ever learned from.
    """
    own = random.permutation(people_of_fold(people, fold)).tolist()
    if fold == REPORT:
        return people_of_fold(people, CHOOSE), own
    half = len(own) // 2
    return own[:half], own[half:]


def compose(work: Path, layouts: Path, people: dict, fold: str, seed: int, max_tracks: int) -> None:
    """Write three films, their sheet and what the workflow needs beside them."""
    lay_out(work)
    learn, test = casts(people, fold, np.random.default_rng(seed))
    rows = [("movie", "path", "title", "year", "labels", "role")]
    for number, movie in enumerate((*LEARN, TEST)):
        cast, of_fold = (test, fold) if movie == TEST else (learn, CHOOSE)
        episodes = layouts_of_fold(layouts, of_fold)
        folder = work / "results" / movie
        labels = work / "labels" / movie
        compose_film(
            folder,
            labels,
            read_layout(episodes[(3 * seed + number) % len(episodes)]),
            {name: people[name] for name in cast},
            max_tracks=max_tracks,
            median_face_px=WIDE_SHOT_FACE_PX,
            seed=1000 * seed + number,
        )
        labelled = f"labels/{movie}" if movie == TEST else ""
        rows.append((movie, f"results/{movie}/faces.zip", movie, "", labelled, "film"))
    sheet = "".join("\t".join(row) + "\n" for row in rows)
    (work / "sheet.tsv").write_text(sheet)
    (work / "train.txt").write_text("\n".join(LEARN) + "\n")
    (work / "held_out.txt").write_text("")
    settings = {
        "movies": {"sheet": "sheet.tsv", "folder": None},
        "adapt": {"scope": MOVIE, "train": "train.txt", "held_out": "held_out.txt"},
    }
    (work / "settings.yaml").write_text(yaml.safe_dump(settings))


def run_workflow(work: Path, *targets: str) -> None:
    """Embed, adapt, cluster and measure, as far as the targets take."""
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", "all"]
    command += ["--configfile", "config.yaml", "settings.yaml"]
    command += ["--allowed-rules", *RULES, "--quiet", "all"]
    subprocess.run(command, cwd=work, check=True)


def scores_of(work: Path, models: list[str], seed: int) -> list[dict]:
    """The test film's scores by every model, and whether the gate accepted it."""
    folder = work / "results" / TEST
    choice = json.loads((folder / "choice.json").read_text())
    algorithms = json.loads((folder / "metrics" / "algorithms.json").read_text())["algorithms"]
    rows = []
    for found, model in zip(choice["models"], models, strict=True):
        metrics = {
            kind: json.loads((folder / "metrics" / f"{kind}.{model}.json").read_text())
            for kind in ("verification", "clustering")
        }
        oracle = next(
            row
            for row in algorithms
            if row["model"] == model
            and row["oracle_k"]
            and row["algorithm"] == "agglomerative_constrained"
        )
        row = {"seed": seed, "model": model}
        row["accepted"], row["chosen"] = found["accepted"], choice["model"] == model
        for items in ("tracks", "faces"):
            scores = metrics["verification"][items]
            row[f"{items}_auc"] = scores["auc"]
            row[f"{items}_tpr_1e3"] = scores["tpr_at_fpr"]["0.001"]
            row[f"{items}_tpr_1e2"] = scores["tpr_at_fpr"]["0.01"]
        row["v"] = metrics["clustering"]["track"]["v_measure"]
        row["v_oracle_k"] = oracle["track"]["v_measure"]
        row["k"] = metrics["clustering"]["k_pred"]
        rows.append(row)
    return rows


def shuffle_labels(work: Path, movie: str, seed: int) -> Path:
    """The film's weak labels with its faces dealt out at random; the hard examples follow."""
    folder, out = work / "results" / movie, work / "shuffled" / movie
    tracklets = read_table(folder / "tracklets.parquet", TRACKLETS)
    embeddings = read_embeddings(folder / f"embeddings.{NETWORK}.safetensors")
    faces = read_table(folder / "tracks.parquet", TRACKS)[["track", "detection"]]
    dealt = np.random.default_rng(seed).permutation(faces["detection"])
    tracklets["detection"] = tracklets["detection"].map(
        dict(zip(faces["detection"], dealt, strict=True))
    )
    faces["detection"] = dealt
    pairs = linked_tracks(read_table(folder / "cooccurrence.parquet", COOCCURRENCE))
    means = tracklet_means(tracklets, embeddings)
    hard = find_hard_examples(tracklets, means, faces, embeddings, pairs)
    hard["kept"] = keep_hardest(hard["hardness"], 0.5)
    write_table(out / "tracklets.parquet", TRACKLETS, tracklets, {})
    write_table(out / "hard_examples.parquet", HARD_EXAMPLES, hard, {})
    return out


def accepted_of_shuffled(work: Path, methods: list[str], settings: dict, seed: int) -> list[str]:
    """Train every model on shuffled labels, judge it on true ones; the names of the accepted.

    Centring, which looks at no labels, is not counted.
    """
    movies = (*LEARN, TEST)
    shuffled = {movie: shuffle_labels(work, movie, seed) for movie in movies}
    models = models_of(NETWORK, methods, [CORPUS, MOVIE])
    scoped = ["--network", NETWORK, "--methods", *methods, "--scopes", CORPUS, MOVIE]
    adapted = [CENTRING, *methods]
    corpus = [work / "shuffled" / CORPUS / method for method in adapted]
    for out in corpus:
        _adapt(work, shuffled, LEARN, CORPUS, [out], settings)
    verdicts = {}
    for movie in movies:
        own = [work / "shuffled" / movie / method for method in adapted]
        _adapt(work, shuffled, (movie,), MOVIE, own, settings)
        names = [model.name for model in models if model.scope == CORPUS]
        embeddings = [shuffled[movie] / f"embeddings.{name}.safetensors" for name in names]
        _run(
            embed_adapted.main,
            {"pretrained_embeddings": _pretrained(work, movie), "faces": []}
            | {"weights": [out / "weights.safetensors" for out in corpus], "model": NETWORK}
            | {"device": "cpu", "threads": 1, "out_embeddings": embeddings},
        )
        verdicts[movie] = shuffled[movie] / "verdicts.json"
        folder = work / "results" / movie
        inputs = {
            "tracklets": folder / "tracklets.parquet",
            "cooccurrence": folder / "cooccurrence.parquet",
            "embeddings": [_pretrained(work, movie), *embeddings],
            "cross_fitted": [out / "cross_fitted.safetensors" for out in own],
        }
        judging = {
            "seed": settings["seed"],
            "folds": settings["adapt"]["folds"],
            "trained_on": movie in LEARN,
            "out_verdicts": verdicts[movie],
        }
        _run(judge_models.main, inputs | judging, scoped)
    out = work / "shuffled" / "choice.json"
    # Whichever is chosen, its clusters are of no interest.
    names = [model.name for model in models]
    folder = work / "results" / TEST
    _run(
        choose_model.main,
        {
            "clusters": [folder / f"clusters.{name}.parquet" for name in names],
            "calibrations": [folder / f"clusters.{name}.json" for name in names],
            "verdicts": verdicts[TEST],
            "corpus_verdicts": [verdicts[movie] for movie in LEARN],
            "out_chosen_clusters": out.with_suffix(".parquet"),
            "out_chosen_calibration": out.with_suffix(".calibration.json"),
            "out_choice": out,
        },
        scoped,
    )
    rows = json.loads(out.read_text())["models"]
    learnt = {model.name for model in models if model.method not in (None, CENTRING)}
    return [row["model"] for row in rows if row["accepted"] and row["model"] in learnt]


def _pretrained(work: Path, movie: str) -> Path:
    return work / "results" / movie / f"embeddings.{NETWORK}.safetensors"


def _adapt(
    work: Path,
    shuffled: dict[str, Path],
    films: tuple,
    scope: str,
    outputs: list[Path],
    settings: dict,
) -> None:
    """Adapt to films by their shuffled labels; the last part of an output is its method."""
    adapt = settings["adapt"]
    shared = ("folds", "steps", "batch", "learning_rate", "l2_sp_weight", "precision", "devices")
    options = {name: adapt[name] for name in shared} | {
        "model": NETWORK,
        "pretrained_weights": ROOT / f"resources/weights/{NETWORK}.safetensors",
        "trainable": adapt["trainable"],
        "seed": settings["seed"],
        "tracklets_per_track": settings["mining"]["tracklets_per_track"],
        "centring": adapt["centring"][scope],
        "checkpoints": work / "shuffled" / "checkpoints",
        "device": "cpu",
        "threads": 1,
        "faces": [],
        "embeddings": [_pretrained(work, movie) for movie in films],
        "cooccurrence": [work / "results" / movie / "cooccurrence.parquet" for movie in films],
        "tracklets": [shuffled[movie] / "tracklets.parquet" for movie in films],
        "hard_examples": [shuffled[movie] / "hard_examples.parquet" for movie in films],
        "out_weights": [out / "weights.safetensors" for out in outputs],
        "out_history": [out / "history.parquet" for out in outputs],
    }
    losses = {out.name: adapt["losses"].get(out.name, {}) for out in outputs}
    if scope == CORPUS:
        ((method, loss),) = losses.items()
        _run(adapt_embedding.main, options | {"method": method, "loss": json.dumps(loss)})
    else:
        cross_fitted = [out / "cross_fitted.safetensors" for out in outputs]
        own = {"losses": json.dumps(losses), "out_cross_fitted": cross_fitted}
        _run(adapt_to_movie.main, options | own)


def _run(stage: Callable[[list[str]], None], options: dict, more: Sequence[str] = ()) -> None:
    """Call a stage by the names of its arguments."""
    arguments = list(more)
    for name, value in options.items():
        arguments.append(f"--{name.replace('_', '-')}")
        arguments += map(str, value if isinstance(value, list) else [value])
    stage(arguments)


def summarise(scores: pd.DataFrame) -> pd.DataFrame:
    """By model: each score's mean over seeds, and its gain over the pretrained embedding.

    Gains are means of paired differences with the 95 % t-interval over seeds.
    """
    rows = []
    names = [name for name in scores if name.startswith(("tracks_", "faces_", "v"))]
    pretrained = scores[scores["model"] == NETWORK].set_index("seed")
    for model, own in scores.groupby("model", sort=False):
        row = {"model": model, "K": f"{own['k'].mean():.1f}"}
        for name in names:
            gains = own.set_index("seed")[name] - pretrained[name]
            row[name] = f"{own[name].mean():.3f}"
            if model != NETWORK and len(gains) > 1:
                row[name] += f" ({mean_gain(gains)})"
        row["accepted"] = f"{int((own['accepted'] == True).sum())}/{len(own)}"  # noqa: E712
        row["chosen"] = f"{int(own['chosen'].sum())}/{len(own)}"
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    """Run all seeds and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--layouts", type=Path, required=True, help="folder of .facetracks.mat")
    parser.add_argument("--people", type=Path, required=True, help="archives of people's crops")
    parser.add_argument("--work", type=Path, required=True, help="an empty folder")
    parser.add_argument("--fold", choices=FOLDS, default=REPORT, help="whom to measure on")
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--max-tracks", type=int, default=200, help="of a film")
    args = parser.parse_args()
    people = read_people(args.people)
    settings = yaml.safe_load((ROOT / "config.yaml").read_text())
    methods = settings["adapt"]["methods"]
    models = [model.name for model in models_of(NETWORK, methods, [CORPUS, MOVIE])]
    rows, refused = [], 0
    for seed in range(args.first_seed, args.first_seed + args.seeds):
        work = args.work.resolve() / f"seed_{seed}"
        if not (work / "settings.yaml").exists():
            work.mkdir(parents=True)
            compose(work, args.layouts, people, args.fold, seed, args.max_tracks)
        run_workflow(work, "tables_all")
        rows += scores_of(work, models, seed)
        fooled = accepted_of_shuffled(work, methods, settings, seed)
        refused += not fooled
        print(f"seed {seed}: accepted of shuffled labels: {', '.join(fooled) or 'none'}")
    scores = pd.DataFrame(rows)
    scores.to_csv(args.work / "scores.csv", index=False)
    print(scores.round(3).to_string(index=False))
    print(summarise(scores).T.to_string(header=False))
    print(f"shuffled weak labels refused: {refused} of {args.seeds}")


if __name__ == "__main__":
    main()
