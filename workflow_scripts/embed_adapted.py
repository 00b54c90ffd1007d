"""Embed the faces of a film by adapted networks, one after the other."""

from argparse import Namespace
from pathlib import Path

import numpy as np

from castmap.adaptation.head import apply_head
from castmap.adaptation.network import load_head, split_state
from castmap.catalogues import BACKBONES
from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import InputError, logger
from castmap.embedding.networks import load_embedder
from castmap.files.hashing import sha256_file
from castmap.formats.embeddings import read_embeddings, write_embeddings
from castmap.formats.weights import WeightsError, load_sealed
from castmap.stages.crops import embed_archive
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.stages.unfinished import Unfinished


def main(argv: list[str] | None = None) -> None:
    """Read pretrained embeddings, or crops where the backbone was trained too; write embeddings."""
    parser = stage_parser(__doc__)
    parser.add_argument("--embeddings", type=Path, required=True, help="pretrained")
    parser.add_argument("--faces", type=Path, help="the archive of crops, for a trained backbone")
    parser.add_argument("--model", choices=BACKBONES.members, required=True, help="the backbone")
    parser.add_argument("--weights", nargs="+", type=Path, required=True, help="adapted")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out-embeddings", nargs="+", type=Path, required=True, help="likewise")
    with stage(parser, argv) as args:
        make_deterministic(0, args.threads)
        pretrained = read_embeddings(args.embeddings)
        for weights, out in zip(args.weights, args.out_embeddings, strict=True):
            record = provenance("embed_adapted", weights_sha256=sha256_file(weights))
            inputs = [args.embeddings, *filter(None, [args.faces])]
            unfinished = Unfinished(out, args, record, inputs)
            adapted = _embed(weights, pretrained, str(out), args, unfinished)
            write_embeddings(out, adapted, record)
            unfinished.remove()
            logger.info("%s: %d faces", out, len(adapted))


def _embed(
    weights: Path, embeddings: np.ndarray, name: str, args: Namespace, unfinished: Unfinished
) -> np.ndarray:
    """Float32 [n, d] of all faces; ``embeddings`` are the pretrained ones."""
    try:
        head, backbone = split_state(load_sealed(weights)[0])
    except WeightsError as error:
        raise InputError(str(error)) from error
    if backbone:
        if args.faces is None:
            raise InputError(f"{weights}: holds a backbone, which needs --faces")
        embedder = load_embedder(args.model, backbone, pick_device(args.device))
        embeddings = embed_archive(embedder, args.faces, range(len(embeddings)), name, unfinished)
    return apply_head(load_head(head), embeddings)


if __name__ == "__main__":
    main()
