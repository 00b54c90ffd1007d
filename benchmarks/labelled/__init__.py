"""Films with results and labels: their tracks, and how right a clustering of these is."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.composed_films import NETWORK
from castmap.clustering.characters import UNASSIGNED
from castmap.clustering.film import FilmTracks, describe_film, pool_beside
from castmap.evaluation.clustering import evaluate_clusters
from castmap.evaluation.matching import people_of_tracks
from castmap.files.results import read_table
from castmap.formats.embeddings import read_embeddings
from castmap.formats.tables import BACKGROUND, DETECTIONS, TRACKS
from castmap.stages.labels import read_labels
from castmap.tracks.must_links import find_must_links, kept_links

_KINDS = ("precision", "recall")


class LabelledFilm(NamedTuple):
    """The tracks of a film, by row: in order of their numbers.

    Attributes:
        name: of the film.
        vectors: float [t, d], unit rows, by the embedding that is clustered.
        described: what else clustering knows of them.
        people: of people_of_tracks.
    """

    name: str
    vectors: np.ndarray
    described: FilmTracks
    people: pd.DataFrame

    def scores(self, characters: np.ndarray, seed: int) -> dict:
        """How right characters are; found counts those of nobody, too.

        Args:
            characters: int [t], numbers 0.., UNASSIGNED where a track is in none.
            seed: of how ties are broken.
        """
        labelled = np.where(characters == UNASSIGNED, BACKGROUND, characters.astype(str))
        scores = evaluate_clusters(self.people.assign(character=labelled), seed, bootstrap=0)
        row = {"V": scores["track"]["v_measure"]}
        row |= {f"character {kind}": scores["track"][f"character_{kind}"] for kind in _KINDS}
        row |= {"found": scores["k_pred"] + scores["characters_of_nobody"]}
        return row | {"people": scores["k_true"], "found / true": row["found"] / scores["k_true"]}


def labelled_folders(results: Path, labels: Path) -> list[tuple[Path, Path]]:
    """The folders of results that have labels, and those of the labels; exits if there is none.

    Args:
        results: holds a folder per film.
        labels: holds a folder per film.
    """
    folders = [
        (folder, labels / folder.name)
        for folder in sorted(results.iterdir())
        if (folder / "tracks.parquet").exists() and (labels / folder.name / "faces.csv").exists()
    ]
    if not folders:
        sys.exit(f"{results}: no film here has results and labels in {labels}")
    return folders


def read_film(folder: Path, labels: Path, config: dict, *, by_chosen: bool = False) -> LabelledFilm:
    """A film by the pretrained embedding, or by the one that the gate chose.

    Args:
        folder: of its results.
        labels: of its labels.
        config: castmap's settings.
        by_chosen: whether it is clustered by the embedding in choice.json.
    """
    tracks, detections = (
        read_table(folder / f"{name}.parquet", schema)
        for name, schema in (("tracks", TRACKS), ("detections", DETECTIONS))
    )
    model = json.loads((folder / "choice.json").read_text())["model"] if by_chosen else NETWORK
    embeddings = {
        name: read_embeddings(folder / f"embeddings.{name}.safetensors")
        for name in {NETWORK, model}
    }
    said = read_labels(labels / "faces.csv")
    links = kept_links(find_must_links(tracks, config["mining"]["threading"]))
    prior = config["clustering"]["prior_distance"]
    return LabelledFilm(
        folder.name,
        pool_beside(tracks, detections, embeddings, model, NETWORK),
        describe_film(tracks, detections, embeddings[NETWORK], links, prior_distance=prior),
        people_of_tracks(tracks, said.faces, said.judged),
    )


def stopped_at(film: FilmTracks, stop_distance: float) -> FilmTracks:
    """The same film, where joining stops at a distance that is not its own: none is expected."""
    nothing = float("nan")
    stopped = film.calibration._replace(stop_distance=stop_distance, expected_error=nothing)
    return film._replace(calibration=stopped)
