"""Build a demo film and its labels from an edit list and the footage it names."""

from pathlib import Path
from typing import NamedTuple

import av
import cv2
import yaml

from castmap.console import InputError, progress
from castmap.demo.edits import FPS, FRAME_SIZE, EditError, Shot, read_clips, read_film
from castmap.demo.rendering import render_film
from castmap.demo.truth import Placed, place_shots, true_faces, true_shots
from castmap.files.whole import replacing
from castmap.formats.tables import TrueFaces, TrueShots
from castmap.stages.arguments import NewFile
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes, beside the film."""

    shots: TrueShots
    faces: TrueFaces


def build_demo_films(
    edits: Path,
    clips: Path,
    footage: list[Path],
    film: NewFile,
    *,
    first_shots: int | None = None,
) -> Output:
    """Build a demo film and its labels from an edit list and the footage it names.

    Args:
        edits: the film's edit list, YAML.
        clips: the description of the footage, YAML.
        footage: the files that clips are cut from.
        film: MP4.
        shots: the true shots.
        faces: the true faces.
        first_shots: build only so many.
    """
    cv2.setNumThreads(1)
    placed = place_shots(_read(edits, clips)[:first_shots])
    files = {path.name: path for path in footage}
    if missing := sorted({shot.shot.clip.file for shot in placed} - set(files)):
        raise InputError(f"the footage lacks {missing}; `make demo-films` fetches it")
    with replacing(film) as partial:
        _write_film(partial, placed, files, edits.stem)
    return Output(true_shots(placed), true_faces(placed))


def _read(edits: Path, clips: Path) -> list[Shot]:
    try:
        footage = read_clips(yaml.safe_load(clips.read_text(encoding="utf-8")))
        return read_film(yaml.safe_load(edits.read_text(encoding="utf-8")), footage)
    except EditError as error:
        raise InputError(f"{edits}: {error}") from error


def _write_film(path: Path, film: list[Placed], footage: dict[str, Path], name: str) -> None:
    # One encoder thread: more of them change the bytes.
    options = {"crf": "24", "preset": "superfast", "threads": "1"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = FRAME_SIZE
        stream.pix_fmt = "yuv420p"
        frames = render_film(film, lambda file: av.open(str(footage[file])))
        for picture in progress(frames, film[-1].end_frame, "frames", f"{name}: building"):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


main = as_command(build_demo_films)

if __name__ == "__main__":
    main()
