"""Files of corrections, written as the film's page writes them."""

import csv
import io

from castmap.formats.spreadsheets import escape_formula

_EDGES = ("time_s", "x1", "y1", "x2", "y2")


def write_rows(corrections):
    """Lines to add to a file of corrections, without the header."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    for row in corrections:
        cells = [row.operation, row.made_at, row.action]
        for face in (row.face, row.other):
            cells += [f"{getattr(face, name):.6f}" if face else "" for name in _EDGES]
        if row.boundary_s is not None:
            cells[3] = f"{row.boundary_s:.6f}"
        undoes = "" if row.undoes is None else row.undoes
        writer.writerow([*cells, escape_formula(row.name or ""), undoes])
    return lines.getvalue()
