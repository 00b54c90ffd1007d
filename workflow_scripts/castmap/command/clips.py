"""Cut a character's appearances out of a film, without encoding it again.

CHARACTER is a name or a number, as on the film's page. The clips are in
results/exports/MOVIE/clips/, in a folder of the character, with the film's own picture and sound.

A clip can only begin at a key frame of the film, so it begins earlier than the appearance: in most
films by up to some seconds. It ends a few frames late at most. Appearances without a key frame
between them are in one clip. clips.csv beside the clips says what each shows from when to when, to
the millisecond, and where in it the appearances are. `castmap forget MOVIE` deletes the clips.

    castmap clips heat "Neil McCauley"
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import av.error
import pandas as pd

from castmap.command.repository import (
    check_known,
    films_of,
    read_config,
    run_snakemake,
    typed_name,
)
from castmap.console import InputError, shown
from castmap.exports.cast import cast_map, label_characters
from castmap.exports.edl import name_of_list
from castmap.files.results import read_json, read_table, write_csv
from castmap.files.whole import replacing
from castmap.formats.label_names import fold_name
from castmap.formats.tables import CHARACTERS, CLIPS, FRAMES, rows_of
from castmap.video.clipping import (
    Clip,
    ClipError,
    check_times,
    copy_clip,
    plan_clips,
    read_packets,
)
from castmap.video.decoding import NotAFilmError

_LIST = "clips.csv"
_FIX = (
    "make a copy that can be cut, and run castmap on the copy: ffmpeg -i FILM -c copy COPY.mkv; if "
    "the same is said of the copy, without -c copy"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap clips` takes."""
    parser.add_argument("movie", type=typed_name, metavar="MOVIE", help="the name of a film")
    parser.add_argument("character", metavar="CHARACTER", help="a name, or a number: C01")
    parser.add_argument("--cores", default="all", metavar="N", help="a number, or all (default)")


def run(args: argparse.Namespace) -> int:
    """Make the film's cast map, cut the clips and print where they are."""
    films = films_of(read_config())
    check_known([args.movie], films)
    cast = f"results/exports/{args.movie}/cast_map.csv"
    status = run_snakemake([cast], "--cores", args.cores, output=sys.stderr)
    if not status:
        print(cut_clips(args.movie, Path(films[args.movie].path), args.character))
    return status


def cut_clips(movie: str, film: Path, character: str) -> str:
    """Cut a character's appearances out of a film that has results.

    Args:
        movie: the film's name.
        film: the video file.
        character: see find_character.

    Returns:
        What was made, and in a line of its own the folder.

    Raises:
        InputError: the character is unknown, or the film cannot be cut.
    """
    results = Path("results", movie)
    cast = cast_map(read_table(results / "characters.parquet", CHARACTERS))
    labels = label_characters(cast)
    number = find_character(character, labels, movie)
    own = cast[cast["character"] == number]
    folder = Path(
        "results/exports", movie, "clips", Path(name_of_list(number, labels[number])).stem
    )
    try:
        stream = read_json(results / "movie.json")["video_stream"]
        packets = read_packets(film, stream)
        check_times(packets, read_table(results / "frames.parquet", FRAMES)["time_s"].to_numpy())
        clips = plan_clips(packets, zip(own["start_s"], own["end_s"], strict=True))
        names = [f"{folder.name}_{place:04d}{film.suffix}" for place in range(1, len(clips) + 1)]
        _remove_clips(folder)
        for clip, name in zip(clips, names, strict=True):
            with replacing(folder / name) as partial:
                copy_clip(film, stream, packets, clip, partial)
    except ClipError as error:
        raise InputError(f"{shown(film)} {error}; {_FIX}") from error
    except (NotAFilmError, av.error.FFmpegError) as error:
        raise InputError(f"{shown(film)} cannot be read: {error}") from error
    listed = list_clips(own, clips, names)
    write_csv(folder / _LIST, CLIPS, listed)
    return _summary(labels[number], listed, folder)


def find_character(text: str, labels: Mapping[str, str], movie: str) -> str:
    """The number of the character that somebody means, whatever the case and the spaces.

    Args:
        text: a number or a label.
        labels: of each character.
        movie: the film's name.

    Raises:
        InputError: it is nobody's; the message lists all.
    """
    wanted = fold_name(text)
    for number, label in labels.items():
        if wanted in (fold_name(label), fold_name(number)):
            return number
    known = ", ".join(map(shown, labels.values()))
    others = f"the characters are {known}" if labels else "no character was found in it"
    raise InputError(f"nobody in {movie} is called {shown(text)}; {others}")


def list_clips(own: pd.DataFrame, clips: Sequence[Clip], names: Sequence[str]) -> pd.DataFrame:
    """The CLIPS table: of each appearance, which clip shows it, and where.

    Args:
        own: CAST_MAP rows of the character.
        clips: in order of time, which show all of them.
        names: of the clips' files.
    """
    rows = []
    for row in rows_of(own):
        place = next(i for i, clip in enumerate(clips) if row.start_s < clip.end_s)
        clip = clips[place]
        in_clip_s = row.start_s - clip.start_s
        shows = (names[place], clip.start_s, clip.end_s)
        rows.append((*shows, row.track, row.start_s, row.end_s, in_clip_s))
    return CLIPS.validate(pd.DataFrame(rows, columns=CLIPS.columns)).round(3)


def _remove_clips(folder: Path) -> None:
    """Remove what an earlier call left: the character may have had more appearances."""
    for path in [folder / _LIST, *folder.glob(f"{folder.name}_*")]:
        path.unlink(missing_ok=True)


def _summary(label: str, listed: pd.DataFrame, folder: Path) -> str:
    clips = listed.groupby("clip").agg(
        early=("in_clip_s", "min"), end=("end_s", "max"), clip_end=("clip_end_s", "first")
    )
    early, late = clips["early"].max(), (clips["clip_end"] - clips["end"]).max()
    return (
        f"{len(clips)} clips with {len(listed)} appearances of {shown(label)}; they begin up to "
        f"{max(early, 0):.2f} s early and end up to {max(late, 0):.2f} s late ({_LIST} says which)"
        f"\n{folder}"
    )
