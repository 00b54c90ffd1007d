"""Text that people write: titles and names, which are shown on pages and in terminals."""

import unicodedata

_UNSEEN = ("Cc", "Cs", "Zl", "Zp")  # controls, halves of characters, separators of lines
# Unicode's Bidi_Control: what follows them is shown in another order than it is written.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def first_hidden(text: str) -> str | None:
    """The first character that cannot be seen, or that turns what is seen around; None if none.

    Joiners (U+200C, U+200D) are none of these: Persian words and families of emoji need them.
    """
    return next((c for c in text if c in _TURNING or unicodedata.category(c) in _UNSEEN), None)
