"""Which character of today each one of an edited file is."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from castmap.corrections.elsewhere.today import Today

_NUMBER = re.compile(r"C\d{2,}")


def is_number(text: str) -> bool:
    """Whether a text is a character's number, which is no name."""
    return _NUMBER.fullmatch(text) is not None


def match_characters(
    keys: Iterable[str],
    shared: Counter[tuple[str, str]],
    today: Today,
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Match what a file calls its characters to characters of today, one to one.

    A name that somebody has today is that character's while they share an appearance. What is left
    goes to the character that it shares most appearances with: a tier that was given another name
    has the same appearances, and numbers are given anew on each run. What shares none is the
    character that is called so; a number, only if no other number was given anew.

    Args:
        keys: what the file calls its characters.
        shared: how many appearances each key and character of today have in common.
        today: the film.
        before: what was called otherwise when it was exported, as far as the file says.

    Returns:
        The character of each key; a key that is none of today's is missing.
    """
    keys = list(dict.fromkeys(keys))
    literal = {label: character for character, label in today.labels.items()}
    literal |= {number: number for number in today.labels if number not in literal}
    literal |= {key: literal[old] for key, old in (before or {}).items() if old in literal}

    def order(pair: tuple[str, str]) -> tuple:
        key, character = pair
        same = literal.get(key) == character
        named = character in today.names and key == today.labels[character]
        return not named, -shared[pair], not same, keys.index(key), character

    matched: dict[str, str] = {}

    def match(pairs: Iterable[tuple[str, str]]) -> None:
        for key, character in pairs:
            if key not in matched and character not in matched.values():
                matched[key] = character

    match(sorted((pair for pair in shared if pair[0] in keys and shared[pair]), key=order))
    anew = any(is_number(key) and literal.get(key) != matched[key] for key in matched)
    called = [(key, literal[key]) for key in keys if key in literal]
    match(pair for pair in called if not (is_number(pair[0]) and anew))
    return matched
