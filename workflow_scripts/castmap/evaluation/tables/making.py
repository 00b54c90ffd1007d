"""From a member of the catalogue to its table, and to the text of its files."""

from collections.abc import Iterable, Mapping

import pandas as pd

from castmap.catalogues import Member
from castmap.evaluation.tables.corpus import Corpus
from castmap.files.results import to_csv
from castmap.formats.printing import print_cells, to_latex, to_markdown


def make_table(member: Member, corpus: Corpus) -> pd.DataFrame:
    """The raw table of a member: its columns, with their types."""
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
    """
    declared = member.declared
    count = getattr(member.load(), "count", None)
    caption = declared["caption"].format(**corpus.counts, **(count(table) if count else {}))
    note, right = declared.get("note", ""), numeric_headings(member)
    cells = print_cells(table, declared["printed"])
    return {
        "csv": to_csv(table),
        "md": to_markdown(cells, caption, note, right),
        "tex": to_latex(cells, caption, note, right, f"tab:{member.name}"),
    }


def numeric_headings(member: Member) -> list[str]:
    """The printed columns that hold numbers: those that are not one raw text."""
    columns, printed = member.declared["columns"], member.declared["printed"]
    texts = {f"{{{name}}}" for name, kind in columns.items() if kind == "string"}
    return [heading for heading, template in printed.items() if template not in texts]
