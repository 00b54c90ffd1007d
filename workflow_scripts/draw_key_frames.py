"""Draw a small picture of each shot: the frame in its middle."""

import zipfile
from pathlib import Path

from castmap.files.whole import replacing
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import Shots
from castmap.shots.key_frames import draw_pictures
from castmap.stages.arguments import Json, NewFile
from castmap.stages.command_line import as_command


def draw_key_frames(movie: Json, shots: Shots, pictures: NewFile, *, film: Path) -> None:
    """Draw a small picture of each shot: the frame in its middle.

    Args:
        movie: what probe_movie found out about the film.
        shots: of the film.
        pictures: the archive to write.
        film: the video file; it is decoded once.
    """
    with replacing(pictures) as partial, zipfile.ZipFile(partial, "w") as archive:
        if len(shots):
            for shot, picture in enumerate(draw_pictures(film, movie, shots)):
                add_crop(archive, shot, picture)


main = as_command(draw_key_frames)

if __name__ == "__main__":
    main()
