"""From a member of the catalogue to its table, and to the text of its files."""

from collections.abc import Iterable, Mapping

import pandas as pd

from castmap.catalogues import Member
from castmap.console import InputError
from castmap.evaluation.tables.corpus import Corpus
from castmap.files.results import to_csv
from castmap.formats.printing import fields_of, print_cells, to_latex, to_markdown

_KEYS = ("caption", "row", "columns", "printed")


def make_table(member: Member, corpus: Corpus) -> pd.DataFrame:
    """The raw table of a member: its columns, with their types.

    Raises:
        InputError: the member does not declare all that a table needs, or prints what is no column.
    """
    _check(member)
    return fill(member, member.load().rows(corpus))


def fill(member: Member, rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """A table of these rows; the columns that a row lacks are missing values."""
    columns = member.declared["columns"]
    return pd.DataFrame(list(rows), columns=list(columns)).astype(columns)


def print_table(member: Member, table: pd.DataFrame, corpus: Corpus) -> dict[str, str]:
    """The text of a table's files, by format: raw as CSV, formatted as Markdown and as LaTeX.

    Args:
        member: the table's declaration.
        table: of make_table.
        corpus: whose counts stand in the caption.

    Raises:
        InputError: the caption has a field that is no count.
    """
    declared = member.declared
    count = getattr(member.load(), "count", None)
    counts = {**corpus.counts, **(count(table) if count else {})}
    if unknown := set(fields_of(declared["caption"])) - set(counts):
        raise InputError(
            f"{member.path}: the caption has {', '.join(sorted(unknown))}, which is no count; use "
            f"{', '.join(counts)}, or return it from count(table)"
        )
    caption = declared["caption"].format(**counts)
    note, right = declared.get("note", ""), numeric_headings(member)
    cells = print_cells(table, declared["printed"])
    return {
        "csv": to_csv(table),
        "md": to_markdown(cells, caption, note, right),
        "tex": to_latex(cells, caption, note, right, f"tab:{member.name}"),
    }


def _check(member: Member) -> None:
    missing = [key for key in _KEYS if key not in member.declared]
    if missing:
        raise InputError(
            f"{member.path}: MEMBER has no {' and no '.join(missing)}; add it (a table "
            f"needs {', '.join(_KEYS)})"
        )
    columns = member.declared["columns"]
    for heading, template in member.declared["printed"].items():
        if unknown := set(fields_of(template)) - set(columns):
            raise InputError(
                f"{member.path}: {heading!r} prints {', '.join(sorted(unknown))}, which is no "
                f"column; the columns are {', '.join(columns)}"
            )


def numeric_headings(member: Member) -> list[str]:
    """The printed columns that hold numbers: those that are not one raw text."""
    columns, printed = member.declared["columns"], member.declared["printed"]
    texts = {f"{{{name}}}" for name, kind in columns.items() if kind == "string"}
    return [heading for heading, template in printed.items() if template not in texts]
