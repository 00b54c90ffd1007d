"""Whose each face is by an edited file."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from castmap.corrections.anchors import MAX_GAP_S
from castmap.corrections.elsewhere.readings import SAME_S, Edited, Shown, within
from castmap.corrections.elsewhere.today import Today
from castmap.formats.tables import NOT_A_FACE, UNASSIGNED_LABELS


class Who(NamedTuple):
    """Somebody in an edited file: a character of today, or else what the file calls a new one."""

    character: str | None
    new: str | None = None


class Claim(NamedTuple):
    """Whose a face is, and by which of the file's appearances."""

    who: Who
    shown: int


class Claims(NamedTuple):
    """What an edited file says of faces.

    Attributes:
        of_tracks: for each track, of each of its detected faces a claim; None where the file has
            nobody there.
        conflicts: a sentence on each contradiction; nothing was claimed by it.
        not_taken: a sentence on each appearance that has no face.
    """

    of_tracks: dict[int, list[Claim | None]]
    conflicts: list[str]
    not_taken: list[str]


def claim_faces(edited: Edited, today: Today) -> Claims:
    """Find whose each face is by an edited file.

    An appearance that names tracks has their faces in its time. In what is left of its time, it
    has the character's other faces that are named by none; and where there are none, what nobody
    has: first what the file took from another character, else what was in none.
    """
    claiming = _Claiming(edited, today)
    claiming.claim_named()
    claiming.claim_own()
    claiming.claim_free()
    return Claims(claiming.claims, claiming.conflicts, claiming.not_taken)


class _Claiming:
    def __init__(self, edited: Edited, today: Today):
        self._edited, self._today, self._cast = edited, today, set(today.cast)
        self.claims: dict[int, list[Claim | None]] = {
            track: [None] * len(faces.times) for track, faces in today.faces.items()
        }
        self.conflicts: list[str] = []
        self.not_taken: list[str] = []
        self._lost: dict[int, int] = {}  # tracks that appearances name, and that are not there
        self._settled: set[int] = set()  # tracks of which the file contradicts itself

    def claim_named(self) -> None:
        """Claim the faces of tracks that appearances name."""
        wanted: dict[int, list[tuple[Claim, np.ndarray]]] = defaultdict(list)
        for index, one in enumerate(self._edited.shown):
            for track in one.tracks or ():
                mask = self._faces_in(one, track) if track in self.claims else np.zeros(0, bool)
                if mask.any():
                    wanted[track].append((Claim(self._who(one), index), mask))
                elif one.names_tracks:
                    self._lost[index] = track
        for track, claims in wanted.items():
            own = Who(self._today.cast.get(track))
            changed = [(claim, mask) for claim, mask in claims if claim.who != own]
            for claim, mask in claims:
                if claim.who == own:
                    self._take(track, mask, claim)
            self._take_unless_contradicted(track, changed)

    def claim_own(self) -> None:
        """Claim the faces of characters that no appearance named."""
        for index, one in enumerate(self._edited.shown):
            who = self._who(one)
            for start_s, end_s in self._time_left(one, one.tracks or ()):
                for track in self._today.members_seen(who.character, start_s, end_s):
                    mask = within(self._today.faces[track].times, start_s, end_s)
                    self._take(track, mask & self._free(track), Claim(who, index))
        found = {claim.shown for claims in self.claims.values() for claim in claims if claim}
        for index, track in self._lost.items():
            if index not in found:
                self.conflicts.append(
                    f"{self._where_shown(self._edited.shown[index])}: track {track} is not seen "
                    "there today; only the time counts"
                )

    def claim_free(self) -> None:
        """Claim the faces that nobody has, where an appearance has none."""
        wanted: dict[int, list[tuple[Claim, np.ndarray]]] = defaultdict(list)
        tracks_of: dict[Who, list[int]] = defaultdict(list)
        for track, claims in self.claims.items():
            for who in {claim.who for claim in claims if claim}:
                tracks_of[who].append(track)
        for index, one in enumerate(self._edited.shown):
            who = self._who(one)
            for gap in self._time_left(one, tracks_of[who]):
                is_within = one.start_s < gap[0] and gap[1] < one.end_s
                is_brief = is_within and gap[1] - gap[0] <= MAX_GAP_S
                if not is_brief and within(self._today.examined_times, *gap).any():
                    for track, mask in self._find_free(one, who, gap):
                        wanted[track].append((Claim(who, index), mask))
        for track, some in wanted.items():
            self._take_unless_contradicted(track, some)

    def _who(self, one: Shown) -> Who:
        character = self._edited.characters.get(one.who)
        return Who(character) if character else Who(None, one.who)

    def _take(self, track: int, mask: np.ndarray, claim: Claim) -> None:
        for index in np.flatnonzero(mask):
            self.claims[track][index] = claim

    def _take_unless_contradicted(self, track: int, claims: list[tuple[Claim, np.ndarray]]) -> None:
        for claim, mask in claims:
            against = [c for c, other in claims if c.who != claim.who and (mask & other).any()]
            if against:
                if track not in self._settled:
                    places = [self._where(c) for c in (claim, *against)]
                    self.conflicts.append(
                        f"{' and '.join(places)} give the same face to two people; nothing was "
                        "changed there"
                    )
                    self._settled.add(track)
                    self._keep(track, claim)
            elif track not in self._settled:
                self._take(track, mask, claim)

    def _keep(self, track: int, claim: Claim) -> None:
        """Leave a track whose it is."""
        own = self._today.cast.get(track)
        kept = Claim(Who(own), claim.shown) if own else None
        self.claims[track] = [kept] * len(self.claims[track])

    def _free(self, track: int) -> np.ndarray:
        return np.array([claim is None for claim in self.claims[track]])

    def _faces_in(self, one: Shown, track: int) -> np.ndarray:
        """Which faces of a track lie in an appearance; bounds that were not moved hold all."""
        times = self._today.faces[track].times
        start_s, end_s = self._edited.bounds[track]
        start_s = -np.inf if abs(one.start_s - start_s) <= SAME_S else one.start_s
        end_s = np.inf if abs(one.end_s - end_s) <= SAME_S else one.end_s
        return within(times, start_s, end_s)

    def _time_left(self, one: Shown, tracks: Iterable[int]) -> list[tuple[float, float]]:
        """The parts of an appearance in which none of some tracks is seen."""
        left, at = [], one.start_s
        seen = (self._seen(track) for track in tracks if track in self.claims)
        for start_s, end_s in sorted(s for s in seen if s[0] < one.end_s and s[1] > one.start_s):
            if start_s - at > SAME_S:
                left.append((at, min(start_s, one.end_s)))
            at = max(at, end_s)
        if one.end_s - at > SAME_S:
            left.append((at, one.end_s))
        return [(start, end) for start, end in left if end - start > SAME_S]

    def _seen(self, track: int) -> tuple[float, float]:
        """When a track is seen; boxes begin later than an appearance, and end sooner."""
        starts, ends = zip(self._edited.bounds[track], self._today.bounds[track], strict=True)
        return min(starts), max(ends)

    def _find_free(
        self, one: Shown, who: Who, gap: tuple[float, float]
    ) -> list[tuple[int, np.ndarray]]:
        """The tracks, and their faces, that an appearance must mean; none if that is not clear."""
        free = self._free_tracks(who, gap)
        # What the character had before somebody took it away comes first, then what the file took.
        taken = free & self._had_before(who) or free & self._cast
        in_cast = {track: self._free_faces(track, one.start_s, one.end_s) for track in taken}
        loose = (
            gap[0] - MAX_GAP_S,
            gap[1] + MAX_GAP_S,
        )  # bounds that are drawn by hand are not exact
        chosen = in_cast or {track: self._free_faces(track, *loose) for track in sorted(free)}
        same = [track for track in chosen if self._has_bounds(track, one)]
        if len(same) == 1:
            chosen = {same[0]: chosen[same[0]]}
        at = f"{self._where_shown(one)}, {gap[0]:.3f} to {gap[1]:.3f} s"
        if not chosen:
            self.not_taken.append(f"{at}: no face was found there{self._whose_else(who, gap)}")
        elif self._are_seen_at_once(chosen):
            numbers = ", ".join(map(str, sorted(chosen)))
            self.conflicts.append(
                f"{at}: several faces are there that are nobody's (tracks {numbers}); say on the "
                "film's page, or in CVAT, which one is meant"
            )
            return []
        return list(chosen.items())

    def _free_tracks(self, who: Who, gap: tuple[float, float]) -> set[int]:
        """The tracks of others, or of nobody, that have a face in some time which nobody has."""
        return {
            track
            for track in self._seen_in(gap)
            if self._today.who[track] not in (who.character, NOT_A_FACE)
            and self._free_faces(track, *gap).any()
        }

    def _had_before(self, who: Who) -> set[int]:
        """The tracks that castmap had found to be of a character's person."""
        found = self._today.found
        members = self._today.members.get(who.character or "", [])
        common = Counter(found[t] for t in members if t in found).most_common(1)
        if not common or common[0][0] in UNASSIGNED_LABELS:
            return set()
        return {track for track, character in found.items() if character == common[0][0]}

    def _free_faces(self, track: int, start_s: float, end_s: float) -> np.ndarray:
        return within(self._today.faces[track].times, start_s, end_s) & self._free(track)

    def _seen_in(self, gap: tuple[float, float]) -> list[int]:
        return [
            track
            for track, (start_s, end_s) in self._today.bounds.items()
            if start_s < gap[1] and end_s > gap[0]
        ]

    def _whose_else(self, who: Who, gap: tuple[float, float]) -> str:
        """Who has faces in some time, as the end of a sentence."""
        claims = [
            claim
            for track in self._seen_in(gap)
            for claim, there in zip(
                self.claims[track], within(self._today.faces[track].times, *gap), strict=True
            )
            if claim and there and claim.who != who
        ]
        whose = sorted({self._called(claim.who) for claim in claims})
        return f"; whose face is there is {' and '.join(whose)} by this file, too" if whose else ""

    def _are_seen_at_once(self, chosen: Mapping[int, np.ndarray]) -> bool:
        times = [self._today.faces[track].times[mask] for track, mask in chosen.items()]
        ends = sorted((own.min(), own.max()) for own in times)
        return any(after[0] <= before[1] for before, after in pairwise(ends))

    def _has_bounds(self, track: int, one: Shown) -> bool:
        bounds = self._edited.bounds[track]
        return bool(np.allclose(bounds, (one.start_s, one.end_s), rtol=0, atol=SAME_S))

    def _called(self, who: Who) -> str:
        return self._today.labels[who.character] if who.character else str(who.new)

    def _where(self, claim: Claim) -> str:
        return self._where_shown(self._edited.shown[claim.shown])

    def _where_shown(self, one: Shown) -> str:
        return f"{one.where} ({one.who})"
