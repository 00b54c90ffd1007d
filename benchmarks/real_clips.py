"""How right castmap is on real films, beside what an engineer writes in an afternoon.

The whole workflow, as shipped, runs on every film of a folder, from the film file: each subfolder
holds NAME.mp4, faces.csv and shots.csv (docs/output.md), and perhaps truth.json, which says where
somebody is seen who is not named ("unknown" among its tracks) and which boxes are not to be judged
("ignore"). Boxes are of every second frame and count for two, within their shot. One table is
printed, as Markdown. The rows of a film:

castmap     the tracks clustered by the embedding that the gate chose
pretrained  the same by the pretrained embedding
oracle K    average linkage with cannot-links on castmap's tracks by the pretrained embedding, told
            how many people have a track
FINCH       that algorithm on castmap's tracks by the pretrained embedding
baseline    benchmarks/afternoon.py on the same film

Of oracle K and FINCH the rows have what metrics/algorithms.json has; it counts no junk.

Its columns:

Cuts             boundaries found / true, with their recall and precision
Box recall       the share of the labelled boxes of named people that a track covers: in one of the
                 box's frames the centre of the track's box is in the region, by the rule of
                 docs/evaluation.md. A track is seen from its first face to its last, and its box
                 moves straight between two faces
Mixed            tracks with faces of two named people or more
People           named in the labels
Characters       those that hold named people
Junk             characters most of whose tracks are nobody's. Tracks of somebody who is not named,
                 or not to be judged, count nowhere: a character of only these is neither
Missed           people whom no character is matched with
V, AMI, Char. p  scores of named people's tracks (docs/evaluation.md)
Char. r          the mean over people of the share of their appearances (one person in one true
                 shot) that are in the matched character: most of the appearance's covered boxes
                 are that character's. What no track covers is lost, and so is who has no character
V of all         V over all appearances, each lost one a cluster of its own. V alone rises where
                 hard tracks are dropped; here they cost, unless the person is seen but once
Found / true     Characters and Junk together, by People

    python -m benchmarks.real_clips FOLDER --work FOLDER
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import yaml

from benchmarks import afternoon
from benchmarks.summaries import RATIO, mean_gain
from castmap.clustering.characters import is_character
from castmap.evaluation.clustering import evaluate_clusters, v_measures
from castmap.evaluation.judged import boxes_between
from castmap.evaluation.matching import people_of_faces, people_of_tracks
from castmap.evaluation.shots import score_boundaries
from castmap.files.results import read_csv, read_table, write_csv
from castmap.formats.label_names import DO_NOT_JUDGE, SOMEBODY, is_named
from castmap.formats.printing import print_cells, to_markdown
from castmap.formats.tables import CLUSTERS, SHOTS, TRACKS, TRUE_FACES, TRUE_SHOTS

ROOT = Path(__file__).resolve().parents[1]
CLIPS = ROOT.parent / "shared" / "data" / "clips" / "labelled"
NETWORK = "sface"
BOX_FRAMES = 2  # boxes are of every second frame
CASTMAP, PRETRAINED, ORACLE, FINCH, BASELINE = (
    *("castmap", "pretrained", "oracle K", "FINCH", "baseline"),
)
_SHARED = ("Snakefile", "config.yaml", "rules", "workflow_scripts", "envs", "profiles", "resources")
_METRICS = ("shots", "tracks", "clustering.chosen", "algorithms")
_COLUMNS = {
    "Film": "{film}",
    "By": "{method}",
    "Cuts": "{cuts}",
    "recall": "{cut_recall:.3f}",
    "precision": "{cut_precision:.3f}",
    "Box recall": "{box_recall:.3f}",
    "Mixed": "{mixed:.4g}",
    "People": "{people:.4g}",
    "Characters": "{characters:.4g}",
    "Junk": "{junk:.4g}",
    "Missed": "{missed:.4g}",
    "V": "{v:.3f}",
    "AMI": "{ami:.3f}",
    "Char. p": "{precision:.3f}",
    "Char. r": "{recall:.3f}",
    "V of all": "{v_of_all:.3f}",
    "Found / true": "{ratio:.2f}",
}
_COMPARED = {
    "cut_recall": "recall of cuts",
    "cut_precision": "precision of cuts",
    "box_recall": "box recall",
    "v": "V",
    "ami": "AMI",
    "precision": "character precision",
    "recall": "character recall",
    "v_of_all": "V of all",
}


class Truth(NamedTuple):
    """What is true of a film.

    Attributes:
        faces: TRUE_FACES.
        shots: TRUE_SHOTS.
    """

    faces: pd.DataFrame
    shots: pd.DataFrame


class Compared(NamedTuple):
    """Tracks beside the labels.

    Attributes:
        people: of people_of_tracks.
        covered: of cover_boxes.
    """

    people: pd.DataFrame
    covered: pd.DataFrame


def read_truth(clip: Path) -> Truth:
    """The labels of a clip, with what truth.json says of unnamed people and of regions."""
    faces, shots = (
        read_csv(clip / f"{name}.csv", schema)
        for name, schema in (("faces", TRUE_FACES), ("shots", TRUE_SHOTS))
    )
    file = clip / "truth.json"
    if not file.exists():
        return Truth(faces, shots)
    truth = json.loads(file.read_text())
    somebody = [track["boxes"] for track in truth["tracks"] if track["person"] == SOMEBODY]
    boxes = [(SOMEBODY, box) for track in somebody for box in track]
    boxes += [(DO_NOT_JUDGE, box) for box in truth["ignore"]]
    rows = [(who, frame, frame + BOX_FRAMES, *edges) for who, (frame, *edges) in boxes]
    more = pd.DataFrame(rows, columns=faces.columns)
    return Truth(within_shots(pd.concat([faces, more], ignore_index=True), shots), shots)


def within_shots(faces: pd.DataFrame, shots: pd.DataFrame) -> pd.DataFrame:
    """Boxes end with their shot, and those of its first frames begin with it.

    Where a cut lies between two frames with boxes, the last box of the shot before it would count
    for a frame of the next, and who is in that frame would have none.

    Args:
        faces: TRUE_FACES.
        shots: TRUE_SHOTS.
    """
    begins = shots["start_frame"].to_numpy()
    place = np.searchsorted(begins, faces["start_frame"], side="right")
    ends = np.append(begins, np.iinfo(np.int64).max)[place]
    begin = begins[place - 1]
    first = faces["start_frame"] - begin < BOX_FRAMES
    return faces.assign(
        start_frame=np.where(first, begin, faces["start_frame"]),
        end_frame=np.minimum(faces["end_frame"], ends),
    )


def lay_out(work: Path, clips: list[Path]) -> None:
    """Make a folder in which the workflow knows the clips and no other film."""
    work.mkdir(parents=True, exist_ok=True)
    rows = [("movie", "path", "title", "year", "labels", "role")]
    for name in _SHARED:
        if not (work / name).is_symlink():
            (work / name).symlink_to(ROOT / name)
    for clip in clips:
        labels = work / "labels" / clip.name
        labels.mkdir(parents=True, exist_ok=True)
        truth = read_truth(clip)
        write_csv(labels / "faces.csv", TRUE_FACES, truth.faces)
        write_csv(labels / "shots.csv", TRUE_SHOTS, truth.shots)
        film = clip / f"{clip.name}.mp4"
        rows.append((clip.name, str(film), clip.name, "", f"labels/{clip.name}", "film"))
    (work / "sheet.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    (work / "no_films.txt").write_text("")
    settings = {
        "movies": {"sheet": "sheet.tsv", "folder": None},
        "adapt": {"train": "no_films.txt", "held_out": "no_films.txt"},
    }
    (work / "settings.yaml").write_text(yaml.safe_dump(settings))


def run_workflow(work: Path, movies: Iterable[str], cores: int) -> None:
    """All stages from the films to their scores; what is up to date stays."""
    targets = [f"results/{movie}/metrics/{name}.json" for movie in movies for name in _METRICS]
    command = [sys.executable, "-m", "snakemake", *targets, "--cores", str(cores)]
    command += ["--configfile", "config.yaml", "settings.yaml", "--quiet", "all"]
    subprocess.run(command, cwd=work, check=True)


def follow_boxes(tracks: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """Where tracks are in the labelled frames of named people, and on whom they lie.

    Args:
        tracks: columns track, frame, x1, y1, x2, y2 (px), interpolated.
        true: TRUE_FACES.

    Returns:
        The columns of tracks, in labelled frames, with ``person`` (missing: nobody named).
    """
    named = true[is_named(true["person"])]
    spans = named[["start_frame", "end_frame"]].drop_duplicates().to_numpy()
    frames = np.unique(np.concatenate([np.arange(*span) for span in spans]))
    own = tracks.groupby("track")["frame"]
    seen = pd.DataFrame({"start_frame": own.min(), "end_frame": own.max() + 1})
    if tracks.empty:
        return tracks.assign(person=pd.Series(dtype="str"))
    boxes = boxes_between(tracks, frames, seen)
    return boxes.assign(person=people_of_faces(boxes, true))


def cover_boxes(boxes: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """The tracks that cover each labelled box of a named person.

    Args:
        boxes: of follow_boxes.
        true: TRUE_FACES.

    Returns:
        One row per box and track in it (missing: none is): box, person, start_frame, track.
    """
    named = true[is_named(true["person"])].reset_index(names="box")
    spans = named["end_frame"] - named["start_frame"]
    frames = named.loc[named.index.repeat(spans), ["box", "person", "start_frame"]]
    frames["frame"] = frames["start_frame"] + frames.groupby("box").cumcount()
    found = boxes.dropna(subset="person")[["frame", "person", "track"]]
    covered = frames.merge(found, on=["frame", "person"])
    keys = ["box", "person", "start_frame"]
    return named[keys].merge(covered[[*keys, "track"]].drop_duplicates(), how="left", on=keys)


def find_appearances(
    covered: pd.DataFrame, characters: pd.Series, true_shots: pd.DataFrame
) -> pd.DataFrame:
    """The character of each appearance, one person in one true shot: of most of its covered boxes.

    Args:
        covered: of cover_boxes.
        characters: of each track, by its number.
        true_shots: TRUE_SHOTS.

    Returns:
        Columns person, shot, character (missing: no track of a character covers any of it).
    """
    cuts = true_shots["start_frame"].to_numpy()[1:]
    shot = np.searchsorted(cuts, covered["start_frame"], side="right")
    of_characters = characters[is_character(characters)]
    boxes = covered.assign(shot=shot, character=covered["track"].map(of_characters))
    counts = boxes.groupby(["person", "shot", "character"])["box"].nunique().reset_index()
    ranked = counts.sort_values(["box", "character"], ascending=[False, True])
    most = ranked.drop_duplicates(["person", "shot"]).drop(columns="box")
    return boxes[["person", "shot"]].drop_duplicates().merge(most, how="left")


def appearance_scores(appearances: pd.DataFrame, match: dict[str, str]) -> tuple[float, float]:
    """Character recall, and V over all appearances, of which each lost one is a cluster.

    Args:
        appearances: of find_appearances.
        match: of a person the character.
    """
    character = appearances["character"].astype(object)
    right = character == appearances["person"].map(match)
    lost = pd.Series(appearances.index, appearances.index).map("lost {}".format)
    counts = pd.crosstab(character.fillna(lost), appearances["person"])
    v_measure = v_measures(counts.to_numpy())[2]
    return float(right.groupby(appearances["person"]).mean().mean()), v_measure


def compare_tracks(tracks: pd.DataFrame, truth: Truth) -> Compared:
    """What tracks have to do with the labels.

    Args:
        tracks: columns track, frame, x1, y1, x2, y2 (px), interpolated.
        truth: of the film.
    """
    covered = cover_boxes(follow_boxes(tracks, truth.faces), truth.faces)
    return Compared(people_of_tracks(tracks, truth.faces), covered)


def score_characters(compared: Compared, characters: pd.Series, truth: Truth) -> dict:
    """The row of a clustering, without its cuts.

    Args:
        compared: of compare_tracks.
        characters: of each track, by its number.
        truth: of the film.
    """
    people, covered = compared
    judged = people[people["judged"]].assign(character=people["track"].map(characters))
    shown = judged[is_character(judged["character"])]
    of_nobody = shown["person"].isna().groupby(shown["character"]).mean() > 0.5
    junk = of_nobody.index[of_nobody]
    n_people = covered["person"].nunique()
    scores = evaluate_clusters(judged[["track", "person", "n_faces", "character"]], 0, 0)
    match = {row["person"]: row["character"] for row in scores["people"] if row["character"]}
    appearances = find_appearances(covered, characters, truth.shots)
    recall, v_of_all = appearance_scores(appearances, match)
    named = shown.dropna(subset="person")["character"]
    n_characters = len(set(named) - set(junk))
    return {
        "box_recall": covered.groupby("box")["track"].count().gt(0).mean(),
        "mixed": int((people["n_people"] >= 2).sum()),
        "people": n_people,
        "characters": n_characters,
        "junk": len(junk),
        "missed": n_people - len(match),
        "v": scores["track"]["v_measure"],
        "ami": scores["track"]["ami"],
        "precision": scores["track"]["character_precision"],
        "recall": recall,
        "v_of_all": v_of_all,
        "ratio": (n_characters + len(junk)) / n_people,
    }


def score_cuts(found: pd.DataFrame, truth: Truth) -> dict:
    """The row's cuts, of SHOTS (columns boundary and start_frame are enough)."""
    scores = score_boundaries(found, truth.shots)
    n_true = scores["cuts"] + scores["gradual"]
    recall, precision = scores["recall"], scores["precision"]
    return {
        "cuts": f"{scores['found']} / {n_true}",
        "cut_recall": recall,
        "cut_precision": precision,
    }


def castmap_rows(folder: Path, truth: Truth) -> list[dict]:
    """What the workflow made of a film, by each way to cluster its tracks.

    Args:
        folder: the film's folder of results.
        truth: of the film.
    """
    compared = compare_tracks(read_table(folder / "tracks.parquet", TRACKS), truth)
    rows = []
    for method, name in ((CASTMAP, "chosen"), (PRETRAINED, NETWORK)):
        clusters = read_table(folder / f"clusters.{name}.parquet", CLUSTERS)
        characters = clusters.set_index("track")["character"]
        rows.append({"method": method, **score_characters(compared, characters, truth)})
    rows[0] |= score_cuts(read_table(folder / "shots.parquet", SHOTS), truth)
    algorithms = json.loads((folder / "metrics" / "algorithms.json").read_text())["algorithms"]
    wanted = {("agglomerative_constrained", True): ORACLE, ("finch", False): FINCH}
    for row in algorithms:
        method = wanted.get((row["algorithm"], row["oracle_k"]))
        if row["model"] == NETWORK and method:
            track = row["track"]
            scores = {"v": track["v_measure"], "ami": track["ami"], "characters": row["k_pred"]}
            rows.append({"method": method, **scores, "precision": track["character_precision"]})
    return rows


def baseline_row(seen: afternoon.Seen, truth: Truth, constants: afternoon.Constants) -> dict:
    """The row of the afternoon's baseline."""
    tracks = afternoon.follow(seen, constants)
    clusters = afternoon.cluster(tracks, seen.embeddings, constants.distance)
    characters = pd.Series([f"C{number:02d}" for number in clusters], dtype="str")
    shots = pd.DataFrame({"boundary": "cut", "start_frame": seen.cuts})
    scores = score_characters(compare_tracks(tracks, truth), characters, truth)
    return {"method": BASELINE, **score_cuts(shots, truth), **scores}


def score_film(clip: Path, work: Path) -> list[dict]:
    """All rows of one film."""
    truth = read_truth(clip)
    rows = castmap_rows(work / "results" / clip.name, truth)
    seen = afternoon.look(clip / f"{clip.name}.mp4", work / "afternoon" / clip.name)
    rows.append(baseline_row(seen, truth, afternoon.BEST))
    people = rows[0]["people"]
    return [
        {"film": clip.name, "people": people, "ratio": row.get("characters", 0) / people, **row}
        for row in rows
    ]


def add_means(rows: pd.DataFrame) -> pd.DataFrame:
    """The table with a row per method of its means over films, and of how many are about right."""
    numbers = [name for name in rows if name not in ("film", "method", "cuts")]
    means = rows.groupby("method", sort=False)[numbers].mean().reset_index()
    about_right = rows["ratio"].between(*RATIO).groupby(rows["method"]).sum()
    n_films = rows["film"].nunique()
    means["film"] = "mean"
    means["method"] += means["method"].map(about_right).map(f" ({{}} of {n_films})".format)
    return pd.concat([rows, means], ignore_index=True)


def differences(rows: pd.DataFrame) -> str:
    """What castmap gains over the baseline: mean with the 95 % t-interval, and the extremes."""
    one, other = (rows[rows["method"] == name].set_index("film") for name in (CASTMAP, BASELINE))
    lines = []
    for name, called in _COMPARED.items():
        gains = (one[name] - other[name]).dropna()
        mean = mean_gain(gains) if len(gains) > 1 else f"{gains.mean():+.3f}"
        lines.append(f"{called} {mean} ({gains.min():+.3f} {gains.idxmin()} to {gains.max():+.3f})")
    return "; ".join(lines)


def main() -> None:
    """Run the workflow and the baseline, and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS, help="of labelled clips")
    parser.add_argument("--work", type=Path, required=True, help="what is done there stays")
    parser.add_argument("--films", nargs="+", metavar="NAME", help="only these")
    parser.add_argument("--cores", type=int, default=2)
    args = parser.parse_args()
    clips = find_clips(args.folder.resolve(), args.films)
    work = args.work.resolve()
    started = time.perf_counter()
    lay_out(work, clips)
    run_workflow(work, [clip.name for clip in clips], args.cores)
    workflow_s = time.perf_counter() - started
    with ProcessPoolExecutor(args.cores) as pool:
        found = list(pool.map(score_film, clips, [work] * len(clips)))
    rows = pd.DataFrame([row for film in found for row in film])
    note = (
        f"Means: in brackets, the films with found / true within {RATIO[0]} to {RATIO[1]}.\n\n"
        f"{CASTMAP} - {BASELINE}, mean over {len(clips)} films with the 95 % t-interval (least and "
        f"greatest): {differences(rows)}.\n\n"
        f"{workflow_s:.0f} s for the workflow and {time.perf_counter() - started - workflow_s:.0f} "
        f"s for the baseline, cores: {args.cores}."
    )
    cells = print_cells(add_means(rows), _COLUMNS)
    print(to_markdown(cells, f"{len(clips)} real films", note, list(_COLUMNS)[2:]))


def find_clips(folder: Path, films: list[str] | None) -> list[Path]:
    """The subfolders that hold a clip with labels; only those of some names, if these are given."""
    clips = sorted(path.parent for path in folder.glob("*/faces.csv"))
    if not clips:
        sys.exit(f"{folder}: no */faces.csv here; name the folder of labelled clips")
    unknown = set(films or ()) - {clip.name for clip in clips}
    if unknown:
        sys.exit(f"{folder}: no clip is called {', '.join(sorted(unknown))}")
    return [clip for clip in clips if films is None or clip.name in films]


if __name__ == "__main__":
    main()
