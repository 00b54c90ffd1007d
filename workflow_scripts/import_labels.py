"""Turn labels that another tool wrote into a film's labels: who is where in which frame."""

from pathlib import Path

import pandas as pd

from workflow_scripts.formats.kit_tracks import read_shots, read_tracks
from workflow_scripts.formats.label_importers import READERS, faces_of_tracks
from workflow_scripts.formats.tables import TRUE_FACES, TRUE_SHOTS
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.files import write_csv

_KIT = "kit"


def main(argv: list[str] | None = None) -> None:
    """Read one file of labels; write faces.csv, and shots.csv where the labels have shots."""
    parser = stage_parser(__doc__)
    parser.add_argument("--format", choices=[*READERS, _KIT], required=True)
    parser.add_argument("--faces", type=Path, required=True, help="the file of the other tool")
    parser.add_argument("--shots", type=Path, help="kit only: the .videvents file")
    parser.add_argument("--out-labels", type=Path, required=True, help="the film's labels folder")
    with stage(parser, argv) as args:
        try:
            faces, n_frames = _read_faces(args.format, args.faces)
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{args.faces}: not {args.format} labels: {error}") from error
        write_csv(args.out_labels / "faces.csv", TRUE_FACES, faces)
        logger.info(
            "%s: %d boxes of %d people", args.out_labels, len(faces), faces["person"].nunique()
        )
        if args.shots:
            try:
                shots = read_shots(args.shots.read_text(encoding="utf-8"), n_frames)
            except ValueError as error:
                raise InputError(f"{args.shots}: {error}") from error
            write_csv(args.out_labels / "shots.csv", TRUE_SHOTS, shots[TRUE_SHOTS.columns])


def _read_faces(form: str, path: Path) -> tuple[pd.DataFrame, int]:
    """The labels, and how many frames they reach over."""
    if form == _KIT:
        with path.open("rb") as file:
            tracks, people = read_tracks(file)
        return faces_of_tracks(tracks, people), int(tracks["frame"].max()) + 1
    faces = READERS[form](path.read_text(encoding="utf-8"))
    return faces, int(faces["end_frame"].max()) if len(faces) else 0


if __name__ == "__main__":
    main()
