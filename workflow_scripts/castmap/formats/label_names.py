"""What people are called in labels: who is written in several ways is one person."""

import unicodedata

import pandas as pd

SOMEBODY = "unknown"
"""Who is there, but not named: several people may be called so."""
DO_NOT_JUDGE = "ignore"
"""A region of which the labels say nothing."""
_NOBODY_NAMED = (SOMEBODY, DO_NOT_JUDGE)

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))


def tidy_name(name: str) -> str:
    """A name in composed letters (NFC), no spaces at its ends and single ones inside."""
    return " ".join(unicodedata.normalize("NFC", name.translate(_INVISIBLE)).split())


def fold_name(name: str) -> str:
    """What is equal for names that differ in case, spaces or the composition of letters only."""
    return unicodedata.normalize("NFC", tidy_name(name).casefold())


def one_spelling(names: pd.Series) -> pd.Series:
    """Names that fold_name makes equal, all spelled as the first of them; missing ones stay so.

    The two names that name nobody are spelled as they are here.
    """
    tidy = names.map(tidy_name, na_action="ignore")
    first = {name: name for name in _NOBODY_NAMED}
    spelling = {name: first.setdefault(fold_name(name), name) for name in tidy.dropna().unique()}
    return tidy.map(spelling).astype("str")


def is_named(people: pd.Series) -> pd.Series:
    """Which names of labels are a person's, and not SOMEBODY or DO_NOT_JUDGE; bool."""
    return ~people.isin(_NOBODY_NAMED)
