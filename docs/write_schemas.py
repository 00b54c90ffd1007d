"""Write the table schemas into docs/output.md, between its markers. Run by `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from castmap.formats.tables import SCHEMAS, TableSchema  # noqa: E402 (the path comes first)

PAGE = ROOT / "docs" / "output.md"
START, END = "<!-- schemas -->", "<!-- end of schemas -->"


def markdown(schema: TableSchema) -> str:
    """One schema as a heading, a sentence and a table of its columns."""
    rows = [
        f"| `{field.name}` | {field.type} | {field.metadata[b'unit'].decode().replace('|', 'or')} "
        f"| {field.metadata[b'description'].decode()} |"
        for field in schema.arrow
    ]
    key = ", ".join(f"`{name}`" for name in schema.key)
    return "\n".join(
        [
            f"### {schema.name}",
            f"A row is {schema.row}. Rows are told apart by {key}.",
            "",
            "| column | type | unit or values | meaning |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def with_schemas(page: str) -> str:
    """The page with the text between its markers replaced by the schemas of today."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    body = "\n".join(markdown(schema) for schema in SCHEMAS)
    return f"{before}{START}\n{body}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_schemas(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
