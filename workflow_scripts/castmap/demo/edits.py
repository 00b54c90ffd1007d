"""Edit lists: which seconds of which clip, framed and graded how, make a demo film.

Two kinds of YAML file, already parsed here. ``clips.yaml`` describes the footage: for each clip its
file, picture size, usable spans, named framings, and the people in it. An edit list names a film
and its shots. Rectangles are ``[x1, y1, x2, y2]`` in pixels of the clip; times are seconds by
presentation time.
"""

from dataclasses import dataclass, field

FPS = 24
FRAME_SIZE = (1280, 720)
Rectangle = tuple[float, float, float, float]
_GRADES = ("darken", "blur_px", "smaller", "noise", "noise_seed", "letterbox")
_SHOT_KEYS = ("clip", "from_s", "to_s", "framing", "framing_to", "dissolve_s", "grade")
_ASPECT_TOLERANCE = 0.01
# Regions of people are given twice a second during a zoom, so it has to be a slow one.
_MAX_ZOOM = 1.5


class EditError(ValueError):
    """An edit list asks for what the footage cannot give; the message names the film and shot."""


@dataclass(frozen=True)
class Person:
    """Where one person is in a clip, for as long as the clip is usable.

    Attributes:
        name: who it is; the same in every clip and film.
        face: a rectangle that holds every face box of the person.
        region: a larger rectangle that holds the centres of these boxes, and nobody else's.
    """

    name: str
    face: Rectangle
    region: Rectangle


@dataclass(frozen=True)
class Clip:
    """One piece of footage; see the module."""

    name: str
    file: str
    size: tuple[int, int]
    pixel_aspect: float
    spans: tuple[tuple[float, float], ...]
    people: tuple[Person, ...]
    framings: dict[str, Rectangle]


@dataclass(frozen=True)
class Shot:
    """One shot of a film.

    Attributes:
        clip: the footage.
        from_s: source time of its first frame.
        to_s: source time at which it ends (exclusive).
        framing: what part of the picture fills the frame at the start.
        framing_to: and at the end, for a slow zoom; the same as ``framing`` where nothing moves.
        dissolve_frames: length of the dissolve into the shot; 0 for a cut.
        grade: darken (0..1, brightness kept), blur_px (sigma), smaller (0..1, resolution kept),
            noise (standard deviation, grey levels) with noise_seed, letterbox (0..0.4, height of
            each black bar).
    """

    clip: Clip
    from_s: float
    to_s: float
    framing: Rectangle
    framing_to: Rectangle
    dissolve_frames: int = 0
    grade: dict[str, float] = field(default_factory=dict)

    @property
    def n_frames(self) -> int:
        """Frames of the film that show the shot, those of its dissolves included."""
        return round((self.to_s - self.from_s) * FPS)

    def framing_at(self, frame: int) -> Rectangle:
        """The framing of the shot's n-th frame, between its first and its last one."""
        share = frame / max(self.n_frames - 1, 1)
        pairs = zip(self.framing, self.framing_to, strict=True)
        x1, y1, x2, y2 = (start + share * (end - start) for start, end in pairs)
        return x1, y1, x2, y2


def read_clips(content: dict) -> dict[str, Clip]:
    """Clips by name, from the content of ``clips.yaml``.

    Raises:
        EditError: a key is missing or unknown, or two people's regions overlap.
    """
    clips = {}
    for name, given in content.items():
        try:
            people = tuple(
                Person(person, tuple(where["face"]), tuple(where["region"]))
                for person, where in given.get("people", {}).items()
            )
            clips[name] = Clip(
                name,
                given["file"],
                tuple(given["size"]),
                float(given.get("pixel_aspect", 1.0)),
                tuple(tuple(span) for span in given["spans"]),
                people,
                {key: tuple(rectangle) for key, rectangle in given["framings"].items()},
            )
        except (KeyError, TypeError) as error:
            raise EditError(
                f"clip {name}: {error!r}; it needs file, size, spans, framings"
            ) from None
        for index, person in enumerate(people):
            for other in people[:index]:
                if overlap(person.region, other.region):
                    raise EditError(
                        f"clip {name}: the regions of {other.name} and {person.name} overlap"
                    )
    return clips


def read_film(content: dict, clips: dict[str, Clip]) -> list[Shot]:
    """The shots of an edit list, checked against the clips.

    Raises:
        EditError: a shot names what does not exist, leaves its clip's usable span, is framed in
            another shape than 16:9, cuts through a face, or dissolves for longer than it lasts.
    """
    shots: list[Shot] = []
    for index, given in enumerate(content["shots"]):
        where = f"{content['film']}, shot {index}"
        unknown = [key for key in given if key not in _SHOT_KEYS]
        unknown += [key for key in given.get("grade", {}) if key not in _GRADES]
        if unknown:
            raise EditError(f"{where}: unknown {unknown}; known are {_SHOT_KEYS} and {_GRADES}")
        if given["clip"] not in clips:
            raise EditError(f"{where}: no clip {given['clip']!r}; there are {sorted(clips)}")
        clip = clips[given["clip"]]
        names = [given["framing"], given.get("framing_to", given["framing"])]
        missing = [name for name in names if name not in clip.framings]
        if missing:
            raise EditError(
                f"{where}: clip {clip.name} has no framing {missing[0]!r}; "
                f"it has {sorted(clip.framings)}"
            )
        shot = Shot(
            clip,
            given["from_s"],
            given["to_s"],
            clip.framings[names[0]],
            clip.framings[names[1]],
            # An even number, so that the middle of a dissolve lies between two frames.
            2 * round(given.get("dissolve_s", 0) * FPS / 2),
            given.get("grade", {}),
        )
        _check_shot(shot, where)
        shots.append(shot)
    _check_dissolves(shots, content["film"])
    return shots


def overlap(a: Rectangle, b: Rectangle) -> bool:
    """Whether two half-open rectangles share a point."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def inside(inner: Rectangle, outer: Rectangle) -> bool:
    """Whether one rectangle lies within the other."""
    return all(
        (outer[0] <= inner[0], outer[1] <= inner[1], inner[2] <= outer[2], inner[3] <= outer[3])
    )


def picture(framing: Rectangle, grade: dict[str, float]) -> Rectangle:
    """What part of the clip is left of a framing between the bars of a letterbox, clip pixels."""
    x1, y1, x2, y2 = framing
    bar = grade.get("letterbox", 0) * (y2 - y1)
    return x1, y1 + bar, x2, y2 - bar


def _check_shot(shot: Shot, where: str) -> None:
    spans = shot.clip.spans
    if not any(start <= shot.from_s < shot.to_s <= end for start, end in spans):
        raise EditError(
            f"{where}: {shot.from_s} to {shot.to_s} s is not within one of the usable spans "
            f"{spans} of clip {shot.clip.name}"
        )
    widths = [framing[2] - framing[0] for framing in (shot.framing, shot.framing_to)]
    if max(widths) > _MAX_ZOOM * min(widths):
        raise EditError(f"{where}: its zoom is by more than {_MAX_ZOOM}, too fast to label")
    for framing in (shot.framing, shot.framing_to):
        x1, y1, x2, y2 = framing
        aspect = (x2 - x1) * shot.clip.pixel_aspect / (y2 - y1)
        if abs(aspect / (FRAME_SIZE[0] / FRAME_SIZE[1]) - 1) > _ASPECT_TOLERANCE:
            raise EditError(f"{where}: framing {framing} has the shape {aspect:.3f}, not 16:9")
        for person in shot.clip.people:
            seen = picture(framing, shot.grade)
            if overlap(person.face, seen) and not inside(person.face, seen):
                raise EditError(
                    f"{where}: framing {framing} cuts through the face of {person.name}, "
                    f"{person.face}; include all of it or none"
                )


def _check_dissolves(shots: list[Shot], film: str) -> None:
    for index, shot in enumerate(shots):
        after = shots[index + 1].dissolve_frames if index + 1 < len(shots) else 0
        if (index == 0 and shot.dissolve_frames) or shot.dissolve_frames + after >= shot.n_frames:
            raise EditError(
                f"{film}, shot {index}: its dissolves take all of its {shot.n_frames} frames; "
                "the first shot has none, and every shot needs a frame of its own"
            )
