"""Embed the faces of a film by an adapted network."""

from pathlib import Path

from safetensors.torch import load_file

from workflow_scripts.adaptation.head import apply_head
from workflow_scripts.adaptation.network import load_head, split_state
from workflow_scripts.embedding.backbones import BACKBONES, Embedder
from workflow_scripts.stagekit.compute import make_deterministic, pick_device
from workflow_scripts.stagekit.console import InputError, logger, stage, stage_parser
from workflow_scripts.stagekit.crops import embed_archive
from workflow_scripts.stagekit.embeddings import read_embeddings, write_embeddings
from workflow_scripts.stagekit.files import provenance, sha256_file


def main(argv: list[str] | None = None) -> None:
    """Read pretrained embeddings, or crops where the backbone was trained too; write embeddings."""
    parser = stage_parser(__doc__)
    parser.add_argument("--embeddings", type=Path, required=True, help="pretrained")
    parser.add_argument("--faces", type=Path, help="the archive of crops, for a trained backbone")
    parser.add_argument("--model", choices=sorted(BACKBONES), required=True, help="the backbone")
    parser.add_argument("--weights", type=Path, required=True, help="adapted")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out-embeddings", type=Path, required=True)
    with stage(parser, argv) as args:
        make_deterministic(0, args.threads)
        head, backbone = split_state(load_file(args.weights))
        embeddings = read_embeddings(args.embeddings)
        if backbone:
            if args.faces is None:
                raise InputError(f"{args.weights}: holds a backbone, which needs --faces")
            embedder = Embedder(args.model, backbone, pick_device(args.device))
            detections = range(len(embeddings))
            name = str(args.out_embeddings)
            embeddings = embed_archive(embedder, args.faces, detections, name)
        adapted = apply_head(load_head(head), embeddings)
        record = provenance("embed_adapted", weights_sha256=sha256_file(args.weights))
        write_embeddings(args.out_embeddings, adapted, record)
        logger.info("%s: %d faces", args.out_embeddings, len(adapted))


if __name__ == "__main__":
    main()
