"""Embed the aligned crop of every detection of a film."""

from pathlib import Path

from workflow_scripts.embedding.backbones import BACKBONES, Embedder
from workflow_scripts.formats.tables import DETECTIONS
from workflow_scripts.stagekit.compute import make_deterministic, pick_device
from workflow_scripts.stagekit.console import stage, stage_parser
from workflow_scripts.stagekit.crops import embed_archive
from workflow_scripts.stagekit.embeddings import write_embeddings
from workflow_scripts.stagekit.files import provenance, read_table
from workflow_scripts.stagekit.pretrained import hash_pretrained, read_pretrained
from workflow_scripts.stagekit.unfinished import Unfinished


def main(argv: list[str] | None = None) -> None:
    """Run the stage."""
    parser = stage_parser(__doc__)
    parser.add_argument("--detections", type=Path, required=True)
    parser.add_argument("--faces", type=Path, required=True, help="the archive of crops")
    parser.add_argument("--model", choices=sorted(BACKBONES), required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out-embeddings", type=Path, required=True)
    with stage(parser, argv) as args:
        make_deterministic(args.seed, args.threads)
        detections = read_table(args.detections, DETECTIONS)["detection"].tolist()
        embedder = Embedder(
            args.model, read_pretrained(args.weights, args.model), pick_device(args.device)
        )
        record = provenance(
            "embed_faces",
            model=args.model,
            weights_sha256=hash_pretrained(args.weights, args.model),
        )
        inputs = [args.detections, args.faces]
        unfinished = Unfinished(args.out_embeddings, args, record, inputs)
        name = str(args.out_embeddings)
        rows = embed_archive(embedder, args.faces, detections, name, unfinished)
        write_embeddings(args.out_embeddings, rows, record)
        unfinished.remove()


if __name__ == "__main__":
    main()
