"""Tables for people to read: numbers formatted, as Markdown and as LaTeX (booktabs)."""

from collections.abc import Mapping
from string import Formatter

import pandas as pd

MISSING = "-"


def print_cells(table: pd.DataFrame, templates: Mapping[str, str]) -> pd.DataFrame:
    """Turn the rows of a raw table into text.

    Args:
        table: raw values; its columns are the fields of the templates.
        templates: heading of a printed column -> format string over a row's values.

    Returns:
        One column of text per heading; a dash where a value that the template needs is missing.
    """
    fields = {heading: fields_of(template) for heading, template in templates.items()}
    rows = [
        {
            heading: MISSING
            if any(pd.isna(row[name]) for name in fields[heading])
            else template.format_map(row)
            for heading, template in templates.items()
        }
        for row in table.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=list(templates), dtype="str")


def to_markdown(cells: pd.DataFrame, caption: str, note: str, right: list[str]) -> str:
    """A Markdown table under its caption.

    Args:
        cells: text, as print_cells makes it.
        caption: what the table shows; printed in bold above it.
        note: what a reader has to know; printed beneath it, unless empty.
        right: the columns set flush right.
    """
    rows = [list(cells.columns), *cells.to_numpy().tolist()]
    lines = [
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in row) + " |"
        for row in rows
    ]
    rule = "|" + "|".join(" ---: " if name in right else " --- " for name in cells.columns) + "|"
    parts = [f"**{caption}**", "\n".join([lines[0], rule, *lines[1:]])]
    return "\n\n".join([*parts, note] if note else parts) + "\n"


def to_latex(cells: pd.DataFrame, caption: str, note: str, right: list[str], label: str) -> str:
    """A LaTeX table (package booktabs, UTF-8 source); arguments as in to_markdown.

    Args:
        cells: text, as print_cells makes it.
        caption: what the table shows; free of characters special to LaTeX.
        note: follows the caption, unless empty; free of characters special to LaTeX.
        right: the columns set flush right.
        label: for cross references.
    """
    return cells.to_latex(
        index=False,
        escape=True,
        column_format="".join("r" if name in right else "l" for name in cells.columns),
        caption=f"{caption}. {note}" if note else caption,
        label=label,
    )


def fields_of(template: str) -> list[str]:
    """The names of the fields of a format string."""
    return [name for _, name, _, _ in Formatter().parse(template) if name]
