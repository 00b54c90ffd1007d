"""Which character of today each one of an edited file is."""

import re
from collections import Counter
from collections.abc import Iterable

from castmap.corrections.elsewhere.today import Today

_NUMBER = re.compile(r"C\d{2,}")


def is_number(text: str) -> bool:
    """Whether a text is a character's number, which is no name."""
    return _NUMBER.fullmatch(text) is not None


def match_characters(
    keys: Iterable[str], shared: Counter[tuple[str, str]], today: Today
) -> dict[str, str]:
    """Match what a file calls its characters to characters of today, one to one.

    A name that somebody has today is that character's while they share an appearance. What is left
    goes to the character that it shares most appearances with: a tier that was given another name
    has the same appearances, and numbers are given anew on each run. What shares none is the
    character that is called so.

    Args:
        keys: what the file calls its characters.
        shared: how many appearances each key and character of today have in common.
        today: the film.

    Returns:
        The character of each key; a key that is none of today's is missing.
    """
    keys = list(dict.fromkeys(keys))
    literal = {label: character for character, label in today.labels.items()}
    literal |= {number: number for number in today.labels if number not in literal}

    def order(pair: tuple[str, str]) -> tuple:
        key, character = pair
        named = literal.get(key) == character and not is_number(key)
        same = literal.get(key) == character
        return not (named and shared[pair]), -shared[pair], not same, keys.index(key), character

    pairs = [pair for pair in shared if pair[0] in keys and shared[pair]]
    pairs += [(key, literal[key]) for key in keys if key in literal]
    matched: dict[str, str] = {}
    for key, character in sorted(dict.fromkeys(pairs), key=order):
        if key not in matched and character not in matched.values():
            matched[key] = character
    return matched
