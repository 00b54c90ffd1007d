"""Write a film's cast map, and its faces, for people and in the formats of other programs."""

import os
from pathlib import Path

from castmap.catalogues import EXPORTS
from castmap.console import logger
from castmap.exports.film import Film
from castmap.faces.redaction import Redaction
from castmap.formats.tables import Characters, Detections, Examined, Frames, Shots, Tracks
from castmap.stages.arguments import Job, Json, NewFiles
from castmap.stages.command_line import as_command


def export_movie(
    movie: Json,
    frames: Frames,
    examined: Examined,
    shots: Shots,
    detections: Detections,
    faces: Path,
    tracks: Tracks,
    characters: Characters,
    exports: NewFiles,
    job: Job,
    *,
    film: Path,
    show_faces: Redaction,
) -> None:
    """Write a film's cast map, and its faces, for people and in the formats of other programs.

    Args:
        movie: movie.json of the film.
        frames: of the film.
        examined: the frames that were searched for faces.
        shots: of the film.
        detections: the faces.
        faces: the archive of their crops.
        tracks: of the faces.
        characters: whose each track is.
        exports: the files to write, in one folder; each is written by the export that declares it.
        job: what this stage is told about itself.
        film: the video file; exports name it, and it is not read.
        show_faces: how the thumbnails show faces.
    """
    paths = {path.name: path for path in exports}
    file = Path(os.path.relpath(film, exports[0].parent)).as_posix()
    exported = Film(
        info=movie,
        file=file,
        frames=frames,
        examined=examined,
        shots=shots,
        detections=detections,
        tracks=tracks,
        characters=characters,
        face_crops=faces,
        show_faces=show_faces,
        record=job.record,
    )
    for member in EXPORTS.members.values():
        member.load().write(exported, *[paths[name] for name in member.declared["files"]])
    logger.info("%s: %d appearances", exports[0].parent, len(exported.cast))


main = as_command(export_movie)

if __name__ == "__main__":
    main()
