"""The printed tables: what stands in them, and how they are computed.

The Snakefile imports this module for the names, so nothing heavier than pandas is imported here.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters

OURS, PUBLISHED = "ours", "published"
_PAPER = "Published rows: arXiv 2008.11289, as printed there."


@dataclass(frozen=True)
class TableLayout:
    """One table: its raw columns, and the columns as people read them.

    Attributes:
        caption: what it shows; fields in braces are counts, filled in when it is written.
        columns: raw column and its pandas type, as in the CSV.
        printed: heading and template of each printed column; a template's fields are raw columns.
        note: what a reader has to know, printed beneath.
    """

    caption: str
    columns: Mapping[str, str]
    printed: Mapping[str, str]
    note: str = ""

    def fill(self, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
        """A table of these rows; the columns that a row lacks are missing values."""
        return pd.DataFrame(list(rows), columns=list(self.columns)).astype(dict(self.columns))

    def numeric_headings(self) -> list[str]:
        """The printed columns that hold numbers."""
        texts = {f"{{{name}}}" for name, kind in self.columns.items() if kind == "string"}
        return [heading for heading, template in self.printed.items() if template not in texts]


@dataclass(frozen=True)
class Film:
    """What the tables say of one film."""

    movie: str
    title: str
    status: str
    reason: str | None
    duration_s: float
    shots: int
    faces: int
    characters: int
    cooccurring_tracks: int
    mining: Mapping[str, int] = field(repr=False)
    faces_per_track: np.ndarray = field(repr=False)


LAYOUTS = {
    "films": TableLayout(
        "Every film of the sheet: n = {films} films, {rejected} of them rejected, {failed} failed",
        {
            "movie": "string",
            "title": "string",
            "status": "string",
            "reason": "string",
            "duration_s": "Float64",
            "shots": "Int64",
            "faces": "Int64",
            "tracks": "Int64",
            "characters": "Int64",
        },
        {
            "Movie": "{movie}",
            "Status": "{status}",
            "Reason": "{reason}",
            "Duration (s)": "{duration_s:.1f}",
            "Shots": "{shots:,}",
            "Faces": "{faces:,}",
            "Tracks": "{tracks:,}",
            "Characters": "{characters:,}",
        },
        "Faces are detections in the examined frames; characters are those found, without labels.",
    ),
    "dataset_statistics": TableLayout(
        "Harvested data: n = {analysed} analysed films, beside the published data set",
        {
            "source": "string",
            "movies": "Int64",
            "tracks": "Int64",
            "cooccurring_tracks": "Int64",
            "faces": "Int64",
            "faces_per_track_mean": "Float64",
            "faces_per_track_std": "Float64",
        },
        {
            "Source": "{source}",
            "Movies": "{movies:,}",
            "Tracks": "{tracks:,}",
            "Co-occurring tracks": "{cooccurring_tracks:,}",
            "Faces": "{faces:,}",
            "Faces per track": "{faces_per_track_mean:.1f} ± {faces_per_track_std:.1f}",
        },
        "Ours: faces are detected faces in tracks, ± is the standard deviation over tracks, and a "
        "track co-occurs if it shares an examined frame with another. "
        f"{_PAPER} The published number of faces is rounded (10.2 million).",
    ),
    "mining": TableLayout(
        "Weak labels: n = {analysed} analysed films, {mined} tracks",
        {
            "movie": "string",
            "tracks": "Int64",
            "split": "Int64",
            "too_short": "Int64",
            "too_uniform": "Int64",
            "with_cannot_links": "Int64",
            "split_with_cannot_links": "Int64",
            "hard": "Int64",
            "cannot_links": "Int64",
            "duplicates": "Int64",
            "impossible": "Int64",
        },
        {
            "Movie": "{movie}",
            "Tracks": "{tracks:,}",
            "Split": "{split:,}",
            "Too short": "{too_short:,}",
            "Too uniform": "{too_uniform:,}",
            "With cannot-links": "{with_cannot_links:,}",
            "Split, with cannot-links": "{split_with_cannot_links:,}",
            "Hard": "{hard:,}",
            "Cannot-links": "{cannot_links:,}",
            "Duplicates": "{duplicates:,}",
            "Impossible": "{impossible:,}",
        },
        "Split tracks have tracklets and give positives; those with cannot-links are seen together "
        "with another track; hard ones have an example to be trained on. Cannot-links, duplicates "
        "and impossible negatives are pairs of tracks. See docs/mining.md.",
    ),
    "benchmark_summary": TableLayout(
        "Benchmark films: n = {labelled} labelled films of ours, beside the published ones",
        {
            "movie": "string",
            "source": "string",
            "faces_per_track_mean": "Float64",
            "tracks": "Int64",
            "characters": "Int64",
            "true_people": "Int64",
            "smallest_share_percent": "Float64",
            "largest_share_percent": "Float64",
        },
        {
            "Movie": "{movie}",
            "Source": "{source}",
            "Faces per track": "{faces_per_track_mean:.2f}",
            "Tracks": "{tracks:,}",
            "Characters found": "{characters:,}",
            "People labelled": "{true_people:,}",
            "Share of tracks (%)": "{smallest_share_percent:.2f}-{largest_share_percent:.2f}",
        },
        "Ours: tracks of labelled people; the share is that of the person with the fewest and with "
        f"the most of them; characters found are those that hold such a track. {_PAPER}",
    ),
    "shots": TableLayout(
        "Shot boundaries: n = {labelled} labelled films, {true_boundaries} true boundaries",
        {
            "movie": "string",
            "cuts": "Int64",
            "gradual": "Int64",
            "recall": "Float64",
            "precision": "Float64",
        },
        {
            "Movie": "{movie}",
            "Cuts": "{cuts:,}",
            "Gradual": "{gradual:,}",
            "Recall": "{recall:.3f}",
            "Precision": "{precision:.3f}",
        },
        "Cuts and gradual transitions are the true ones.",
    ),
    "tracks": TableLayout(
        "Tracks: n = {labelled} labelled films, {intervals} true intervals, {tracks} tracks",
        {
            "movie": "string",
            "intervals": "Int64",
            "coverage_min": "Float64",
            "coverage_mean": "Float64",
            "mixed_tracks": "Int64",
            "tracks": "Int64",
            "hota": "Float64",
            "idf1": "Float64",
        },
        {
            "Movie": "{movie}",
            "True intervals": "{intervals:,}",
            "Least coverage": "{coverage_min:.3f}",
            "Mean coverage": "{coverage_mean:.3f}",
            "Mixed tracks": "{mixed_tracks:,}",
            "Tracks": "{tracks:,}",
            "HOTA": "{hota:.3f}",
            "IDF1": "{idf1:.3f}",
        },
        "Intervals of a second or more; a mixed track holds faces of two people. The identities of "
        "HOTA and IDF1 are people in a shot, and where in its region a face lies is not judged.",
    ),
    "models": TableLayout(
        "Which embedding clusters each film: n = {analysed} analysed films, seed {seed}",
        {
            "movie": "string",
            "model": "string",
            "auc": "Float64",
            "film_gain": "Float64",
            "film_gain_low": "Float64",
            "film_gain_high": "Float64",
            "corpus_gain": "Float64",
            "corpus_gain_low": "Float64",
            "corpus_gain_high": "Float64",
            "accepted": "string",
            "chosen": "string",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "AUC": "{auc:.4f}",
            "Gain in the film [95 % interval]": (
                "{film_gain:.4f} [{film_gain_low:.4f}, {film_gain_high:.4f}]"
            ),
            "Gain in the corpus [95 % interval]": (
                "{corpus_gain:.4f} [{corpus_gain_low:.4f}, {corpus_gain_high:.4f}]"
            ),
            "Accepted": "{accepted}",
            "Chosen": "{chosen}",
        },
        "Of weak pairs held out from training: AUC of the film's, and gains over the pretrained "
        "embedding, with paired bootstrap intervals. A film without weak pairs has none. "
        "docs/adaptation.md says when a model is accepted.",
    ),
    "clustering": TableLayout(
        "Clustering, track-weighted: n = {labelled} labelled films, {evaluated} evaluated tracks, "
        "seed {seed}",
        {
            "movie": "string",
            "model": "string",
            "chosen": "string",
            "tracks": "Int64",
            "k_pred": "Int64",
            "k_true": "Int64",
            "k_ratio": "Float64",
            "v_measure": "Float64",
            "v_measure_low": "Float64",
            "v_measure_high": "Float64",
            "homogeneity": "Float64",
            "completeness": "Float64",
            "nmi": "Float64",
            "ami": "Float64",
            "ari": "Float64",
            "weighted_purity": "Float64",
            "bcubed_f1": "Float64",
            "character_precision": "Float64",
            "character_recall": "Float64",
            "operator_clicks": "Int64",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "Chosen": "{chosen}",
            "Tracks": "{tracks:,}",
            "Found": "{k_pred:,}",
            "True": "{k_true:,}",
            "Ratio": "{k_ratio:.2f}",
            "V [95 % interval]": "{v_measure:.3f} [{v_measure_low:.3f}, {v_measure_high:.3f}]",
            "Hom.": "{homogeneity:.3f}",
            "Com.": "{completeness:.3f}",
            "NMI": "{nmi:.3f}",
            "AMI": "{ami:.3f}",
            "ARI": "{ari:.3f}",
            "Purity": "{weighted_purity:.3f}",
            "BCubed F": "{bcubed_f1:.3f}",
            "Char. P": "{character_precision:.3f}",
            "Char. R": "{character_recall:.3f}",
            "Clicks": "{operator_clicks:,}",
        },
        "Found and true are numbers of characters and of people; the chosen model's characters are "
        "the film's; clicks put everything right. Intervals are bootstrap intervals over tracks. "
        "The scores are defined in docs/evaluation.md.",
    ),
    "end_to_end": TableLayout(
        "From the film to its characters: n = {labelled} labelled films, {labelled_faces} labelled "
        "faces",
        {
            "movie": "string",
            "model": "string",
            "labelled_faces": "Int64",
            "found_faces": "Int64",
            "precision": "Float64",
            "recall": "Float64",
            "f1": "Float64",
            "lost_by_detection": "Float64",
            "lost_by_tracking": "Float64",
            "lost_by_clustering": "Float64",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "Labelled": "{labelled_faces:,}",
            "Found": "{found_faces:,}",
            "Precision": "{precision:.3f}",
            "Recall": "{recall:.3f}",
            "F": "{f1:.3f}",
            "Lost by detection": "{lost_by_detection:.3f}",
            "Lost by tracking": "{lost_by_tracking:.3f}",
            "Lost by clustering": "{lost_by_clustering:.3f}",
        },
        "By the chosen model. A labelled face is a person in an examined frame, a found one a face "
        "of a character's track. What was lost is given in shares of the labelled faces; with the "
        "recall these add up to 1.",
    ),
    "slices": TableLayout(
        "Clustering by kind of track, track-weighted: n = {labelled} labelled films, {evaluated} "
        "evaluated tracks",
        {
            "movie": "string",
            "model": "string",
            "slice": "string",
            "third": "Int64",
            "low": "Float64",
            "high": "Float64",
            "tracks": "Int64",
            "bcubed_f1": "Float64",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "By": "{slice}",
            "Third": "{third}",
            "From": "{low:.4g}",
            "To": "{high:.4g}",
            "Tracks": "{tracks:,}",
            "BCubed F": "{bcubed_f1:.3f}",
        },
        "By the chosen model. Thirds of a film's tracks by the median size (px), blur and yaw of "
        "their faces, by their number of faces, and by the share of tracks that their person has; "
        "equal values are never parted. Little blur means a blurred face.",
    ),
    "algorithms": TableLayout(
        "Clustering by algorithm, track-weighted: n = {labelled} labelled films, seed {seed}",
        {
            "movie": "string",
            "model": "string",
            "algorithm": "string",
            "k": "string",
            "k_pred": "Int64",
            "k_true": "Int64",
            "v_measure": "Float64",
            "v_measure_low": "Float64",
            "v_measure_high": "Float64",
            "ari": "Float64",
            "weighted_purity": "Float64",
            "bcubed_f1": "Float64",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "Algorithm": "{algorithm}",
            "K": "{k}",
            "Found": "{k_pred:,}",
            "True": "{k_true:,}",
            "V [95 % interval]": "{v_measure:.3f} [{v_measure_low:.3f}, {v_measure_high:.3f}]",
            "ARI": "{ari:.3f}",
            "Purity": "{weighted_purity:.3f}",
            "BCubed F": "{bcubed_f1:.3f}",
        },
        "K is the number of characters: estimated by the algorithm, or told (oracle), where only "
        "the tracks of labelled people are clustered. Only the constrained "
        "agglomeration sees the cannot-links. Intervals are bootstrap intervals over tracks.",
    ),
    "verification": TableLayout(
        "Verification: n = {labelled} labelled films, {pairs} pairs, seed {seed}",
        {
            "movie": "string",
            "model": "string",
            "items": "string",
            "n_items": "Int64",
            "n_people": "Int64",
            "n_same": "Int64",
            "n_different": "Int64",
            "auc": "Float64",
            "auc_low": "Float64",
            "auc_high": "Float64",
            "eer": "Float64",
            "tpr_at_fpr_1e3": "Float64",
            "tpr_at_fpr_1e2": "Float64",
            "tpr_at_fpr_1e2_low": "Float64",
            "tpr_at_fpr_1e2_high": "Float64",
            "tpr_at_fpr_1e1": "Float64",
        },
        {
            "Movie": "{movie}",
            "Model": "{model}",
            "Of": "{items}",
            "People": "{n_people:,}",
            "Same": "{n_same:,}",
            "Different": "{n_different:,}",
            "AUC [95 % interval]": "{auc:.3f} [{auc_low:.3f}, {auc_high:.3f}]",
            "EER": "{eer:.3f}",
            "TPR at 0.001": "{tpr_at_fpr_1e3:.3f}",
            "TPR at 0.01 [95 % interval]": (
                "{tpr_at_fpr_1e2:.3f} [{tpr_at_fpr_1e2_low:.3f}, {tpr_at_fpr_1e2_high:.3f}]"
            ),
            "TPR at 0.1": "{tpr_at_fpr_1e1:.3f}",
        },
        "Pairs of tracks, and of faces of different tracks, within a film; TPR at a false positive "
        "rate is missing where there are too few pairs of different people for it. Intervals are "
        "bootstrap intervals over tracks.",
    ),
}
TABLES = tuple(LAYOUTS)
FORMATS = ("csv", "md", "tex")

_PUBLISHED_DATASET = {
    "source": PUBLISHED,
    "movies": 240,
    "tracks": 335_845,
    "cooccurring_tracks": 169_201,
    "faces": 10_200_000,
    "faces_per_track_mean": 63.3,
    "faces_per_track_std": 9.1,
}
_PUBLISHED_FILMS = (
    ("Hidden Figures", 59.82, 1407, 24, 0.57, 20.11),
    ("About Last Night", 38.17, 1565, 10, 1.02, 31.37),
    ("Maleficent", 64.07, 694, 10, 2.02, 36.60),
    ("Dumb and Dumber To", 70.77, 1457, 10, 0.82, 38.23),
    ("Notting Hill", 79.15, 1435, 12, 1.25, 40.77),
)


def summarise_film(
    info: Mapping[str, object],
    shots: pd.DataFrame,
    detections: pd.DataFrame,
    tracks: pd.DataFrame,
    clusters: pd.DataFrame,
    mining: Mapping[str, int],
) -> Film:
    """Count what was found in one film.

    Args:
        info: the content of its movie.json.
        shots: SHOTS.
        detections: DETECTIONS.
        tracks: TRACKS.
        clusters: CLUSTERS.
        mining: the content of its mining.json.
    """
    return Film(
        movie=info["movie"],
        title=info["title"],
        status=info["status"],
        reason=info["reason"],
        duration_s=info["duration_s"],
        shots=len(shots),
        faces=len(detections),
        characters=count_characters(clusters),
        cooccurring_tracks=count_cooccurring(tracks),
        mining=mining,
        faces_per_track=(~tracks["interpolated"]).groupby(tracks["track"]).sum().to_numpy(int),
    )


def count_cooccurring(tracks: pd.DataFrame) -> int:
    """How many tracks share an examined frame with another track.

    Args:
        tracks: TRACKS; interpolated boxes count, for the person is there.
    """
    return int(tracks.loc[tracks.duplicated("frame", keep=False), "track"].nunique())


def films_table(films: Sequence[Film], failures: pd.DataFrame) -> pd.DataFrame:
    """One row per film; the counts of a rejected film and of one that failed are missing.

    Args:
        films: those that went through all stages.
        failures: the FAILURES table of the others; they have no title.
    """
    rows = failures[["movie", "status", "reason"]].to_dict("records")
    for film in films:
        row = {"movie": film.movie, "title": film.title, "status": film.status}
        row["reason"] = film.reason
        if film.status == "ok":
            row |= {
                "duration_s": film.duration_s,
                "shots": film.shots,
                "faces": film.faces,
                "tracks": len(film.faces_per_track),
                "characters": film.characters,
            }
        rows.append(row)
    return LAYOUTS["films"].fill(rows)


def dataset_statistics_table(films: Sequence[Film]) -> pd.DataFrame:
    """The films that were not rejected, all together, and the published data set."""
    analysed = [film for film in films if film.status == "ok"]
    counts = np.concatenate([[], *(film.faces_per_track for film in analysed)])
    ours = {
        "source": OURS,
        "movies": len(analysed),
        "tracks": len(counts),
        "cooccurring_tracks": sum(film.cooccurring_tracks for film in analysed),
        "faces": int(counts.sum()),
        "faces_per_track_mean": counts.mean() if len(counts) else None,
        "faces_per_track_std": counts.std() if len(counts) else None,
    }
    return LAYOUTS["dataset_statistics"].fill([ours, _PUBLISHED_DATASET])


def mining_table(films: Sequence[Film]) -> pd.DataFrame:
    """One row per film that was not rejected."""
    names = list(LAYOUTS["mining"].columns)[1:]
    return LAYOUTS["mining"].fill(
        {"movie": film.movie, **{name: film.mining[name] for name in names}}
        for film in films
        if film.status == "ok"
    )


def benchmark_summary_table(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """The labelled films and the published ones.

    Args:
        metrics: by movie, what clustering.evaluate_clusters returns.
    """
    rows = []
    for movie, scores in metrics.items():
        tracks = scores["n_tracks"]
        shares = [100 * person["tracks"] / tracks for person in scores["people"]]
        rows.append(
            {
                "movie": movie,
                "source": OURS,
                "faces_per_track_mean": scores["n_faces"] / tracks if tracks else None,
                "tracks": tracks,
                "characters": scores["k_pred"],
                "true_people": scores["k_true"],
                "smallest_share_percent": min(shares, default=None),
                "largest_share_percent": max(shares, default=None),
            }
        )
    for movie, faces, tracks, people, smallest, largest in _PUBLISHED_FILMS:
        rows.append(
            {
                "movie": movie,
                "source": PUBLISHED,
                "faces_per_track_mean": faces,
                "tracks": tracks,
                "true_people": people,
                "smallest_share_percent": smallest,
                "largest_share_percent": largest,
            }
        )
    return LAYOUTS["benchmark_summary"].fill(rows)


def shots_table(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """One row per labelled film.

    Args:
        metrics: by movie, the content of metrics/shots.json.
    """
    names = ("cuts", "gradual", "recall", "precision")
    return LAYOUTS["shots"].fill(
        {"movie": movie, **{name: scores[name] for name in names}}
        for movie, scores in metrics.items()
    )


def tracks_table(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """One row per labelled film.

    Args:
        metrics: by movie, the content of metrics/tracks.json.
    """
    return LAYOUTS["tracks"].fill(
        {
            "movie": movie,
            "intervals": scores["interval_count"],
            "coverage_min": scores["coverage_min"],
            "coverage_mean": scores["coverage_mean"],
            "mixed_tracks": scores["mixed_tracks"],
            "tracks": scores["tracks"],
            "hota": scores["hota"],
            "idf1": scores["idf1"],
        }
        for movie, scores in metrics.items()
    )


def models_table(films: Sequence[Film], choices: Mapping[str, Mapping]) -> pd.DataFrame:
    """One row per model and film that was not rejected.

    Args:
        films: all films.
        choices: by movie, the content of choice.json.
    """
    rows = []
    for film in films:
        if film.status != "ok":
            continue
        choice = choices[film.movie]
        pretrained = choice["models"][0]["model"]
        for found in choice["models"]:
            row = {"movie": film.movie, "model": found["model"], "auc": found["auc"]}
            for scope in ("film", "corpus"):
                gain = (found[scope] or {}).get(pretrained)
                if gain:
                    names = (f"{scope}_gain", f"{scope}_gain_low", f"{scope}_gain_high")
                    row |= zip(names, (gain["difference"], *gain["difference_95"]), strict=True)
            if found["accepted"] is not None:
                row["accepted"] = _yes(found["accepted"])
            rows.append(row | {"chosen": _yes(found["model"] == choice["model"])})
    return LAYOUTS["models"].fill(rows)


def clustering_table(
    metrics: Mapping[tuple[str, str], Mapping], chosen: Mapping[str, str]
) -> pd.DataFrame:
    """One row per labelled film and model.

    Args:
        metrics: by movie and model, what clustering.evaluate_clusters returns.
        chosen: by movie, the model that clusters it.
    """
    rows = []
    for (movie, model), scores in metrics.items():
        rows.append(
            {
                **scores,
                **_with_interval(scores["track"]),
                "movie": movie,
                "model": model,
                "chosen": _yes(model == chosen[movie]),
                "tracks": scores["n_tracks"],
            }
        )
    return LAYOUTS["clustering"].fill(rows)


def end_to_end_table(metrics: Mapping[str, Mapping], chosen: Mapping[str, str]) -> pd.DataFrame:
    """One row per labelled film.

    Args:
        metrics: by movie, the content of metrics/clustering.{model}.json of the chosen model.
        chosen: by movie, the model that clusters it.
    """
    rows = []
    for movie, content in metrics.items():
        scores = content["end_to_end"]
        n = scores["labelled_faces"]
        lost = [name for name in scores if name.startswith("lost_by_")]
        shares = {name: scores[name] / n if n else None for name in lost}
        rows.append({**scores, **shares, "movie": movie, "model": chosen[movie]})
    return LAYOUTS["end_to_end"].fill(rows)


def slices_table(metrics: Mapping[str, Mapping], chosen: Mapping[str, str]) -> pd.DataFrame:
    """A row per labelled film, kind of slice, and third.

    Args:
        metrics: by movie, the content of metrics/clustering.{model}.json of the chosen model.
        chosen: by movie, the model that clusters it.
    """
    return LAYOUTS["slices"].fill(
        {
            **scores,
            "movie": movie,
            "model": chosen[movie],
            "slice": name,
            "third": number,
            "tracks": scores["n_tracks"],
        }
        for movie, content in metrics.items()
        for name, thirds in content["slices"].items()
        for number, scores in enumerate(thirds, start=1)
    )


def algorithms_table(metrics: Mapping[str, Mapping]) -> pd.DataFrame:
    """A row per labelled film, model and algorithm, and another where it can be told the number.

    Args:
        metrics: by movie, the content of metrics/algorithms.json.
    """
    return LAYOUTS["algorithms"].fill(
        {
            **scores,
            **_with_interval(scores["track"]),
            "movie": movie,
            "k": "oracle" if scores["oracle_k"] else "estimated",
        }
        for movie, content in metrics.items()
        for scores in content["algorithms"]
    )


def _with_interval(scores: Mapping) -> dict:
    low, high = scores["intervals_95"]["v_measure"] or (None, None)
    return {**scores, "v_measure_low": low, "v_measure_high": high}


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def verification_table(metrics: Mapping[tuple[str, str], Mapping]) -> pd.DataFrame:
    """Two rows per labelled film and model: pairs of tracks, and of faces.

    Args:
        metrics: by movie and model, the content of metrics/verification.{model}.json.
    """
    rows = []
    for (movie, model), both in metrics.items():
        for scores in (both["tracks"], both["faces"]):
            intervals = scores["intervals_95"]
            auc_low, auc_high = intervals["auc"] or (None, None)
            low, high = intervals["tpr_at_fpr"]["0.01"] or (None, None)
            tpr = scores["tpr_at_fpr"]
            rows.append(
                {
                    **scores,
                    "movie": movie,
                    "model": model,
                    "auc_low": auc_low,
                    "auc_high": auc_high,
                    "tpr_at_fpr_1e3": tpr["0.001"],
                    "tpr_at_fpr_1e2": tpr["0.01"],
                    "tpr_at_fpr_1e2_low": low,
                    "tpr_at_fpr_1e2_high": high,
                    "tpr_at_fpr_1e1": tpr["0.1"],
                }
            )
    return LAYOUTS["verification"].fill(rows)
