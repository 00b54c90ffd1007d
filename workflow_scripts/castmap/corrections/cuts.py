"""Tracks that people cut in two, and shots that they cut or joined.

A cut is made in what was found: nothing is detected, followed or clustered anew. What is cut off a
track has a number of its own, after all others; the rest keeps its number, so that nothing else
moves. A box that was filled in between two faces is dropped where these are no longer one track's.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.corrections.anchors import find_tracks
from castmap.corrections.replay import HELD, SUPERSEDED, UNMATCHED, Placed
from castmap.formats.corrections import CUT_SHOT, CUT_TRACK, Correction
from castmap.formats.tables import TRACKS
from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.tracks.examined import track_intervals

BOUNDARY_REACH_S = 0.2  # so far from where it was said to be a boundary is still that one
_ROUNDED_S = 1e-3  # times in a journal may be rounded
_CUT_SCORE = 1.0  # of a boundary that somebody has seen


class Part(NamedTuple):
    """A track that was cut off another, ``of``, by an operation; ``frame`` is its first."""

    track: int
    of: int
    operation: int
    frame: int


class Outcome(NamedTuple):
    """What became of a cut: its status and why, and the track that begins there, if one does."""

    status: str
    reason: str
    track: int | None = None


class CutFilm(NamedTuple):
    """A film's tracks and shots under cuts.

    Attributes:
        tracks: the TRACKS table.
        shots: the SHOTS table.
        parts: what was cut off, in order of numbers.
        outcomes: of each cut, by its line in the file.
    """

    tracks: pd.DataFrame
    shots: pd.DataFrame
    parts: list[Part]
    outcomes: dict[int, Outcome]


def cut_film(
    cuts: Sequence[Correction],
    tracks: pd.DataFrame,
    shots: pd.DataFrame,
    frames: pd.DataFrame,
    width: int,
    height: int,
) -> CutFilm:
    """Make the cuts that people asked for, in the order of their operations.

    A frame is the first of what begins there if it is shown at the time that was said.

    - A track is cut if it has a detected face before that frame, and one from it on. One that
      begins there anyway obeys; one that has ended by then is not cut.
    - A shot is cut unless a boundary is within BOUNDARY_REACH_S, or its transition goes on there.
      Tracks that go on over the cut are cut there, too.
    - Two shots are joined where the nearest boundary is within BOUNDARY_REACH_S. Tracks stay.

    Args:
        cuts: corrections of the actions CUTS that hold.
        tracks: the TRACKS table, as found.
        shots: the SHOTS table, as found.
        frames: the FRAMES table.
        width: of the display, pixels.
        height: likewise.
    """
    if not cuts:
        return CutFilm(tracks, shots, [], {})
    found = find_tracks([said.face for said in cuts if said.face], tracks, width, height)
    film = _Film(tracks, shots, frames)
    made = {}
    for said in sorted(cuts, key=lambda said: (said.operation, said.line)):
        if said.face is not None:
            made[said.line] = film.cut_track(said, found[said.face])
        elif said.action == CUT_SHOT:
            made[said.line] = film.cut_shot(said)
        else:
            made[said.line] = film.join_shots(said)
    outcomes = {said.line: film.outcome(said, *made[said.line]) for said in cuts}
    shots = shots_table(film.boundaries, frames)
    return CutFilm(film.cut_tracks(shots), shots, film.parts, outcomes)


class _Film:
    """Tracks and shots while they are cut.

    What makes a cut returns the frame at which it was found or made, and the track that begins
    there; None where there is none.
    """

    def __init__(self, tracks: pd.DataFrame, shots: pd.DataFrame, frames: pd.DataFrame):
        self.parts: list[Part] = []
        columns = ["start_frame", "boundary", "transition_start_frame", "transition_end_frame"]
        rows = shots[[*columns, "score"]].itertuples(index=False, name=None)
        self.boundaries = boundaries_table(rows)  # the film's start is the first of them
        self._found, self._n_frames = tracks, len(frames)
        self._ends_s = np.append(frames["time_s"], (frames["time_s"] + frames["duration_s"])[-1:])
        self._frame_of_row = tracks["frame"].to_numpy()
        self._detected = ~tracks["interpolated"].to_numpy(bool)
        self._track_of_row = tracks["track"].to_numpy().copy()

    def cut_track(self, said: Correction, track: int | None) -> tuple[int | None, int | None]:
        """Cut the part that is seen at a face of a track as it was found."""
        frame = self._frame_at(said)
        if track is None or frame is None:
            return None, None
        own = self._detected & (self._found["track"].to_numpy() == track)
        before, after = (own & side for side in self._sides(frame))
        if not after.any():
            return None, None
        following = self._track_of_row[after][self._frame_of_row[after].argmin()]
        if before.any():
            last = self._track_of_row[before][self._frame_of_row[before].argmax()]
            if last == following:
                return frame, self._cut_off(int(following), frame, said.operation)
        return frame, int(following)

    def cut_shot(self, said: Correction) -> tuple[int | None, int | None]:
        frame = self._frame_at(said)
        if frame is None:
            return None, None
        near = self._boundary_near(said, self.boundaries)
        if near is not None:
            return near, None
        own = boundaries_table([(frame, "cut", frame, frame, _CUT_SCORE)])
        self.boundaries = pd.concat([self.boundaries, own], ignore_index=True).sort_values("frame")
        before, after = (self._detected & side for side in self._sides(frame))
        for track in np.intersect1d(self._track_of_row[before], self._track_of_row[after]):
            self._cut_off(int(track), frame, said.operation)
        return frame, None

    def join_shots(self, said: Correction) -> tuple[int | None, int | None]:
        near = self._boundary_near(said, self.boundaries[1:])
        if near is not None:
            self.boundaries = self.boundaries[self.boundaries["frame"] != near]
        return near, None

    def outcome(self, said: Correction, frame: int | None, track: int | None) -> Outcome:
        """What became of a cut, once all are made."""
        if frame is None:
            return Outcome(UNMATCHED, self._why_not(said))
        if said.action != CUT_TRACK:
            begins = frame in self.boundaries["frame"].to_numpy()
            if begins != (said.action == CUT_SHOT):
                return Outcome(SUPERSEDED, "what was said later of this place is otherwise")
        return Outcome(HELD, "", track)

    def cut_tracks(self, shots: pd.DataFrame) -> pd.DataFrame:
        """The TRACKS table as it was cut, with the numbers of these shots."""
        starts = shots["start_frame"].to_numpy()
        shot = np.searchsorted(starts, self._frame_of_row, side="right") - 1
        table = self._found.assign(track=self._track_of_row, shot=shot)
        cut = table["track"].isin(
            [number for part in self.parts for number in (part.track, part.of)]
        )
        seen = table[self._detected].groupby("track")["frame"].agg(["min", "max"])
        ends = seen.reindex(table["track"])
        inside = table["frame"].between(ends["min"].to_numpy(), ends["max"].to_numpy())
        kept = table[inside | ~cut].sort_values("track", kind="stable", ignore_index=True)
        return TRACKS.validate(kept)

    def _why_not(self, said: Correction) -> str:
        at = f"{said.time_s:.3f} s"
        if said.action == CUT_TRACK:
            return f"no face is followed there at {at} and after it; it waits for one"
        if said.action == CUT_SHOT:
            return f"the film shows nothing at {at}"
        return f"no boundary is within {BOUNDARY_REACH_S} s of {at}; it waits for one"

    def _frame_at(self, said: Correction) -> int | None:
        """The frame that is shown when a correction says; None before the film and after it."""
        assert said.time_s is not None  # a cut has a face or a boundary
        frame = int(np.searchsorted(self._ends_s, said.time_s + _ROUNDED_S, side="right")) - 1
        return frame if 0 <= frame < self._n_frames else None

    def _sides(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """Which rows lie before a frame, and which do not."""
        before = self._frame_of_row < frame
        return before, ~before

    def _cut_off(self, track: int, frame: int, operation: int) -> int:
        """Give what follows of a track a number of its own."""
        number = int(self._track_of_row.max()) + 1
        _, after = self._sides(frame)
        self._track_of_row[after & (self._track_of_row == track)] = number
        self.parts.append(Part(number, track, operation, frame))
        return number

    def _boundary_near(self, said: Correction, boundaries: pd.DataFrame) -> int | None:
        """The frame of that of some boundaries which is where a correction says."""
        edges = (boundaries[f"transition_{edge}"] for edge in ("start", "end"))
        starts, ends = (self._ends_s[frames] for frames in edges)
        gaps_s = np.maximum(np.maximum(starts - said.time_s, said.time_s - ends), 0)
        if not len(gaps_s) or gaps_s.min() > BOUNDARY_REACH_S + _ROUNDED_S:
            return None
        return int(boundaries["frame"].iloc[gaps_s.argmin()])


def clusters_of_cut(
    clusters: pd.DataFrame, film: CutFilm, frames: pd.DataFrame, examined: pd.DataFrame
) -> pd.DataFrame:
    """The CLUSTERS table of a film that was cut: parts are in the character of their track.

    What was cut off is on screen from the cut on, and what is before it until then at most.

    Args:
        clusters: of the tracks as found.
        film: how they were cut.
        frames: the FRAMES table.
        examined: the EXAMINED table.
    """
    if not film.outcomes:
        return clusters
    row_of = {track: row for row, track in enumerate(clusters["track"])}
    for part in film.parts:
        row_of[part.track] = row_of[part.of]
    found = np.array(list(row_of.values()), int)
    intervals = track_intervals(film.tracks, film.shots, frames, examined).set_index("track")
    begins_s = {part.track: frames["time_s"].iloc[part.frame] for part in film.parts}
    for track, cut_s in begins_s.items():
        intervals.loc[track, "start_s"] = cut_s
    for track, cut_s in begins_s.items():
        before = (found == row_of[track]) & (intervals["start_s"] < cut_s)
        intervals.loc[before, "end_s"] = intervals.loc[before, "end_s"].clip(upper=cut_s)
    intervals = intervals.reset_index()
    table = clusters.iloc[found].reset_index(drop=True)
    return table.assign(**{str(name): intervals[name] for name in intervals})


def on_all_parts(
    placed: Iterable[Placed], parts: Sequence[Part], numbers: Sequence[int]
) -> list[Placed]:
    """Corrections as they concern all parts of the tracks that they were made of.

    What was said of a track before it was cut was said of all of it; what was said after, of a
    part.

    Args:
        placed: on the track that is seen at their faces.
        parts: what was cut off tracks.
        numbers: of the tracks, row by row.
    """
    by_number = {part.track: part for part in parts}

    def whole(row: int, operation: int) -> int:
        """The track that a row was part of when something was said."""
        track = numbers[row]
        while track in by_number and by_number[track].operation > operation:
            track = by_number[track].of
        return track

    def rows_with(row: int | None, operation: int) -> list[int | None]:
        """A row, and the others of its track then."""
        if row is None or not parts:
            return [row]
        own = whole(row, operation)
        others = [other for other in cut_rows if whole(other, operation) == own]
        return [row, *(other for other in others if other != row)]

    cut = {number for part in parts for number in (part.track, part.of)}
    cut_rows = [row for row, number in enumerate(numbers) if number in cut]
    return [
        Placed(said, own, others)
        for said, row, other in placed
        for own in rows_with(row, said.operation)
        for others in rows_with(other, said.operation)
        if own != others or row == other  # no part is different from itself
    ]
