"""Write what each export is into docs/exports.md, between its markers. Run by `make docs`."""

import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from castmap.catalogues import EXPORTS, Member  # noqa: E402 (the path comes first)

PAGE = ROOT / "docs" / "exports.md"
USES = {"opens in": "opens_in", "how": "how"}
UNITS = {"frames": "frames", "pixels": "pixels", "times": "times"}


def table(columns: dict[str, str], members: Iterable[Member]) -> str:
    """A Markdown table with a row for each export.

    Args:
        columns: what of MEMBER stands under which heading.
        members: the exports.
    """
    lines = [f"| file | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for member in members:
        files = ", ".join(f"`{name}`" for name in member.declared["files"])
        cells = [member.declared.get(key, "") for key in columns.values()]
        lines.append(f"| {' | '.join([files, *cells])} |")
    return "\n".join(lines)


def with_tables(page: str) -> str:
    """The page with the text between its markers replaced by the exports of today."""
    for name, columns in {"files": USES, "units": UNITS}.items():
        start, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
        before, rest = page.split(start)
        _, after = rest.split(end)
        body = table(columns, EXPORTS.members.values())
        page = f"{before}{start}\n{body}\n{end}{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
