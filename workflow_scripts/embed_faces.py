"""Embed the aligned crop of every detection of a film."""

import math
import zipfile
from pathlib import Path

import numpy as np
from safetensors.torch import load_file

from workflow_scripts.embedding.backbones import BACKBONES, Embedder
from workflow_scripts.formats.face_archive import read_batches
from workflow_scripts.formats.tables import DETECTIONS
from workflow_scripts.stagekit.compute import make_deterministic, pick_device
from workflow_scripts.stagekit.console import progress, stage, stage_parser
from workflow_scripts.stagekit.embeddings import write_embeddings
from workflow_scripts.stagekit.files import provenance, read_table, sha256_file

_BATCH = 32


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
        embedder = Embedder(args.model, load_file(args.weights), pick_device(args.device))
        rows = [np.zeros((0, embedder.dimension), np.float32)]
        with zipfile.ZipFile(args.faces) as archive:
            batches = read_batches(archive, detections, _BATCH)
            total = math.ceil(len(detections) / _BATCH)
            what = f"{args.out_embeddings}: embedding {len(detections)} faces, {_BATCH} at a time"
            rows += [embedder.embed(crops) for crops in progress(batches, total, "batches", what)]
        record = provenance(
            "embed_faces", model=args.model, weights_sha256=sha256_file(args.weights)
        )
        write_embeddings(args.out_embeddings, np.concatenate(rows), record)


if __name__ == "__main__":
    main()
