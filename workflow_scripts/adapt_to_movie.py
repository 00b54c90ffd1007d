"""Adapt a pretrained face embedding to one film, by its own weak labels alone, by each method.

Beside the network that has learnt from the whole film, one is trained for each fold of its tracks
that has not seen the fold, and embeds it: so every track is judged by what has not learnt from it.
A stage that is killed goes on from its last checkpoint; none is removed before all is written.
"""

from argparse import Namespace
from pathlib import Path

import numpy as np
import torch

from castmap.adaptation.adapting import (
    ALL_METHODS,
    Adapted,
    FilmFiles,
    adapt,
    adapting_parser,
    describe_training,
    read_film,
    threads_of_each,
    write_adapted,
)
from castmap.adaptation.learning import CheckpointFile
from castmap.adaptation.network import HEAD
from castmap.adaptation.weak_labels import FilmLabels, without_tracks
from castmap.compute.devices import make_deterministic
from castmap.formats.embeddings import write_embeddings
from castmap.stages.process import stage

_BATCH = 64


def main(argv: list[str] | None = None) -> None:
    """Read a film's weak labels; write adapted weights, losses, and cross-fitted embeddings."""
    parser = adapting_parser(__doc__)
    parser.add_argument("--movie", required=True, help="its name")
    for name in FilmFiles._fields:
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=Path, required=name != "faces")
    parser.add_argument("--methods", nargs="+", choices=ALL_METHODS, required=True)
    for name in ("weights", "history", "cross-fitted"):
        parser.add_argument(
            f"--out-{name}", nargs="+", type=Path, required=True, help="one per method"
        )
    with stage(parser, argv) as args:
        make_deterministic(args.seed, threads_of_each(args))
        files = FilmFiles(*(getattr(args, name) for name in FilmFiles._fields))
        if args.trainable == HEAD:
            files = files._replace(faces=None)
        film, folds = read_film(files, args)
        checkpoints = []
        outputs = zip(args.out_weights, args.out_history, args.out_cross_fitted, strict=True)
        for method, (weights, history, cross_fitted) in zip(args.methods, outputs, strict=True):
            sources = ({args.movie: film}, {args.movie: files})
            record = describe_training("adapt_to_movie", method, args, *sources)
            whole = adapt(method, args, [film], [files.faces], record)
            rows, parts = _cross_fit(method, args, film, folds, record)
            write_embeddings(cross_fitted, rows, record)
            write_adapted(weights, history, whole, record)
            checkpoints += [whole.checkpoint, *parts]
        for checkpoint in checkpoints:
            checkpoint.remove()


def _cross_fit(
    method: str, args: Namespace, film: FilmLabels, folds: list[np.ndarray], record: dict
) -> tuple[np.ndarray, list[CheckpointFile]]:
    """Float32 [n, d]: each face by a network that has not learnt from its fold; its checkpoints."""
    rows, checkpoints = film.embeddings.copy(), []
    archive = None if args.trainable == HEAD else args.faces
    for number, tracks in enumerate(folds):
        faces = film.tracklets.loc[film.tracklets["track"].isin(tracks), "detection"]
        rest = without_tracks(film, tracks)
        adapted = adapt(method, args, [rest], [archive], record | {"fold": number})
        rows[faces] = _embed(adapted, faces.to_numpy(copy=True))
        checkpoints.append(adapted.checkpoint)
    return rows, checkpoints


@torch.inference_mode()
def _embed(adapted: Adapted, rows: np.ndarray) -> np.ndarray:
    """Float32 [n, d] of these rows."""
    parts = np.array_split(rows, -(-len(rows) // _BATCH)) if len(rows) else [rows]
    return np.concatenate([adapted.network(adapted.inputs(part)).numpy() for part in parts])


if __name__ == "__main__":
    main()
