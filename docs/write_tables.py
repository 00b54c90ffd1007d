"""Write what each printed table is into docs/evaluation.md, between its markers. By `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from castmap.catalogues import TABLES, Member  # noqa: E402 (the path comes first)

PAGE = ROOT / "docs" / "evaluation.md"
START, END = "<!-- tables -->", "<!-- end of tables -->"
HEAD = "| table | what it shows | a row is | columns |\n|---|---|---|---|"


def row(table: Member) -> str:
    """What a table is, as a row of Markdown."""
    columns = ", ".join(f"`{name}`" for name in table.declared["columns"])
    summary = table.summary.rstrip(".")
    return f"| `{table.name}` | {summary} | {table.declared['row']} | {columns} |"


def with_tables(page: str) -> str:
    """The page with the text between its markers replaced by the tables of today."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return "\n".join([f"{before}{START}", HEAD, *map(row, TABLES.members.values()), END + after])


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
