"""Build a demo film and its labels from an edit list and the footage it names."""

from pathlib import Path

import av
import cv2
import yaml

from castmap.console import InputError, progress
from castmap.demo.edits import FPS, FRAME_SIZE, EditError, Shot, read_clips, read_film
from castmap.demo.rendering import render_film
from castmap.demo.truth import Placed, place_shots, true_faces, true_shots
from castmap.files.results import write_csv
from castmap.files.whole import replacing
from castmap.formats.tables import TRUE_FACES, TRUE_SHOTS
from castmap.stages.process import stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Build one film."""
    parser = stage_parser(__doc__)
    parser.add_argument("--edits", type=Path, required=True, help="the film's edit list, YAML")
    parser.add_argument("--clips", type=Path, help="default: clips.yaml beside the edit list")
    parser.add_argument("--footage-folder", type=Path, required=True)
    parser.add_argument("--out-film", type=Path, required=True)
    parser.add_argument("--out-shots", type=Path, required=True)
    parser.add_argument("--out-faces", type=Path, required=True)
    parser.add_argument("--first-shots", type=int, help="build only the first N shots")
    with stage(parser, argv) as args:
        cv2.setNumThreads(1)
        shots = _read(args.edits, args.clips or args.edits.with_name("clips.yaml"))
        film = place_shots(shots[: args.first_shots])
        _check_footage(film, args.footage_folder)
        with replacing(args.out_film) as partial:
            _write_film(partial, film, args.footage_folder, args.edits.stem)
        write_csv(args.out_shots, TRUE_SHOTS, true_shots(film))
        write_csv(args.out_faces, TRUE_FACES, true_faces(film))


def _read(edits: Path, clips: Path) -> list[Shot]:
    try:
        footage = read_clips(yaml.safe_load(clips.read_text(encoding="utf-8")))
        return read_film(yaml.safe_load(edits.read_text(encoding="utf-8")), footage)
    except EditError as error:
        raise InputError(f"{edits}: {error}") from error


def _check_footage(film: list[Placed], folder: Path) -> None:
    missing = sorted(
        {placed.shot.clip.file for placed in film} - {p.name for p in folder.glob("*")}
    )
    if missing:
        raise InputError(f"{folder} lacks {missing}; `make demo-films` fetches the footage")


def _write_film(path: Path, film: list[Placed], footage: Path, name: str) -> None:
    # One encoder thread: more of them change the bytes.
    options = {"crf": "24", "preset": "superfast", "threads": "1"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = FRAME_SIZE
        stream.pix_fmt = "yuv420p"
        frames = render_film(film, lambda file: av.open(str(footage / file)))
        for picture in progress(frames, film[-1].end_frame, "frames", f"{name}: building"):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


if __name__ == "__main__":
    main()
