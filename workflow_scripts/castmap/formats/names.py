"""Names of films that folders and URLs can hold, and any text as one line.

A file may have any name, even bytes that are not text. Its film's name keeps the letters, marks and
digits of every script and nothing else, so it is the same on every disk, in a URL, in a shell and
in a pattern of Snakemake's.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Iterable

FILM_SUFFIXES = (
    ".3gp",
    ".avi",
    ".flv",
    ".m2ts",
    ".m4v",
    ".mkv",
    ".mov",
    ".mp4",
    ".mpeg",
    ".mpg",
    ".mts",
    ".mxf",
    ".ogv",
    ".ts",
    ".vob",
    ".webm",
    ".wmv",
)
# Folders beside the films' own folders in results/.
RESERVED_NAMES = (
    "adaptation",
    "benchmarks",
    "code",
    "corpus",
    "exports",
    "find",
    "index",
    "logs",
    "people",
    "provenance",
    "report",
    "seals",
    "summary",
    "tables",
)
# Windows keeps these names for devices, with any ending.
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]")
# A file's name may have 255 bytes, of which temporary files and pages take some.
LONGEST_NAME = 200
_HASH_DIGITS = 8
# Snakemake refuses such a name, for it may come from a loop.
_PERIODIC = re.compile(r"(.+)\1{19}$", re.DOTALL)
# Letters and marks that show nothing: joiners, fillers, and selectors of variants.
_UNSEEN = re.compile("[\u034f\u115f\u1160\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
# Control characters, line and paragraph separators, and what XML 1.0 cannot hold.
_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]+")
# Marks of direction: they let one name pass for another, and reorder the text around it.
_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")


def one_line(text: str) -> str:
    """Text that somebody typed, as every page and format can hold it.

    One line, without control characters, marks of direction and spaces at its ends; the bytes of a
    file's name that are no text become U+FFFD. For titles, names of characters, and file names in
    messages.

    Returns:
        The text; empty if nothing of it can be seen.
    """
    shown = _UNDECODABLE.sub("\ufffd", _DIRECTIONS.sub("", text))
    line = _BREAKING.sub(" ", shown).strip()
    seen = any(unicodedata.category(character)[0] not in "ZC" for character in line)
    return line if seen else ""


def first_hidden(text: str) -> str | None:
    """The first character that one_line would take out of the middle of a text; None if none is."""
    found = (kind.search(text) for kind in (_BREAKING, _DIRECTIONS, _UNDECODABLE))
    first = min(filter(None, found), key=re.Match.start, default=None)
    return first and first[0][0]


def shorten(text: str, longest: int = 60) -> str:
    """The start of a text for a message, on one line."""
    line = one_line(text[: 2 * longest])
    return f"{line[:longest]}..." if len(line) > longest or len(text) > 2 * longest else line


def is_movie_name(name: str) -> bool:
    """Whether a film can be called this: see movie_of_file."""
    return (
        _can_start(name)
        and unicodedata.is_normalized("NFC", name)
        and all(map(_is_kept, name))
        and not _UNSEEN.search(name)
        and _fits(name)
    )


def movie_of_file(file_name: str) -> str | None:
    """The name of the film in a video file, if no other film has it.

    The file's name without its ending, with ``_`` for all but letters, marks and digits of any
    script, ``_`` and ``-``, in Unicode's composed form. A name that results/, Windows or
    Snakemake could not hold is changed into one that they can; a name that is cut gets a hash.

    Args:
        file_name: without its folder; bytes that are no UTF-8 as surrogates, as os.listdir has
            them.

    Returns:
        A name that is_movie_name takes, and that gives itself again; None of a file whose ending
        is no film's.
    """
    stem, dot, suffix = file_name.rpartition(".")
    if not stem or f"{dot}{suffix}".lower() not in FILM_SUFFIXES:
        return None
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", unicodedata.normalize("NFC", stem)))
    kept = "".join(sign if _is_kept(sign) else " " for sign in text)
    movie = re.sub(" +", "_", kept).strip("_-") or "film"
    while not _can_start(movie):  # a mark has nothing to stand on
        movie = movie[1:].lstrip("_-") or "film"
    if _is_taken_by_systems(movie):
        movie = f"film_{movie}"
    return movie if _fits(movie) else name_with_hash(movie, file_name)


def fold_movie_name(name: str) -> str:
    """The same for two names that some disk takes for one: case and composition are ignored."""
    folded = unicodedata.normalize("NFD", name).casefold()
    return unicodedata.normalize("NFD", folded)


def name_films(
    file_names: Iterable[str],
    taken: Iterable[str],
    owner: Callable[[str], str | None] = lambda movie: None,
) -> dict[str, str]:
    """Give the film of each video file a name of its own.

    Of several files that would get one name, the one that has results under it keeps it; else the
    one that is spelled like it, else the first. To the others a hash of their file's name is
    appended, which depends on no other file.

    Args:
        file_names: without their folder; others than video files are left out.
        taken: names that no file can get.
        owner: of a name, the file that its results are of, if there are any.

    Returns:
        The film's name by file name, in order of the bytes of the file names.
    """
    names = {
        name: found
        for name in sorted(file_names, key=os.fsencode)
        if (found := movie_of_file(name)) is not None
    }

    def order(name: str) -> tuple[bool, bool]:
        movie = names[name]
        return owner(movie) != name, name.rpartition(".")[0] != movie

    used = set(map(fold_movie_name, taken))
    waiting = []
    shared = _shared(names.values())
    for name in sorted(names, key=order) if shared else names:
        if fold_movie_name(names[name]) in used:
            waiting.append(name)
        used.add(fold_movie_name(names[name]))
    for name in waiting:
        digits = _HASH_DIGITS
        while fold_movie_name(movie := name_with_hash(names[name], name, digits)) in used:
            digits += 1
        names[name] = movie
        used.add(fold_movie_name(movie))
    return names


def name_with_hash(
    name: str, key: str, digits: int = _HASH_DIGITS, longest: int = LONGEST_NAME
) -> str:
    """A name that a hash tells apart from others that would be the same.

    Args:
        name: what is kept, as far as there is room.
        key: what is hashed: a file's name or path.
        digits: of the hash, hexadecimal.
        longest: how many bytes the name may have.
    """
    ending = f"_{hashlib.sha256(os.fsencode(key)).hexdigest()[:digits]}"
    start = os.fsencode(name)[: longest - len(ending)].decode(errors="ignore")
    return f"{start.rstrip('_-')}{ending}"


def _shared(movies: Iterable[str]) -> bool:
    folded = list(map(fold_movie_name, movies))
    return len(set(folded)) < len(folded)


def _is_kept(sign: str) -> bool:
    return sign in "_-" or unicodedata.category(sign)[0] in "LMN"


def _can_start(text: str) -> bool:
    return bool(text) and unicodedata.category(text[0])[0] in "LN"


def _is_taken_by_systems(movie: str) -> bool:
    return movie.casefold() in RESERVED_NAMES or bool(_DEVICES.fullmatch(movie.casefold()))


def _fits(movie: str) -> bool:
    short = len(movie.encode()) <= LONGEST_NAME
    return short and not _PERIODIC.search(movie) and not _is_taken_by_systems(movie)
