"""CMX 3600 edit decision lists: one of the shots, and one for each character.

The format has one video track, so whoever wants characters beside each other takes another file.
"""

import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from opentimelineio import adapters

from castmap.exports.cast import find_spells
from castmap.exports.film import Film
from castmap.exports.frame_rate import FrameRate
from castmap.exports.timeline import Part, build_timeline, parts_of_cast, parts_of_shots
from castmap.files.whole import replacing, write_text
from castmap.formats.names import movie_of_file, one_line

MEMBER = {
    "order": 63,
    "files": ["shots.edl", "characters.edl.zip"],
    "opens_in": "DaVinci Resolve, Avid, Premiere Pro and what reads CMX 3600",
    "how": (
        "an event for each shot: in Resolve, Import, Pre-conformed EDL cuts the film there. The "
        "archive has a list for each character, with an event wherever it is seen; each is a track "
        "of its own. Source and record time codes are the same, so a track lies over the film"
    ),
    "times": "`hh:mm:ss:ff`, `;ff` where frames are dropped; 00:00:00:00 is the first frame",
}


def write(film: Film, shots: Path, characters: Path) -> None:
    """Write the lists; of a film without a constant rate, empty ones whose titles say why."""
    # Readers refuse comments before the first event.
    cuts = heading(film.refusal, drops_frames=False)
    files = {"nobody.edl": cuts}
    if film.rate:
        cuts = build_edl(film.title, parts_of_shots(film.shots), film.file, film.rate)
        files = _lists_of_cast(film, film.rate)
    write_text(shots, cuts)
    with replacing(characters) as partial, zipfile.ZipFile(partial, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # of no date: the same bytes


def _lists_of_cast(film: Film, rate: FrameRate) -> dict[str, str]:
    """The list of each character, by the name of its file."""
    cast = parts_of_cast(find_spells(film.appearances, join_touching=False), rate)
    return {
        name_of_list(number, label): build_edl(
            f"{film.title}: {label}", cast[label], film.file, rate
        )
        for number, label in film.labels.items()
    }


def heading(title: str, *, drops_frames: bool) -> str:
    """The first lines of a list.

    Args:
        title: one line.
        drops_frames: how its time codes count.
    """
    return f"TITLE: {title}\nFCM: {'' if drops_frames else 'NON-'}DROP FRAME\n\n"


def name_of_list(number: str, label: str) -> str:
    """The name of a character's file: its number, and of its name what a file's name can hold."""
    named = number if label == number else f"{number} {label}"
    return f"{movie_of_file(f'{named}.mp4')}.edl"


def build_edl(title: str, parts: Sequence[Part], film: str, rate: FrameRate) -> str:
    """A list with an event for each part.

    The adapter writes no FCM line, without which time codes of 29.97 frames/s are read as others,
    and cannot write a list without events. An event's clip is named by the film's file, for that is
    how editors find it; what the part is stands in a comment.

    Args:
        title: one line.
        parts: in order of time, not overlapping.
        film: the video file, relative to the document.
        rate: how time codes count.
    """
    head = heading(title, drops_frames=rate.drops_frames)
    if not parts:
        return head
    timeline = build_timeline("", [("", parts)], parts[-1].end, film, rate)
    for clip in timeline.find_clips():
        clip.metadata["cmx_3600"] = {"reel": "AX", "comments": [f"COMMENT: {clip.name}"]}
        clip.name = one_line(PurePosixPath(film).name)
    return head + adapters.write_to_string(timeline, "cmx_3600")
