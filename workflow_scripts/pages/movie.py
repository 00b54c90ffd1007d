"""What stands on a film's page, from its tables and pictures."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from workflow_scripts.clustering.characters import NO_CHARACTERS, count_characters, screen_time
from workflow_scripts.pages import layout
from workflow_scripts.pages.sprites import make_sprite

_STRIP_FRAMES = 24
_FRAME_SIZE = (160, 90)
_FACE_PX = 96
_TRACK_FACE_PX = 64
_NOBODY = "var(--soft)"  # the colour of those of no character
_TITLES = {"background": "Background", "uncertain": "Uncertain", "not_a_face": "Not a face"}


def key_frames(shots: pd.DataFrame) -> list[int]:
    """The frame in the middle of each shot, in order of the shots."""
    return ((shots["start_frame"] + shots["end_frame"]) // 2).tolist()


def film_facts(info: Mapping, clusters: pd.DataFrame, shots: pd.DataFrame, n_faces: int) -> dict:
    """The head of a page: title, numbers, and technical facts.

    Args:
        info: movie.json.
        clusters: the CLUSTERS table.
        shots: the SHOTS table.
        n_faces: how many faces were found.
    """
    film = {
        "movie": info["movie"],
        "title": info["title"] or info["movie"],
        "year": info["year"],
        "rejected": info["status"] == "rejected",
        "reason": info["reason"],
    }
    if film["rejected"]:
        return film
    rate = "variable" if info["variable_frame_rate"] else "constant"
    film["numbers"] = [
        (layout.time_code(info["duration_s"]), "long"),
        (len(shots), "shots"),
        (count_characters(clusters), "characters"),
        (len(clusters), "appearances"),
        (n_faces, "faces found"),
    ]
    film["facts"] = (
        f"{info['width']} × {info['height']} pixels, {info['mean_fps']:.3f} frames per second "
        f"({rate}), {info['codec']}, SHA-256 {info['sha256'][:16]}…"
    )
    film["warnings"] = []
    if info["decode_errors"]:
        film["warnings"].append(
            f"The file is damaged: {info['decode_errors']} pieces could not be decoded. "
            "What could be is shown."
        )
    return film


def faces_by_character(
    tracks: pd.DataFrame, clusters: pd.DataFrame, quality: np.ndarray
) -> pd.DataFrame:
    """Every detected face of a track with its character, the track's confidence and its quality."""
    faces = tracks.loc[~tracks["interpolated"], ["track", "detection", "time_s"]]
    faces = faces.merge(clusters[["track", "character", "confidence"]], on="track")
    return faces.assign(quality=quality[faces["detection"]])


def characters(
    clusters: pd.DataFrame,
    faces: pd.DataFrame,
    duration_s: float,
    read_face: Callable[[int], np.ndarray],
) -> tuple[list[dict], dict]:
    """The rows of the timeline and the contact sheets, with the sprites they show.

    Args:
        clusters: the CLUSTERS table.
        faces: see faces_by_character.
        duration_s: the film's length, seconds.
        read_face: gives a detection's crop.

    Returns:
        Characters by screen time, then what is no character; and sprites ``tracks`` (one face per
        track) and ``faces``.
    """
    if clusters.empty:
        return [], {}
    best = layout.best_faces(faces)
    face_of_track = {track: index for index, track in enumerate(best["track"])}
    track_sprite = make_sprite(
        [read_face(d) for d in best["detection"]], _TRACK_FACE_PX, _TRACK_FACE_PX
    )
    rows, shown = [], []
    for rank, (name, own) in enumerate(clusters.groupby("character", sort=True)):
        own_faces = faces[faces["character"] == name]
        sheet = {}
        for group, chosen in layout.contact_sheet(own_faces).items():
            sheet[group] = [
                {"index": len(shown) + offset, "code": layout.time_code(face.time_s, 1)}
                for offset, face in enumerate(chosen.itertuples())
            ]
            shown += chosen["detection"].tolist()
        best_track = own_faces.nlargest(1, "quality")["track"].iloc[0]
        seconds = screen_time(own)
        rows.append(
            {
                "name": name,
                "title": _TITLES.get(name, name),
                "colour": _NOBODY if name in NO_CHARACTERS else layout.colour(rank),
                "face": face_of_track[best_track],
                "screen_time_s": seconds,
                "share": seconds / duration_s,
                "confidence": float(own["confidence"].mean()),
                "bars": [
                    _bar(track, duration_s, track_sprite.position(face_of_track[track.track]))
                    for track in own.sort_values("start_s").itertuples()
                ],
                "sheet": sheet,
            }
        )
    face_sprite = make_sprite([read_face(d) for d in shown], _FACE_PX, _FACE_PX)
    return rows, {"tracks": track_sprite, "faces": face_sprite}


def _bar(track: object, duration_s: float, face: str) -> dict:
    span = f"{layout.time_code(track.start_s, 3)} – {layout.time_code(track.end_s, 3)}"
    faces = f"{track.n_faces} face{'s' if track.n_faces != 1 else ''}"
    return {
        "left": round(100 * track.start_s / duration_s, 4),
        "width": round(100 * (track.end_s - track.start_s) / duration_s, 4),
        "confidence": round(float(track.confidence), 3),
        "face": face,
        "text": f"{track.character}  {span}",
        "more": f"shot {track.shot}, track {track.track}, {faces}, "
        f"confidence {track.confidence:.2f}",
    }


def shot_rows(shots: pd.DataFrame, clusters: pd.DataFrame, n_frames: int) -> list[dict]:
    """The shot list, with the characters seen in each.

    Args:
        shots: the SHOTS table.
        clusters: the CLUSTERS table.
        n_frames: key frames there are; shots beyond have none.
    """
    names = sorted(clusters["character"].unique())
    names = [name for name in names if name not in NO_CHARACTERS]
    colours = {name: layout.colour(rank) for rank, name in enumerate(names)}
    seen = {
        shot: sorted(set(own["character"]) & set(names)) for shot, own in clusters.groupby("shot")
    }
    words = {"film_start": "the film", "cut": "a cut", "gradual": "a gradual transition"}
    return [
        {
            "number": shot.shot,
            "frame": index if index < n_frames else None,
            "start_s": shot.start_s,
            "end_s": shot.end_s,
            "boundary": words[shot.boundary],
            "characters": [
                {"name": name, "colour": colours[name]} for name in seen.get(shot.shot, [])
            ],
        }
        for index, shot in enumerate(shots.itertuples())
    ]


def timeline_marks(shots: pd.DataFrame, frames: pd.DataFrame, duration_s: float) -> dict:
    """Boundaries and ticks in the timeline's units: x of 1000 for shots, percent for ticks."""
    scale = 1000 / duration_s
    cuts = shots.loc[shots["boundary"] == "cut", "start_s"]
    gradual = shots[shots["boundary"] == "gradual"]
    times = np.append(frames["time_s"], duration_s)
    starts = times[gradual["transition_start_frame"]] * scale
    ends = times[gradual["transition_end_frame"]] * scale
    return {
        "cuts": "".join(f"M{start * scale:.2f} 0V100" for start in cuts),
        "graduals": [(round(s, 2), round(e - s, 2)) for s, e in zip(starts, ends, strict=True)],
        "ticks": [
            (round(100 * tick / duration_s, 3), layout.time_code(tick))
            for tick in layout.ticks(duration_s)
        ],
        "strip": layout.spread_evenly(len(shots), _STRIP_FRAMES),
    }


def shot_sprite(pictures: list[np.ndarray]) -> dict:
    """The sprite of the shots' key frames."""
    sprite = make_sprite(pictures, *_FRAME_SIZE)
    return {"shots": sprite} if sprite else {}


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


def measured_rows(
    shots: Mapping | None, tracks: Mapping, clustering: Mapping
) -> list[tuple[str, str]]:
    """The panel of measures, from the three metrics files; what is undefined shows as a dash."""
    score = clustering["track"]
    of_shots = shots and [
        ("Cuts found", _share(shots["cut_recall"])),
        ("Gradual transitions found", _share(shots["gradual_recall"])),
        ("Shot boundaries that are true", _share(shots["precision"])),
    ]
    return (of_shots or []) + [
        ("Time of people covered by tracks, worst case", _share(tracks["coverage_min"])),
        ("Tracks that mix two people", str(tracks["mixed_tracks"])),
        ("HOTA of tracks", _number(tracks["hota"])),
        ("Characters found / people", f"{clustering['k_pred']} / {clustering['k_true']}"),
        ("Characters that are one person", _share(score["character_precision"])),
        ("People found in one character", _share(score["character_recall"])),
        ("Clicks to put everything right", str(clustering["operator_clicks"])),
        ("V-measure", _number(score["v_measure"])),
        ("Weighted purity", _number(score["weighted_purity"])),
        ("BCubed F", _number(score["bcubed_f1"])),
        ("F from the film to its characters", _number(clustering["end_to_end"]["f1"])),
    ]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
