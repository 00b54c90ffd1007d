"""What the tables are made of: the results of all films, and what is counted of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters
from castmap.console import progress

REJECTED = "rejected"


@dataclass(frozen=True)
class Film:
    """What was found in one film.

    Attributes:
        movie: its name.
        title: as in the sheet.
        status: "ok" or "rejected".
        reason: why it was rejected; None: it was not.
        duration_s: None of a rejected film.
        shots: how many; likewise faces (detections) and characters.
        cooccurring_tracks: tracks that share an examined frame with another track.
        faces_per_track: int [n_tracks], detected faces.
    """

    movie: str
    title: str
    status: str
    reason: str | None
    duration_s: float | None
    shots: int
    faces: int
    characters: int
    cooccurring_tracks: int
    faces_per_track: np.ndarray


@dataclass(frozen=True)
class Corpus:
    """The results of all films, by film; each file is read when it is asked for.

    Attributes:
        infos: content of movie.json, of every film that went through all stages.
        shots: SHOTS, of the same films; likewise what follows.
        detections: DETECTIONS.
        tracks: TRACKS.
        clusters: CLUSTERS, by the chosen embedding.
        mining: content of mining.json.
        choices: content of choice.json.
        shot_metrics: content of metrics/shots.json, of the films with labels of shots.
        track_metrics: content of metrics/tracks.json, of the films with labels of faces.
        clustering_metrics: content of metrics/clustering.{model}.json, of these films, by film and
            embedding.
        verification_metrics: content of metrics/verification.{model}.json, likewise.
        algorithm_metrics: content of metrics/algorithms.json, of the films with labels of faces.
        failures: FAILURES, the films that no results are given of.
        seed: that the results were made with.
    """

    infos: Mapping[str, Mapping]
    shots: Mapping[str, pd.DataFrame]
    detections: Mapping[str, pd.DataFrame]
    tracks: Mapping[str, pd.DataFrame]
    clusters: Mapping[str, pd.DataFrame]
    mining: Mapping[str, Mapping]
    choices: Mapping[str, Mapping]
    shot_metrics: Mapping[str, Mapping]
    track_metrics: Mapping[str, Mapping]
    clustering_metrics: Mapping[str, Mapping[str, Mapping]]
    verification_metrics: Mapping[str, Mapping[str, Mapping]]
    algorithm_metrics: Mapping[str, Mapping]
    failures: pd.DataFrame
    seed: int

    @cached_property
    def films(self) -> list[Film]:
        """Every film that went through all stages, in the order of ``infos``."""
        return [
            count_film(
                self.infos[movie],
                self.shots[movie],
                self.detections[movie],
                self.tracks[movie],
                self.clusters[movie],
            )
            for movie in progress(self.infos, len(self.infos), "films", "counting")
        ]

    @property
    def analysed(self) -> list[Film]:
        """The films that were not rejected."""
        return [film for film in self.films if film.status != REJECTED]

    @cached_property
    def chosen(self) -> dict[str, str]:
        """By film, the model that clusters it."""
        return {movie: choice["model"] for movie, choice in self.choices.items()}

    @cached_property
    def chosen_metrics(self) -> dict[str, Mapping]:
        """By labelled film, the scores of clustering by the chosen model."""
        return {
            movie: self.clustering_metrics[movie][self.chosen[movie]]
            for movie in self.track_metrics
        }

    @cached_property
    def counts(self) -> dict[str, int]:
        """What captions may count: films of each kind, evaluated tracks; and the seed."""
        return {
            "films": len(self.films) + len(self.failures),
            "rejected": len(self.films) - len(self.analysed),
            "failed": len(self.failures),
            "analysed": len(self.analysed),
            "labelled": len(self.track_metrics),
            "evaluated": sum(scores["n_tracks"] for scores in self.chosen_metrics.values()),
            "seed": self.seed,
        }


def count_film(
    info: Mapping,
    shots: pd.DataFrame,
    detections: pd.DataFrame,
    tracks: pd.DataFrame,
    clusters: pd.DataFrame,
) -> Film:
    """Count what was found in one film.

    Args:
        info: the content of its movie.json.
        shots: SHOTS.
        detections: DETECTIONS.
        tracks: TRACKS.
        clusters: CLUSTERS.
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
        faces_per_track=(~tracks["interpolated"]).groupby(tracks["track"]).sum().to_numpy(int),
    )


def count_cooccurring(tracks: pd.DataFrame) -> int:
    """How many tracks share an examined frame with another track.

    Args:
        tracks: TRACKS; interpolated boxes count, for the person is there.
    """
    return int(tracks.loc[tracks.duplicated("frame", keep=False), "track"].nunique())
