"""Adapt a pretrained face embedding to the corpus, by the weak labels of its films alone.

The first fold of each film's tracks is not learnt from: it is there to judge by. Method centring
learns nothing: the head only moves the mean face of the films to the centre. Films that lack what a
method learns from give the same, and the record says why. A training that is killed goes on from
its last checkpoint.
"""

from pathlib import Path

from castmap.adaptation.adapting import (
    ALL_METHODS,
    FilmFiles,
    adapt,
    adapting_parser,
    describe_training,
    read_film,
    threads_of_each,
    write_adapted,
)
from castmap.adaptation.network import HEAD
from castmap.adaptation.weak_labels import without_tracks
from castmap.compute.devices import make_deterministic
from castmap.console import InputError
from castmap.stages.process import stage

_PER_MOVIE = ("embeddings", "tracklets", "cooccurrence", "hard_examples")


def main(argv: list[str] | None = None) -> None:
    """Read the weak labels of films; write the adapted weights and the losses of the training."""
    parser = adapting_parser(__doc__)
    parser.add_argument("--method", choices=ALL_METHODS, required=True)
    parser.add_argument("--out-weights", type=Path, required=True)
    parser.add_argument("--out-history", type=Path, required=True)
    parser.add_argument("--movies", nargs="+", required=True, help="names of the films")
    for name in (*_PER_MOVIE, "faces"):
        option = "--" + name.replace("_", "-")
        parser.add_argument(option, nargs="*", type=Path, default=[], help="one file per film")
    with stage(parser, argv) as args:
        make_deterministic(args.seed, threads_of_each(args))
        names = _PER_MOVIE if args.trainable == HEAD else (*_PER_MOVIE, "faces")
        for name in names:
            if len(getattr(args, name)) != len(args.movies):
                raise InputError(
                    f"--{name.replace('_', '-')}: {len(getattr(args, name))} files for "
                    f"{len(args.movies)} films; give one per film of --movies, in the same order"
                )
        faces = args.faces if args.trainable != HEAD else [None] * len(args.movies)
        columns = (*(getattr(args, name) for name in _PER_MOVIE), faces)
        files = dict(zip(args.movies, map(FilmFiles, *columns), strict=True))
        films = {}
        for movie, paths in files.items():
            film, folds = read_film(paths, args)
            films[movie] = without_tracks(film, folds[0])
        record = describe_training("adapt_embedding", args.method, args, films, files)
        adapted = adapt(args.method, args, list(films.values()), faces, record)
        write_adapted(args.out_weights, args.out_history, adapted, record)
        adapted.checkpoint.remove()


if __name__ == "__main__":
    main()
