"""Apply what people said of a film's characters, and say of each correction whether it holds."""

from pathlib import Path
from typing import NamedTuple

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.characters import count_characters
from castmap.clustering.film import pool_beside
from castmap.console import logger, tell_found
from castmap.corrections.anchors import place_corrections
from castmap.corrections.applied import corrected_table, describe_journal
from castmap.corrections.cuts import clusters_of_cut, cut_film, on_all_parts
from castmap.corrections.replay import edits_of
from castmap.formats.corrections import CUTS, active, read_journal
from castmap.formats.tables import (
    Clusters,
    Corrected,
    Detections,
    Examined,
    Frames,
    Shots,
    Tracks,
)
from castmap.stages.arguments import ByModel, Embeddings, Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    corrected: Corrected
    corrected_tracks: Tracks
    corrected_shots: Shots
    journal: Json


def correct_characters(
    movie: Json,
    frames: Frames,
    shots: Shots,
    examined: Examined,
    detections: Detections,
    tracks: Tracks,
    embeddings: ByModel[Embeddings],
    clusters: Clusters,
    calibration: Json,
    choice: Json,
    corrections: Path | None,
    *,
    calibration_model: str,
) -> Output:
    """Apply what people said of a film's characters, and say of each correction whether it holds.

    Tracks are cut first; what else was said is said of what is left of them. Without corrections
    characters, tracks and shots are those that castmap found. A line of the file that cannot
    be read, or a face that is in no track today, is reported and kept.

    Args:
        movie: what is known of the film's file.
        frames: of the film.
        shots: of the film, as found.
        examined: the frames that were searched for faces.
        detections: the faces.
        tracks: of the film, as found.
        embeddings: of each model; row i for detection i.
        clusters: by the chosen model.
        calibration: of the chosen model.
        choice: which model was chosen.
        corrections: the file of the film's corrections, if there is one.
        calibration_model: the pretrained one, which stands beside the chosen one.
    """
    content = corrections.read_bytes() if corrections else b""
    said = read_journal(content)
    faults = [f"{corrections}: {fault}" for fault in said.faults]
    size = (movie["width"] or 1, movie["height"] or 1)
    held = active(said.corrections)
    cut = cut_film([row for row in held if row.action in CUTS], tracks, shots, frames, *size)
    clusters = clusters_of_cut(clusters, cut, frames, examined)
    others = [row for row in held if row.action not in CUTS]
    placed = place_corrections(others, clusters["track"], cut.tracks, *size)
    corrected = clusters.assign(name=None, corrected=False).astype({"name": object})
    if held and len(clusters):
        vectors = pool_beside(
            cut.tracks, detections, embeddings, choice["model"], calibration_model
        )
        corrected = corrected_table(
            clusters,
            cut.tracks,
            cosine_distances(vectors),
            edits_of(on_all_parts(placed, cut.parts, clusters["track"].tolist())),
            calibration["carried_stop_distance"],
            was_cut=bool(cut.outcomes),
        )
    journal = describe_journal(said, placed, cut.outcomes, corrected, clusters)
    for fault in faults:
        logger.warning("%s", fault)
    tell_found(people=count_characters(corrected))
    logger.info("corrections: %s", journal["counts"] or "none")
    text = content.decode("utf-8-sig", errors="replace")
    return Output(corrected, cut.tracks, cut.shots, journal | {"text": text, "faults": faults})


main = as_command(correct_characters)

if __name__ == "__main__":
    main()
