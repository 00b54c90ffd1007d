"""Follow each face through its shot."""

from dataclasses import asdict
from pathlib import Path

from workflow_scripts.formats.tables import DETECTIONS, FRAMES, SHOTS, TRACKS
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.embeddings import read_embeddings
from workflow_scripts.stagekit.files import provenance, read_table, write_table
from workflow_scripts.tracks.tracking import TrackLimits, build_tracks


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--shots", type=Path, required=True)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--embeddings", type=Path, required=True, help="for the purity guard")
    parser.add_argument("--every-nth-frame", type=int, required=True)
    parser.add_argument("--min-faces", type=int, required=True)
    parser.add_argument("--min-best-score", type=float, required=True)
    parser.add_argument("--max-gap-s", type=float, required=True)
    parser.add_argument("--min-similarity", type=float, required=True)
    parser.add_argument("--out-tracks", type=Path, required=True)
    with stage(parser, argv) as args:
        limits = TrackLimits(
            args.min_faces, args.min_best_score, args.max_gap_s, args.min_similarity
        )
        detections = read_table(args.detections, DETECTIONS)
        tracks = build_tracks(
            detections,
            read_embeddings(args.embeddings),
            read_table(args.shots, SHOTS),
            read_table(args.frames, FRAMES),
            args.every_nth_frame,
            limits,
        )
        record = provenance("track_faces", every_nth_frame=args.every_nth_frame, **asdict(limits))
        write_table(args.out_tracks, TRACKS, tracks, record)
        logger.info(
            "%s: %d tracks of %d of %d faces",
            args.out_tracks,
            tracks["track"].nunique(),
            (~tracks["interpolated"]).sum(),
            len(detections),
        )


if __name__ == "__main__":
    main()
