"""Which frame a picture shows, by its file name."""

import re
from collections import defaultdict
from collections.abc import Iterable

from castmap.formats.labels import choose_film

_DIGITS = re.compile(r"\d+")
_SAYS_FRAME = re.compile(r"(?:^|[^a-z])(?:frame|frm|fr|f)[ _.#-]*$", re.IGNORECASE)
# 720p, 25fps, 1920x1080, 4k, mp4, h264: what a film is like, not where in it.
_BEFORE_SIZE = re.compile(r"(?:\dx|(?:^|[^a-z])(?:mp|h|x))$", re.IGNORECASE)
_AFTER_SIZE = re.compile(r"^(?:p|i|k|fps|hz|x\d+)(?![a-z])", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)


def frames_of_pictures(names: Iterable[str], film: str | None) -> dict[str, int]:
    """The frame of each picture of one film: the number in its name that changes from one to next.

    Args:
        names: of all pictures, of one film or more; of a web address the part before "?" counts.
        film: part of the names of the film that is meant; None: there is only one.

    Returns:
        0-based frames by name, of that film.

    Raises:
        ValueError: a name without a number, or several that change alike; a name that stands twice;
            or the pictures are of several films.
    """
    alike, seen = defaultdict(list), set()
    for name in names:
        if name in seen:
            raise ValueError(f"two pictures are called {name}; are they of two films?")
        seen.add(name)
        stem = _SUFFIX.sub("", name.split("?")[0])
        if not _DIGITS.search(stem):
            raise ValueError(f"{name}: no frame number in the file name")
        alike[_DIGITS.sub("#", stem.replace("#", "_"))].append((name, stem))
    frames: dict[str, dict[str, int]] = defaultdict(dict)
    for form, pictures in alike.items():
        columns = list(zip(*(_DIGITS.findall(stem) for _, stem in pictures), strict=True))
        place = _place(pictures[0], columns)
        n_frames = len(set(columns[place]))
        for index, (name, _) in enumerate(pictures):
            # What comes after the frame and changes with it, as its time does, is not the film's.
            after = [len(set(column)) == n_frames > 1 for column in columns[place + 1 :]]
            hidden = [False] * place + [True] + after
            kept = ["*" if hide else c[index] for hide, c in zip(hidden, columns, strict=True)]
            parts = zip(form.split("#"), [*kept, ""], strict=True)
            film_name = "".join(part for pair in parts for part in pair)
            frames[film_name][name] = int(columns[place][index])
    return frames[choose_film(film, {name: name for name in frames}, "pictures")]


def _place(picture: tuple[str, str], columns: list[tuple[str, ...]]) -> int:
    """Which of the numbers in names of one form is the frame's.

    Args:
        picture: a name and its stem.
        columns: each number of the names, of all pictures.
    """
    name, stem = picture
    numbers = list(_DIGITS.finditer(stem))
    before, after = [stem[: n.start()] for n in numbers], [stem[n.end() :] for n in numbers]
    places = [place for place, text in enumerate(before) if _SAYS_FRAME.search(text)]
    if len(places) != 1:
        places = [
            place
            for place in range(len(numbers))
            if not (_BEFORE_SIZE.search(before[place]) or _AFTER_SIZE.search(after[place]))
        ] or list(range(len(numbers)))
    values = {place: len(set(columns[place])) for place in places}
    most = [place for place in places if values[place] == max(values.values())]
    if len(most) > 1 and values[most[0]] > 1:
        raise ValueError(
            f"{name}: more than one number changes from picture to picture; leave only the frame's,"
            " or write 'frame' in front of it"
        )
    return most[-1]
