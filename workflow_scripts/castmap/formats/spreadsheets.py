"""Text that spreadsheets would run as a formula, made harmless and restored."""

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would run; it shows the text without it.

    Text that begins with apostrophes before such a sign gets one more, so that nothing is lost.
    """
    return f"'{text}" if text.lstrip("'").startswith(_STARTS_FORMULA) else text


def unescape_formula(text: str) -> str:
    """What escape_formula was given."""
    harmless = text.startswith("'") and text.lstrip("'").startswith(_STARTS_FORMULA)
    return text[1:] if harmless else text
