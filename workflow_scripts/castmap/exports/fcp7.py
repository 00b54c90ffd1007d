"""Final Cut Pro 7 XML: a sequence with a track of shots and one for each character."""

from fractions import Fraction
from pathlib import Path, PurePosixPath

from opentimelineio import adapters
from opentimelineio.schema import Timeline

from castmap.exports.cast import find_spells
from castmap.exports.film import Film
from castmap.exports.frame_rate import FrameRate
from castmap.exports.timeline import build_timeline, parts_of_cast, parts_of_shots
from castmap.files.whole import write_text
from castmap.formats.names import one_line

MEMBER = {
    "order": 61,
    "files": ["cast_map.fcp7.xml"],
    "opens_in": "Premiere Pro, DaVinci Resolve, Final Cut Pro 7",
    "how": (
        "File, Import; then show it the film. A sequence whose lowest track is the film, cut at "
        "the shots; above it a track for each character, with a clip wherever it is seen"
    ),
    "frames": "from 0",
}

_NAMESPACE = "fcp_xml"  # of metadata that the adapter writes as elements
_ANY_RATE = FrameRate(Fraction(25), 0.0)  # of a sequence in which there is nothing


def write(film: Film, path: Path) -> None:
    """Write the sequence; of a film without a constant rate an empty one, whose name says why."""
    if film.rate is None:
        write_text(path, _build(build_timeline(film.refusal, {}, 0, "", _ANY_RATE), _ANY_RATE))
        return
    cast = parts_of_cast(find_spells(film.appearances, join_touching=False), film.rate)
    tracks = [("shots", parts_of_shots(film.shots)), *cast.items()]
    length = film.length(film.rate)
    timeline = build_timeline(film.title, tracks, length, film.file, film.rate)
    picture = {
        "samplecharacteristics": {
            "width": film.info["width"],
            "height": film.info["height"],
            "pixelaspectratio": "square",
        }
    }
    timeline.metadata[_NAMESPACE] = {"media": {"video": {"format": picture}}}
    for track in timeline.tracks:
        track.metadata[_NAMESPACE] = {
            "@MZ.TrackName": track.name
        }  # Premiere's; the format has none
    for clip in timeline.find_clips():
        media = clip.media_reference
        # Left alone, the adapter names the file as in its URL, and says that it has sound.
        media.name = one_line(PurePosixPath(film.file).name)
        media.metadata[_NAMESPACE] = {"media": {"video": picture}}
    write_text(path, _build(timeline, film.rate))


def _build(timeline: Timeline, rate: FrameRate) -> str:
    timeline.global_start_time = rate.time(0)  # the adapter needs one
    code = {"displayformat": "DF" if rate.drops_frames else "NDF"}
    for item in (timeline, *(clip.media_reference for clip in timeline.find_clips())):
        item.metadata[_NAMESPACE] = {**item.metadata.get(_NAMESPACE, {}), "timecode": code}
    text = adapters.write_to_string(timeline, _NAMESPACE)
    # The adapter leaves out the document's type, by which Final Cut Pro knows it.
    declaration, rest = text.split("\n", 1)
    return f"{declaration}\n<!DOCTYPE xmeml>\n{rest}"
