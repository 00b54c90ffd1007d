"""The content of a film's page, from its tables and pictures."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from castmap.clustering.characters import count_characters, is_character
from castmap.clustering.screen_time import screen_times
from castmap.corrections.cuts import BOUNDARY_REACH_S
from castmap.formats.corrections import HEADER, LONGEST_NAME
from castmap.formats.tables import BOX_COLUMNS, rows_of
from castmap.pages import layout
from castmap.pages.paths import box_paths

UNSURE = 0.8  # confidence below which an appearance is shown as uncertain
_NEAR = 5  # faces of a candidate that a question shows
_INSTANT_S = 1e-6  # less than any frame is shown for


def film_url(film: Path, page: Path) -> str:
    """Where the page looks for the film: in this project, or beside the page.

    The path of a film elsewhere says more of the machine than a page that is passed on should.
    """
    relative = os.path.relpath(film, page.parent)
    shown = film.name if os.path.relpath(film).startswith("..") else relative
    return quote(shown, errors="surrogateescape")


def film_facts(info: Mapping, clusters: pd.DataFrame, shots: pd.DataFrame, n_faces: int) -> dict:
    """The head of a page: title, numbers, and technical facts.

    Args:
        info: movie.json.
        clusters: the CLUSTERS or CHARACTERS table.
        shots: the SHOTS table.
        n_faces: how many faces were found.
    """
    film = {
        "movie": info["movie"],
        "title": layout.title_of(info),
        "year": info["year"],
        "rejected": info["status"] == "rejected",
        "reason": info["reason"],
    }
    if film["rejected"]:
        return film
    rate = "variable" if info["variable_frame_rate"] else "constant"
    film["numbers"] = [
        layout.length(info["duration_s"]),
        layout.count(count_characters(clusters), "character"),
        layout.count(len(clusters), "appearance"),
        layout.count(len(shots), "shot"),
        f"{layout.count(n_faces, 'face')} found",
    ]
    film["facts"] = (
        f"{_describe_pixels(info)}, {info['mean_fps']:.3f} frames per second "
        f"({rate}), {info['codec']}, SHA-256 {info['sha256'][:16]}…"
    )
    film["warnings"] = []
    if info["decode_errors"]:
        film["warnings"].append(
            f"The file is damaged: {info['decode_errors']} pieces could not be decoded. "
            "The rest is shown."
        )
    if info["clock_jumps"]:
        film["warnings"].append(_describe_jumps(info["clock_jumps"]))
    return film


def _describe_pixels(info: Mapping) -> str:
    """The size of frames, and what a player does to show them so."""
    told = [f"{info['width']} × {info['height']} pixels"]
    if (info["stored_width"], info["stored_height"]) != (info["width"], info["height"]):
        told.append(f"stored as {info['stored_width']} × {info['stored_height']}")
    if info["geometry_changes"]:
        times = "once" if info["geometry_changes"] == 1 else f"{info['geometry_changes']} times"
        told.append(f"a size or orientation that changes {times}")
    return ", ".join(told)


def _describe_jumps(jumps: list[Mapping]) -> str:
    """That times run on where the file's clock does not; the first jump as an example."""
    first = jumps[0]
    where = f"at frame {first['frame']}, from {first['from_s']:.3f} s to {first['to_s']:.3f} s"
    if len(jumps) > 1:
        where = f"at {len(jumps)} places, first {where}"
    return (
        f"The file's clock jumps {where}, as where recordings were joined. Here time runs on "
        "without a break; movie.json lists every jump."
    )


def faces_by_character(
    tracks: pd.DataFrame, clusters: pd.DataFrame, quality: np.ndarray
) -> pd.DataFrame:
    """Every detected face of a track with its character, the track's confidence and its quality."""
    faces = tracks.loc[~tracks["interpolated"], ["track", "detection", "time_s"]]
    faces = faces.merge(clusters[["track", "character", "confidence"]], on="track")
    return faces.assign(quality=quality[faces["detection"]])


def appearances(
    characters: pd.DataFrame,
    faces: pd.DataFrame,
    tracks: pd.DataFrame,
    detections: pd.DataFrame,
    frame_times: np.ndarray,
    info: Mapping,
) -> tuple[list[dict], list[int]]:
    """What the page's script knows of each track, and the faces it shows.

    Args:
        characters: the CHARACTERS table.
        faces: see faces_by_character.
        tracks: the TRACKS table.
        detections: the DETECTIONS table.
        frame_times: float [n], when each frame of the film is shown, s.
        info: movie.json.

    Returns:
        A dict per track, in order; and the detections whose crops the sprite ``faces`` holds: the
        ``times`` of a track are those of its faces from ``first`` on, its best face leading. The
        ``anchor`` of a track is that face's time and box, as in the CORRECTIONS table; ``seen``
        from when to when it lasts, exactly enough for sums; ``last`` is when its last frame is
        shown, ``path`` where it is in the picture (see box_paths) from ``began`` on, when its first
        box is.
    """
    size = np.array([info["width"], info["height"]] * 2)
    by_track = dict(iter(faces.groupby("track")))
    began = tracks.groupby("track")["time_s"].min()
    paths = box_paths(tracks, info["width"], info["height"])
    ends = characters["end_s"].to_numpy(float)
    last_frames = np.maximum(np.searchsorted(frame_times, ends - _INSTANT_S) - 1, 0)
    rows: list[dict] = []
    shown: list[int] = []
    for row, track in enumerate(rows_of(characters)):
        kept = layout.spread_faces(by_track[track.track])
        best = detections.loc[kept["detection"].iloc[0]]
        box = best[list(BOX_COLUMNS)].to_numpy(float) / size
        rows.append(
            {
                "row": row,
                "track": track.track,
                "shot": track.shot,
                "faces": track.n_faces,
                "start": round(track.start_s, 3),
                "end": round(track.end_s, 3),
                "seen": [round(track.start_s, 6), round(track.end_s, 6)],
                "began": round(float(began[track.track]), 3),
                "last": round(float(frame_times[last_frames[row]]), 3),
                "path": paths[track.track],
                "who": track.character,
                "sure": round(float(track.confidence), 3),
                "second": _text(track.second_character),
                "corrected": bool(track.corrected),
                "clear": round(float(kept["quality"].iloc[0]), 3),
                "first": len(shown),
                "times": [round(float(time), 3) for time in kept["time_s"]],
                "anchor": [round(float(value), 6) for value in (best["time_s"], *box)],
            }
        )
        shown += kept["detection"].tolist()
    return rows, shown


def script_data(
    info: Mapping, characters: pd.DataFrame, rows: list[dict], journal: Mapping, more: Mapping
) -> dict:
    """All that the page's script starts from.

    Args:
        info: movie.json.
        characters: the CHARACTERS table.
        rows: of appearances.
        journal: corrections.json.
        more: ``sprites`` by name, ``shots`` (see shot_rows), what moments gives,
            ``cannot_links`` (pairs of rows), ``review`` (the questions) and ``film_url``.
    """
    named = characters.dropna(subset="name").drop_duplicates("character")
    return {
        "movie": info["movie"],
        "duration_s": info["duration_s"],
        "clock_start_s": info["clock_start_s"],
        "width": info["width"],
        "height": info["height"],
        "codec": info["codec"],
        "colours": layout.COLOURS,
        "unsure": UNSURE,
        "boundary_reach_s": BOUNDARY_REACH_S,
        "screen_times": {
            row.character: [round(row.screen_time_low_s, 3), round(row.screen_time_high_s, 3)]
            for row in rows_of(screen_times(characters))
        },
        "appearances": rows,
        "names": dict(zip(named["character"], named["name"], strict=True)),
        "header": HEADER,
        "longest_name": LONGEST_NAME,
        "journal_text": journal["text"] if journal["text"].startswith(HEADER) else "",
        "journal": journal_rows(journal, characters),
        "faults": journal["faults"],
        "last_operation": max((row["operation"] for row in journal["rows"]), default=0),
        **more,
    }


def journal_rows(journal: Mapping, characters: pd.DataFrame) -> list[dict]:
    """The rows of corrections.json as the page's script takes them; tracks by their rows.

    The first row of an operation has ``what``: what was said, in words.
    """
    kept = ("operation", "made_at", "action", "name", "undoes", "status", "reason", "time_s")
    rows_of = {track: row for row, track in enumerate(characters["track"])}
    operations: dict[int, list[Mapping]] = {}
    for row in journal["rows"]:
        operations.setdefault(row["operation"], []).append(row)
    return [
        {
            **{key: row[key] for key in kept},
            "row": rows_of.get(row["track"]),
            "other_row": rows_of.get(row["other_track"]),
            "what": in_words(rows, operations) if place == 0 else None,
        }
        for rows in operations.values()
        for place, row in enumerate(rows)
    ]


def in_words(rows: Sequence[Mapping], operations: Mapping[int, Sequence[Mapping]]) -> str:
    """What an operation says, in words: “merged Ann (seen at 0:00:01.0) with …”.

    Args:
        rows: of corrections.json, of the operation.
        operations: the rows of every operation, by number.
    """
    first = rows[0]
    if first["action"] == "undo":
        undone = operations.get(first["undoes"])
        return f"undid {first['undoes']}" + (f": {in_words(undone, operations)}" if undone else "")
    n_faces = len({row["time_s"] for row in rows})
    one = _seen(first["called"], first["time_s"])
    other = _seen(first["other_called"], first["other_time_s"])
    of_faces = layout.count(n_faces, "appearance") if n_faces > 1 else "an appearance"
    at = _seen(None, first["time_s"]) if n_faces == 1 else f"{n_faces} faces, {one} among them"
    return {
        "merge": f"merged {one} with {other}",
        "move": f"moved {at} to {other}",
        "split": f"made {at} a new character",
        "different": f"said that {one} and {other} are two people",
        "not_a_face": f"said that {at} is not a face",
        "background": f"moved {at} to the background",
        "name": f"named {_seen(None, first['time_s'])} “{first['name']}”",
        "refuse": f"said that {_seen(None, first['time_s'])} is not “{first['name']}”",
        "cut_track": f"cut {of_faces} in two at {layout.time_code(first['time_s'] or 0, 2)}",
        "cut_shot": f"said that a shot begins at {layout.time_code(first['time_s'] or 0, 2)}",
        "join_shots": f"said that no shot begins at {layout.time_code(first['time_s'] or 0, 2)}",
    }[first["action"]]


def _seen(called: str | None, time_s: float | None) -> str:
    """Somebody, by the name that was known and by when they are seen."""
    at = f"seen at {layout.time_code(time_s or 0, 1)}"
    return f"“{called}” ({at})" if called else f"the face {at}"


def review_questions(
    review: pd.DataFrame, characters: pd.DataFrame, vectors: np.ndarray
) -> list[dict]:
    """The REVIEW table as the page's script takes it; tracks by their rows.

    Args:
        review: the REVIEW table.
        characters: the CHARACTERS table.
        vectors: float [t, d], unit rows, of the tracks in the order of their numbers.

    Returns:
        A dict per question; ``near`` and ``other_near`` are the rows of the character and of the
        other one that look most like what is asked about, the likest first.
    """
    rows = {track: row for row, track in enumerate(characters["track"])}
    whose = characters["character"].to_numpy()
    questions = []
    for question in rows_of(review):
        row = None if question.kind in ("merge", "name") else rows[int(question.track)]
        asked = None if row is None else np.array([row])
        one = np.flatnonzero(whose == question.character)
        other = np.flatnonzero(whose == question.other_character)
        questions.append(
            {
                "kind": question.kind,
                "row": row,
                "other_row": rows[int(question.other_track)] if question.kind == "twice" else None,
                "character": question.character,
                "other_character": _text(question.other_character),
                "name": _text(question.name),
                "near": _likest(vectors, one, other if asked is None else asked),
                "other_near": _likest(vectors, other, one if asked is None else asked),
            }
        )
    return questions


def _likest(vectors: np.ndarray, some: np.ndarray, asked: np.ndarray) -> list[int]:
    """Of some rows those that are most like any of the rows asked about, which are left out."""
    others = np.setdiff1d(some, asked)
    likeness = (vectors[others] @ vectors[asked].T).max(axis=1, initial=-1)
    return others[np.argsort(-likeness, kind="stable")][:_NEAR].tolist()


def naming(names: pd.DataFrame, evidence: pd.DataFrame, characters: pd.DataFrame) -> dict:
    """The names that known faces speak for, as the page's script takes them, by character.

    Args:
        names: the NAMES table.
        evidence: the NAME_EVIDENCE table; the sprite ``known`` holds its crops in its order.
        characters: the CHARACTERS table.

    Returns:
        Of each character: ``status``; ``names``, the most probable first, each with ``name``,
        ``probability`` and ``known``: the index of each face in the sprite, where it is from, and
        the row of the appearance that is most like it.
    """
    rows = {track: row for row, track in enumerate(characters["track"])}
    faces: dict[tuple[str, str], list] = {}
    for index, face in enumerate(rows_of(evidence)):
        when = "" if np.isnan(face.time_s) else f", {layout.time_code(face.time_s, 0)}"
        shown = [index, f"{face.origin}{when}", rows[face.track]]
        faces.setdefault((face.character, face.name), []).append(shown)
    found = {}
    for row in rows_of(names):
        both = ((row.name, row.probability), (row.second_name, row.second_probability))
        said = [
            {
                "name": name,
                "probability": round(float(probability), 4),
                "known": faces[row.character, name],
            }
            for name, probability in both
            if (row.character, name) in faces
        ]
        if said:
            found[row.character] = {"status": row.status, "names": said}
    return found


def character_titles(characters: pd.DataFrame) -> dict[str, str]:
    """What to call each character of a CHARACTERS table: its name, if it has one."""
    own = characters[is_character(characters["character"])].drop_duplicates("character")
    own = own.sort_values("character")
    return dict(zip(own["character"], own["name"].fillna(own["character"]), strict=True))


def shot_rows(shots: pd.DataFrame) -> list[list]:
    """When each shot of the SHOTS table starts and ends, in s, and how it begins."""
    words = {"film_start": "the film", "cut": "a cut", "gradual": "a dissolve, fade or wipe"}
    return [
        [round(shot.start_s, 3), round(shot.end_s, 3), words[shot.boundary]]
        for shot in rows_of(shots)
    ]


def moments(
    shots: pd.DataFrame, frame_times: np.ndarray, key_frames: Sequence[int], duration_s: float
) -> dict:
    """Instants of the film that the page's script shows, in s.

    Args:
        shots: the SHOTS table.
        frame_times: float [n], when each frame of the film is shown.
        key_frames: the frames that there are pictures of.
        duration_s: of the film.

    Returns:
        ``cuts``; start and end of each of the ``graduals``; ``key_times``, when each of the
        key frames is shown; ``frame_s``, how long a frame is shown, as a rule.
    """
    gradual = shots[shots["boundary"] == "gradual"]
    times = np.append(frame_times, duration_s).round(3)
    starts, ends = (
        times[gradual[f"transition_{side}_frame"]].tolist() for side in ("start", "end")
    )
    return {
        "cuts": shots.loc[shots["boundary"] == "cut", "start_s"].round(3).tolist(),
        "graduals": list(zip(starts, ends, strict=True)),
        "key_times": times[list(key_frames)].tolist(),
        "frame_s": round(float(np.median(np.diff(times))), 5),
    }


def certainty(calibration: Mapping) -> dict:
    """Two histograms with the stop distance between, and the numbers it rests on.

    Args:
        calibration: clusters.chosen.json.

    Returns:
        The file's content, with ``bars`` (of each histogram that holds pairs: x, y, width and
        height in percent of the chart), ``stop`` (x in percent), and ``ticks``.
    """
    histograms = calibration["histograms"]
    edges = histograms["edges"]
    scale = 100 / edges[-1]
    bars = {}
    for kind in ("same", "different"):
        counts = histograms[kind]
        most = max(counts)
        bars[kind] = [
            {
                "x": round(left * scale, 2),
                "y": round(100 - 100 * count / most, 2),
                "width": round((right - left) * scale, 2),
                "height": round(100 * count / most, 2),
            }
            for left, right, count in zip(edges[:-1], edges[1:], counts, strict=True)
            if count
        ]
    counted = {kind: sum(histograms[kind]) for kind in bars}
    stop = round(min(calibration["stop_distance"] * scale, 100), 2)
    ticks = [(round(100 * tick / edges[-1], 2), tick) for tick in (0, 0.5, 1, 1.5)]
    return {**calibration, "bars": bars, "counted": counted, "stop": stop, "ticks": ticks}


def embedding_used(choice: Mapping) -> str:
    """Which face model clustered the film, in a sentence.

    Args:
        choice: choice.json; the pretrained embedding is the first of its models.
    """
    names = [model["model"] for model in choice["models"]]
    if choice["model"] != names[0]:
        return f"A face model tuned to the films ({choice['model']}) helped the standard one."
    if len(names) > 1:
        return "Standard face model used; tuning to this film did not help."
    return "Standard face model used."


def measured_rows(
    shots: Mapping | None, tracks: Mapping | None, clustering: Mapping | None
) -> list[tuple[str, str]]:
    """The panel of measures, from the three metrics files; what is undefined shows as a dash.

    Args:
        shots: None of a film without labels of shots.
        tracks: None of a film without labels of faces, as is ``clustering``.
        clustering: of the chosen clusters.
    """
    if tracks is None or clustering is None:
        return []
    score = clustering["track"]
    of_shots = shots and [
        ("Cuts found", _share(shots["cut_recall"])),
        ("Gradual transitions found", _share(shots["gradual_recall"])),
        ("Shot boundaries that are correct", _share(shots["precision"])),
    ]
    return (of_shots or []) + [
        ("Screen time covered by tracks, worst person", _share(tracks["coverage_min"])),
        ("Tracks that mix two people", str(tracks["mixed_tracks"])),
        ("HOTA of tracks", _number(tracks["hota"])),
        ("Characters found / people", f"{clustering['k_pred']} / {clustering['k_true']}"),
        ("Characters that are one person", _share(score["character_precision"])),
        ("People found in one character", _share(score["character_recall"])),
        ("Clicks to correct everything", str(clustering["operator_clicks"])),
        ("V-measure", _number(score["v_measure"])),
        ("Weighted purity", _number(score["weighted_purity"])),
        ("BCubed F", _number(score["bcubed_f1"])),
        ("F from end to end", _number(clustering["end_to_end"]["f1"])),
    ]


def _text(cell: object) -> str | None:
    """A text cell of a table; None where it is empty."""
    return cell if isinstance(cell, str) else None


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
