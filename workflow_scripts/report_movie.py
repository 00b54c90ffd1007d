"""Write a film's page: timeline, every face, what to review first, corrections, shot list."""

from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters
from castmap.clustering.pooling import pool_tracks, quality
from castmap.console import logger
from castmap.faces.portraits import crop_sprite, face_sprite, key_frame_sprite
from castmap.faces.redaction import Redaction
from castmap.faces.sprites import Sprite
from castmap.files.whole import write_text
from castmap.formats.tables import (
    Characters,
    Detections,
    Examined,
    Frames,
    NameEvidence,
    Names,
    Review,
    Shots,
    Tracks,
)
from castmap.pages import movie as contents
from castmap.pages.layout import reasons_skipped
from castmap.pages.rendering import render
from castmap.shots.key_frames import middle_frames
from castmap.stages.arguments import Embeddings, Json, NewFile
from castmap.stages.command_line import as_command
from castmap.tracks.cooccurrence import find_cannot_links

_FACE_PX = 72


def report_movie(
    movie: Json,
    frames: Frames,
    examined: Examined,
    shots: Shots,
    found_shots: Shots,
    key_frames: Path,
    detections: Detections,
    faces: Path,
    tracks: Tracks,
    characters: Characters,
    calibration: Json,
    choice: Json,
    journal: Json,
    review: Review,
    names: Names,
    evidence: NameEvidence,
    known: Json,
    embeddings: Embeddings,
    shot_metrics: Json | None,
    track_metrics: Json | None,
    clustering_metrics: Json | None,
    page: NewFile,
    *,
    film: Path,
    show_faces: Redaction,
) -> None:
    """Write a film's page: timeline, every face, what to review first, corrections, shot list.

    Args:
        movie: movie.json of the film.
        frames: of the film.
        examined: the frames that were searched for faces.
        shots: of the film, as people cut them.
        found_shots: of the film, before.
        key_frames: the archive of a picture of each of these.
        detections: the faces.
        faces: the archive of their crops.
        tracks: of the faces.
        characters: whose each track is.
        calibration: clusters.chosen.json.
        choice: which embedding the film is clustered by, and why.
        journal: the corrections, and what became of each.
        review: the questions to ask.
        names: who each character may be.
        evidence: the known faces that speak for the names.
        known: who is known, and from where.
        embeddings: row i for detection i; by them the faces are found that a question shows.
        shot_metrics: of a film with labels of shots.
        track_metrics: of a film with labels of faces.
        clustering_metrics: of a film with labels of faces.
        page: the page to write; it links to the film relative to itself.
        film: the video file, which the page plays where it is there.
        show_faces: how pictures show faces.
    """
    facts = contents.film_facts(movie, characters, shots, len(detections))
    content: dict[str, object] = {"film": facts, "certainty": contents.certainty(calibration)}
    content |= {"sprites": {}, "data": {}}
    if not facts["rejected"]:
        found = contents.faces_by_character(tracks, characters, quality(detections))
        times = frames["time_s"].to_numpy(float)
        rows, shown = contents.appearances(characters, found, tracks, detections, times, movie)
        drawn = {
            "shots": key_frame_sprite(key_frames, show_faces),
            "faces": face_sprite(faces, shown, _FACE_PX, show_faces),
            "known": crop_sprite(evidence["crop"], _FACE_PX, show_faces),
        }
        sprites = {name: sprite for name, sprite in drawn.items() if sprite}
        more = _more_data(shots, tracks, characters, sprites)
        vectors = pool_tracks(tracks, detections, embeddings)
        more["review"] = contents.review_questions(review, characters, vectors)
        more |= contents.moments(shots, times, middle_frames(found_shots), movie["duration_s"])
        more["naming"] = contents.naming(names, evidence, characters)
        more["known_people"] = known["people"]
        more["film_url"] = contents.film_url(film, page)
        content |= {
            "sprites": sprites,
            "data": contents.script_data(movie, characters, rows, journal, more),
            "measured": contents.measured_rows(shot_metrics, track_metrics, clustering_metrics),
            "embedding_used": contents.embedding_used(choice),
            "skipped": reasons_skipped(detections, tracks),
            "n_examined": len(examined),
            "n_frames": len(frames),
        }
    write_text(page, render("movie.html", **content))
    logger.info("%s: %d characters", page, count_characters(characters))


def _more_data(
    shots: pd.DataFrame,
    tracks: pd.DataFrame,
    characters: pd.DataFrame,
    sprites: dict[str, Sprite],
) -> dict:
    """What the page's script needs besides the appearances."""
    return {
        "shots": contents.shot_rows(shots),
        "sprites": {
            name: {"columns": sprite.columns, "rows": sprite.rows, "count": sprite.count}
            for name, sprite in sprites.items()
        },
        "cannot_links": np.searchsorted(characters["track"], find_cannot_links(tracks)).tolist(),
    }


main = as_command(report_movie)

if __name__ == "__main__":
    main()
