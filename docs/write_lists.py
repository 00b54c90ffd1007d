"""Write what schemas and catalogues say into the pages of docs, between markers. By `make docs`."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent / "workflow_scripts"))

from castmap.catalogues import EXPORTS, LOSSES, TABLES, Member  # noqa: E402 (the path comes first)
from castmap.formats.tables import SCHEMAS, TableSchema  # noqa: E402


def schemas() -> str:
    """Every schema as a heading, a sentence and a table of its columns."""
    return "\n".join(map(_schema, SCHEMAS)).removesuffix("\n")


def export_files() -> str:
    """What opens each export, and how."""
    return _exports({"opens in": "opens_in", "how": "how"})


def export_units() -> str:
    """How each export counts frames, pixels and times."""
    return _exports({"frames": "frames", "pixels": "pixels", "times": "times"})


def printed_tables() -> str:
    """What each printed table shows."""
    rows = [
        [
            f"`{table.name}`",
            table.summary.rstrip("."),
            table.declared["row"],
            ", ".join(f"`{name}`" for name in table.declared["columns"]),
        ]
        for table in TABLES.members.values()
    ]
    return _markdown(["table", "what it shows", "a row is", "columns"], rows)


def losses() -> str:
    """What each loss is."""
    rows = [
        [
            f"`{loss.name}`",
            loss.summary.rstrip("."),
            loss.declared["draws"],
            _settings(loss) or "none",
        ]
        for loss in LOSSES.members.values()
    ]
    return _markdown(["loss", "what it asks for", "a batch holds", "its settings"], rows)


# By page: its markers, and what stands between them.
LISTS: dict[str, dict[str, Callable[[], str]]] = {
    "output.md": {"schemas": schemas},
    "exports.md": {"files": export_files, "units": export_units},
    "evaluation.md": {"tables": printed_tables},
    "adaptation.md": {"losses": losses},
}


def with_lists(name: str, page: str) -> str:
    """A page with the text between its markers replaced by what the code says today.

    Args:
        name: of the page: a key of LISTS.
        page: its text.
    """
    for marker, write in LISTS[name].items():
        start, end = f"<!-- {marker} -->", f"<!-- end of {marker} -->"
        before, rest = page.split(start)
        _, after = rest.split(end)
        page = f"{before}{start}\n{write()}\n{end}{after}"
    return page


def _markdown(headings: list[str], rows: Iterable[list[str]]) -> str:
    cells = [headings, ["---"] * len(headings), *rows]
    head, rule, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([head, rule.replace(" ", ""), *body])


def _schema(schema: TableSchema) -> str:
    rows = [
        [
            f"`{field.name}`",
            str(field.type),
            field.metadata[b"unit"].decode().replace("|", "or"),
            field.metadata[b"description"].decode(),
        ]
        for field in schema.arrow
    ]
    key = ", ".join(f"`{name}`" for name in schema.key)
    columns = _markdown(["column", "type", "unit or values", "meaning"], rows)
    return f"### {schema.name}\nA row is {schema.row}. Rows are told apart by {key}.\n\n{columns}\n"


def _exports(columns: dict[str, str]) -> str:
    """A row for each export, with what of its MEMBER stands under which heading."""
    rows = [
        [
            ", ".join(f"`{name}`" for name in export.declared["files"]),
            *(export.declared.get(key, "") for key in columns.values()),
        ]
        for export in EXPORTS.members.values()
    ]
    return _markdown(["file", *columns], rows)


def _settings(loss: Member) -> str:
    return "; ".join(
        f"`{name}: {schema['default']}` {schema['description'].replace(';', ',')}"
        for name, schema in loss.parameters.items()
    )


if __name__ == "__main__":
    for name in LISTS:
        path = DOCS / name
        path.write_text(with_lists(name, path.read_text(encoding="utf-8")), encoding="utf-8")
