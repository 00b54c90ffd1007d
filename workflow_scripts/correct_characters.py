"""Apply what people said of a film's characters, and say of each correction whether it holds.

Without corrections the characters are those that castmap found. A line of the file that cannot be
read, or a face that is not followed today, is reported and kept.
"""

from argparse import Namespace
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from castmap.clustering.agglomeration import cosine_distances
from castmap.clustering.cast import margins
from castmap.clustering.characters import BACKGROUND, is_character, name_characters
from castmap.clustering.corrected import Demands, correct
from castmap.clustering.leftovers import NOBODY
from castmap.clustering.pooling import pool_tracks
from castmap.console import logger
from castmap.corrections.anchors import find_tracks
from castmap.corrections.replay import Outcomes, Placed, called_before, demands, place
from castmap.files.results import read_json, read_record, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.corrections import Correction, Journal, active, read_journal
from castmap.formats.tables import CHARACTERS, CLUSTERS, DETECTIONS, TRACKS
from castmap.stages.chosen import add_models, read_chosen
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance
from castmap.tracks.cooccurrence import find_cannot_links


def main(argv: list[str] | None = None) -> None:
    """Read the chosen clusters and the corrections; write characters, and what became of each."""
    parser = stage_parser(__doc__)
    for name in ("movie-info", "detections", "tracks", "clusters", "calibration"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--corrections", type=Path, help="of the film, if there are any")
    add_models(parser)
    parser.add_argument("--out-characters", type=Path, required=True)
    parser.add_argument("--out-journal", type=Path, required=True)
    with stage(parser, argv) as args:
        content = args.corrections.read_bytes() if args.corrections else b""
        journal = read_journal(content)
        faults = [f"{args.corrections}: {fault}" for fault in journal.faults]
        clusters = read_table(args.clusters, CLUSTERS)
        tracks = read_table(args.tracks, TRACKS)
        placed = _placed(active(journal.corrections), clusters, tracks, args)
        said = demands(placed)
        if placed and len(clusters):
            table = _corrected(args, clusters, tracks, said)
        else:
            table = clusters.assign(name=None, corrected=False)
        table = table.astype({"name": object})
        write_table(args.out_characters, CHARACTERS, table, read_record(args.clusters))
        result = _describe(journal, content, placed, table, clusters) | {"faults": faults}
        write_json(args.out_journal, result | {"provenance": provenance("correct_characters")})
        for fault in faults:
            logger.warning("%s", fault)
        logger.info("%s: corrections: %s", args.out_characters, result["counts"] or "none")


def _placed(
    said: list[Correction], clusters: pd.DataFrame, tracks: pd.DataFrame, args: Namespace
) -> list[Placed]:
    if not said:
        return []
    info = read_json(args.movie_info)
    faces = [face for row in said for face in (row.face, row.other) if face]
    found = find_tracks(faces, tracks, info["width"] or 1, info["height"] or 1)
    row_of = {track: row for row, track in enumerate(clusters["track"])}
    return place(said, {face: row_of.get(track) for face, track in found.items()})


def _corrected(
    args: Namespace, clusters: pd.DataFrame, tracks: pd.DataFrame, said: Demands
) -> pd.DataFrame:
    """The CHARACTERS table under corrections; what they do not speak of is as it was found."""
    names = sorted(clusters.loc[is_character(clusters["character"]), "character"].unique())
    found = pd.Categorical(clusters["character"], names).codes.astype(int)  # -1 is NOBODY
    vectors = pool_tracks(tracks, read_table(args.detections, DETECTIONS), read_chosen(args))
    distances = cosine_distances(vectors)
    corrected = correct(distances, found, said)
    called = name_characters(clusters, corrected.characters)
    table = clusters
    if not np.array_equal(corrected.characters, found):
        forbidden = np.searchsorted(clusters["track"], find_cannot_links(tracks))
        stop_distance = read_json(args.calibration)["carried_stop_distance"]
        confidence, second = margins(distances, corrected.characters, forbidden, stop_distance)
        character = pd.Series(corrected.characters).map(called)
        nobody = clusters["character"].where(found == NOBODY, BACKGROUND)
        table = clusters.assign(
            character=character.where(character.notna(), nobody).astype(str),
            confidence=confidence,
            second_character=pd.Series(second).map(called).astype(object),
        )
    return _with_words(table, said, {called[n]: name for n, name in corrected.names.items()})


def _with_words(table: pd.DataFrame, said: Demands, names: dict[str, str]) -> pd.DataFrame:
    """Add what people said of the very tracks, and what they called the characters."""
    by_hand = np.setdiff1d(said.decided(), list(said.nobody)).astype(int)
    table = table.copy()
    table.loc[by_hand, "confidence"] = 1.0
    table.loc[said.decided(), "joined"] = False
    for row, instead in said.nobody.items():
        table.loc[row, ["character", "second_character"]] = [instead, None]
    decided = np.isin(np.arange(len(table)), said.decided())
    return table.assign(name=table["character"].map(names), corrected=decided)


def _describe(
    journal: Journal,
    content: bytes,
    placed: list[Placed],
    table: pd.DataFrame,
    clusters: pd.DataFrame,
) -> dict:
    """What became of every line of the file."""
    names = table["name"].where(table["name"].notna(), None).to_numpy(object)
    characters = table["character"].to_numpy(object)
    outcomes = Outcomes(placed, characters, names)
    held = {p.said.line: (p, *outcomes.of(p)) for p in placed}
    called = called_before(placed, clusters["character"].to_numpy(object))
    rows = []
    for said in journal.corrections:
        p, status, reason = held.get(said.line, (None, "undone", ""))
        rows.append(
            {
                **{key: getattr(said, key) for key in ("line", "operation", "made_at", "action")},
                **{key: getattr(said, key) for key in ("name", "undoes")},
                "time_s": said.face.time_s if said.face else None,
                "other_time_s": said.other.time_s if said.other else None,
                "track": _track(table, p and p.row),
                "other_track": _track(table, p and p.other),
                "called": called.get((said.operation, p and p.row)),
                "other_called": called.get((said.operation, p and p.other)),
                "status": "held" if said.action == "undo" else status,
                "reason": reason,
            }
        )
    return {
        "rows": rows,
        "counts": dict(Counter(row["status"] for row in rows)),
        "text": content.decode("utf-8-sig", errors="replace"),
    }


def _track(table: pd.DataFrame, row: int | None) -> int | None:
    return None if row is None else int(table["track"].iloc[row])


if __name__ == "__main__":
    main()
