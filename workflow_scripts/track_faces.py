"""Follow each face through its shot."""

from typing import NamedTuple

from castmap.console import logger
from castmap.formats.tables import Detections, Examined, Frames, Shots, Tracks
from castmap.stages.arguments import Embeddings
from castmap.stages.command_line import as_command
from castmap.tracks.tracking import TrackLimits, build_tracks


class Output(NamedTuple):
    """What the stage makes."""

    tracks: Tracks


def track_faces(
    frames: Frames,
    shots: Shots,
    examined: Examined,
    detections: Detections,
    embeddings: Embeddings,
    *,
    limits: TrackLimits,
) -> Output:
    """Follow each face through its shot.

    Args:
        frames: of the film.
        shots: of the film; no track leaves its shot.
        examined: the frames that were searched for faces.
        detections: the faces.
        embeddings: row i for detection i, for the purity guard.
        limits: which tracks are kept.
    """
    tracks = build_tracks(detections, embeddings, shots, frames, examined, limits)
    logger.info(
        "%d tracks of %d of %d faces",
        tracks["track"].nunique(),
        (~tracks["interpolated"]).sum(),
        len(detections),
    )
    return Output(tracks)


main = as_command(track_faces)

if __name__ == "__main__":
    main()
