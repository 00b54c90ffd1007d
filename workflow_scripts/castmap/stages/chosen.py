"""The embedding that clusters a film, among those of all models."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

import numpy as np

from castmap.files.results import read_json
from castmap.formats.embeddings import read_embeddings


def add_models(parser: ArgumentParser) -> None:
    """Let a stage be told the embeddings of all models, and which was chosen."""
    parser.add_argument("--choice", type=Path, required=True)
    parser.add_argument("--models", nargs="+", required=True, help="the pretrained one first")
    parser.add_argument("--embeddings", nargs="+", type=Path, required=True, help="one per model")


def read_chosen(args: Namespace) -> np.ndarray:
    """The chosen model's embeddings, as read_embeddings gives them."""
    files = dict(zip(args.models, args.embeddings, strict=True))
    return read_embeddings(files[read_json(args.choice)["model"]])
