"""The characters of a film under corrections, and what became of each correction."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from castmap.clustering.certainty import place_tracks, track_confidence
from castmap.clustering.characters import UNASSIGNED, is_character, name_characters
from castmap.clustering.corrected import Edits, correct
from castmap.corrections.cuts import Outcome
from castmap.corrections.replay import Outcomes, Placed, names_before
from castmap.formats.corrections import UNDO, Journal
from castmap.formats.tables import BACKGROUND
from castmap.tracks.cooccurrence import find_cannot_links


def corrected_table(
    clusters: pd.DataFrame,
    tracks: pd.DataFrame,
    distances: np.ndarray,
    edits: Edits,
    stop_distance: float,
    was_cut: bool,
) -> pd.DataFrame:
    """The CORRECTED table; all else is as castmap found it.

    Args:
        clusters: the CLUSTERS table, not empty.
        tracks: the TRACKS table.
        distances: float [n, n], of the rows of clusters.
        edits: what corrections change about these rows.
        stop_distance: where agglomeration stopped.
        was_cut: whether the tracks or their times are others than those that were clustered.
    """
    names = sorted(clusters.loc[is_character(clusters["character"]), "character"].unique())
    found = pd.Index(names).get_indexer(clusters["character"])  # -1 is UNASSIGNED
    corrected = correct(distances, found, edits)
    called = name_characters(clusters, corrected.characters)
    table = clusters
    if was_cut or not np.array_equal(corrected.characters, found):
        cannot_links = np.searchsorted(clusters["track"], find_cannot_links(tracks))
        places = place_tracks(distances, corrected.characters, cannot_links, stop_distance)
        character = pd.Series(corrected.characters).map(called)
        unassigned = clusters["character"].where(found == UNASSIGNED, BACKGROUND)
        table = clusters.assign(
            character=character.where(character.notna(), unassigned).astype(str),
            confidence=track_confidence(places),
            second_character=pd.Series(places.second).map(called).astype(object),
        )
    return _with_edits(table, edits, {called[n]: name for n, name in corrected.names.items()})


def _with_edits(table: pd.DataFrame, edits: Edits, names: dict[str, str]) -> pd.DataFrame:
    """Mark the tracks that were assigned by hand, and add the names of characters."""
    by_hand = np.setdiff1d(edits.decided(), list(edits.unassigned)).astype(int)
    table = table.copy()
    table.loc[by_hand, "confidence"] = 1.0
    table.loc[edits.decided(), "joined"] = False
    for row, instead in edits.unassigned.items():
        table.loc[row, ["character", "second_character"]] = [instead, None]
    decided = np.isin(np.arange(len(table)), edits.decided())
    table = table.assign(name=table["character"].map(names), corrected=decided)
    return table.astype({"name": object})


def describe_journal(
    journal: Journal,
    placed: Sequence[Placed],
    cuts: Mapping[int, Outcome],
    characters: pd.DataFrame,
    clusters: pd.DataFrame,
) -> dict:
    """What became of every line of the file.

    Args:
        journal: of the film.
        placed: the corrections that hold, but for cuts.
        cuts: what became of each cut that holds, by its line.
        characters: the CORRECTED table.
        clusters: the CLUSTERS table; the same rows.

    Returns:
        JSON values: rows, one for each correction, and counts of their statuses.
    """
    names = characters["name"].where(characters["name"].notna(), None).to_numpy(object)
    outcomes = Outcomes(placed, characters["character"].to_numpy(object), names)
    held = {p.correction.line: (p, *outcomes.of(p)) for p in placed}
    called = names_before(placed, clusters["character"].to_numpy(object))
    numbers = characters["track"].tolist()
    rows = []
    for said in journal.corrections:
        p, status, reason = held.get(said.line, (Placed(said, None, None), "undone", ""))
        track, other_track = (None if row is None else numbers[row] for row in (p.row, p.other))
        if said.line in cuts:
            status, reason, track = cuts[said.line]
        rows.append(
            {
                **{key: getattr(said, key) for key in ("line", "operation", "made_at", "action")},
                **{key: getattr(said, key) for key in ("name", "undoes")},
                "time_s": said.time_s,
                "other_time_s": said.other.time_s if said.other else None,
                "track": track,
                "other_track": other_track,
                "called": called.get((said.operation, p.row)),
                "other_called": called.get((said.operation, p.other)),
                "status": "held" if said.action == UNDO else status,
                "reason": reason,
            }
        )
    return {"rows": rows, "counts": dict(Counter(row["status"] for row in rows))}
