"""Adapt a pretrained face embedding to one film, by its own weak labels alone.

Beside the network that has learnt from the whole film, one is trained for each fold of its tracks
that has not seen the fold, and embeds it: so every track is judged by what has not learnt from it.
"""

from pathlib import Path

import numpy as np
import torch

from workflow_scripts.adaptation.network import HEAD
from workflow_scripts.adaptation.weak_labels import without_tracks
from workflow_scripts.stagekit.adapting import (
    Adapted,
    FilmFiles,
    adapt,
    adapting_parser,
    describe_training,
    read_film,
    threads_of_each,
    write_adapted,
)
from workflow_scripts.stagekit.compute import make_deterministic
from workflow_scripts.stagekit.console import stage
from workflow_scripts.stagekit.embeddings import write_embeddings

_BATCH = 64


def main(argv: list[str] | None = None) -> None:
    """Read a film's weak labels; write adapted weights, losses, and cross-fitted embeddings."""
    parser = adapting_parser(__doc__)
    parser.add_argument("--movie", required=True, help="its name")
    for name in FilmFiles._fields:
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, type=Path, required=name != "faces")
    parser.add_argument("--out-cross-fitted", type=Path, required=True)
    with stage(parser, argv) as args:
        make_deterministic(args.seed, threads_of_each(args))
        files = FilmFiles(*(getattr(args, name) for name in FilmFiles._fields))
        if args.trainable == HEAD:
            files = files._replace(faces=None)
        film, folds = read_film(files, args)
        record = describe_training("adapt_to_movie", args, {args.movie: film}, {args.movie: files})
        whole = adapt(args, [film], [files.faces], record)
        cross_fitted = film.embeddings.copy()
        for number, tracks in enumerate(folds):
            faces = film.tracklets.loc[film.tracklets["track"].isin(tracks), "detection"]
            rest = without_tracks(film, tracks)
            part = adapt(args, [rest], [files.faces], record | {"fold": number})
            cross_fitted[faces] = _embed(part, faces.to_numpy(copy=True))
        write_embeddings(args.out_cross_fitted, cross_fitted, record)
        write_adapted(args, whole, record)


@torch.inference_mode()
def _embed(adapted: Adapted, rows: np.ndarray) -> np.ndarray:
    """Float32 [n, d] of these rows."""
    parts = np.array_split(rows, -(-len(rows) // _BATCH)) if len(rows) else [rows]
    return np.concatenate([adapted.network(adapted.inputs(part)).numpy() for part in parts])


if __name__ == "__main__":
    main()
