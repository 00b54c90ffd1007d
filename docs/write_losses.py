"""Write the losses into docs/adaptation.md, between its markers. By `make docs`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from castmap.catalogues import LOSSES, Member  # noqa: E402 (the path comes first)

PAGE = ROOT / "docs" / "adaptation.md"
START, END = "<!-- losses -->", "<!-- end of losses -->"
HEAD = "| loss | what it asks for | a batch holds | its settings |\n|---|---|---|---|"


def row(loss: Member) -> str:
    """What a loss is, as a row of Markdown."""
    settings = "; ".join(
        f"`{name}: {schema['default']}` {schema['description'].replace(';', ',')}"
        for name, schema in loss.parameters.items()
    )
    summary = loss.summary.rstrip(".")
    return f"| `{loss.name}` | {summary} | {loss.declared['draws']} | {settings or 'none'} |"


def with_losses(page: str) -> str:
    """The page with the text between its markers replaced by the losses of today."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return "\n".join([f"{before}{START}", HEAD, *map(row, LOSSES.members.values()), END + after])


if __name__ == "__main__":
    PAGE.write_text(with_losses(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
