"""A made film whose cast map people edit, its exports, and what corrections make of it.

Frames are shown for unequal times, pixels are not square, and the film's clock starts at 7.25 s.
Every sixth frame was examined. Nobody is seen from 64 s on.
"""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from castmap.corrections.elsewhere.today import Today, characters_as_found
from castmap.exports import cvat, elan, spreadsheet, via
from castmap.exports.film import Film
from castmap.faces.alignment import TEMPLATE
from castmap.formats.corrections import HEADER, Correction, Face
from castmap.formats.tables import (
    CHARACTERS,
    CLUSTERS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
)
from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.tracks.examined import track_intervals
from correct_characters import correct_characters
from tests.corrections_files import write_rows

INFO = {
    "movie": "made",
    "title": "Made & cut",
    "year": None,
    "status": "ok",
    "reason": None,
    "sha256": "cd" * 32,
    "width": 640,
    "height": 480,
    "stored_width": 600,
    "stored_height": 480,
    "clock_start_s": 7.25,
    "n_frames": 1600,
}
WHEN = "2026-01-31T12:00:00Z"
# first and last second, place from the left, person; in order of time
SEEN = [
    (1, 5, 0, "A"),  # 0
    (1, 5, 1, "B"),
    (1, 5, 2, "C"),
    (6, 9, 3, "D"),  # 3
    (11, 15, 0, "A"),
    (11, 15, 1, "B"),
    (16, 19, 2, "C"),  # 6
    (16, 19, 1, "D"),
    (21, 25, 0, "A"),
    (23, 28, 1, "A"),  # 9: in a mirror, as she goes
    (26, 29, 2, "B"),
    (31, 35, 2, "C"),
    (31, 35, 1, "D"),  # 12
    (36, 39, 2, "E"),
    (41, 46, 0, "A"),
    (41, 46, 1, "B"),  # 15
    (47, 49, 2, "E"),
    (51, 54, 3, "background"),
    (49.2, 49.95, 2, "uncertain"),  # 18
    (61, 63, 1, "not_a_face"),
    (41, 46, 2, "E"),
    (1, 5, 3, "E"),  # 21
]
NAMES = {"A": "Ann & <b>Lee</b>", "D": "=HYPERLINK(0)"}
WRITERS = {
    "cast_map.eaf": elan,
    "cast_map.csv": spreadsheet,
    "cast_map.via.json": via,
    "tracks.cvat.xml": cvat,
}


@cache
def frames_table():
    steps = np.tile([0.04, 0.05, 0.033, 0.06], 400)
    times = np.round(np.concatenate([[0], np.cumsum(steps)[:-1]]), 6)
    rows = {"frame": range(len(times)), "time_s": times, "duration_s": steps}
    return FRAMES.validate(pd.DataFrame(rows).assign(time_source="pts"))


@cache
def examined_table():
    return EXAMINED.validate(pd.DataFrame({"frame": range(0, len(frames_table()), 6)}))


@cache
def found_shots():
    times = frames_table()["time_s"].to_numpy()
    cuts = np.searchsorted(times, np.arange(10, 70, 10))
    return SHOTS.validate(
        shots_table(boundaries_table((f, "cut", f, f, 1.0) for f in cuts), frames_table())
    )


@cache
def found_tracks():
    times = frames_table()["time_s"].to_numpy()
    starts = found_shots()["start_frame"].to_numpy()
    rows = []
    for track, (start, end, place, _) in enumerate(SEEN):
        for frame in examined_table()["frame"]:
            if start <= times[frame] < end:
                shot = np.searchsorted(starts, frame, side="right") - 1
                left = 20.0 + 150 * place + frame % 7
                box = (left, 100.0, left + 60, 180.0)
                rows.append((track, shot, frame, times[frame], *box, len(rows), False))
    columns = ["track", "shot", "frame", "time_s", "x1", "y1", "x2", "y2", "detection"]
    return TRACKS.validate(pd.DataFrame(rows, columns=[*columns, "interpolated"]))


@cache
def found_detections():
    faces = found_tracks()
    table = faces.reindex(columns=DETECTIONS.columns).fillna(0.0)
    table = table.assign(score=0.9, size_px=69.0, blur=100.0)
    table[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    return DETECTIONS.validate(table)


@cache
def embeddings():
    people = sorted({person for *_, person in SEEN})
    rows = [people.index(SEEN[track][3]) for track in found_tracks()["track"]]
    return np.eye(len(people))[rows]


@cache
def found_clusters():
    table = track_intervals(found_tracks(), found_shots(), frames_table(), examined_table())
    people = pd.Series([person for *_, person in SEEN])
    seconds = (table["end_s"] - table["start_s"]).groupby(people).sum().sort_values()[::-1]
    numbers = [person for person in seconds.index if len(person) == 1]
    called = {person: f"C{rank:02d}" for rank, person in enumerate(numbers, start=1)}
    return CLUSTERS.validate(
        table.assign(
            character=people.replace(called),
            confidence=np.linspace(0.6, 0.99, len(table)),
            second_character=None,
            joined=False,
        )
    )


def face(track, part=0.5):
    """The anchor of a face that is so far into a track."""
    own = found_tracks()[found_tracks()["track"] == track]
    row = own.iloc[int(part * len(own))]
    return Face(row.time_s, row.x1 / 640, row.y1 / 480, row.x2 / 640, row.y2 / 480)


def said(operation, action, track, other=None, name=None, undoes=None, part=0.5):
    return Correction(
        *(0, operation, WHEN, action),
        None if track is None else face(track, part),
        None if other is None else face(other),
        *(name, undoes),
    )


def first_journal(*more, names=None):
    """What people had said before: the names."""
    given = NAMES if names is None else names
    seen = {name: [t for t, (*_, who) in enumerate(SEEN) if who == name][:3] for name in given}
    rows = [
        said(number, "name", track, name=name)
        for number, (person, name) in enumerate(given.items(), start=1)
        for track in seen[person]
    ]
    later = [replace(row, operation=len(given) + row.operation) for row in more]
    return f"{HEADER}\n{write_rows([*rows, *later])}".encode()


def today(folder, content=None):
    """The film as the workflow makes it with a file of corrections."""
    path = folder / "corrections.csv"
    path.write_bytes(first_journal() if content is None else content)
    made = correct_characters(
        *(INFO, frames_table(), found_shots(), examined_table(), found_detections()),
        *(found_tracks(), {"sface": embeddings()}, found_clusters()),
        *({"carried_stop_distance": 0.6}, {"model": "sface"}, path),
        calibration_model="sface",
    )
    names = made.corrected["name"].astype(object).where(made.corrected["name"].notna(), None)
    given = [name and "given" for name in names]
    characters = made.corrected.assign(name=names, named_by=pd.Series(given, dtype=object))
    return Today(
        info=INFO,
        frames=frames_table(),
        examined=examined_table(),
        tracks=made.corrected_tracks,
        characters=CHARACTERS.validate(characters[CHARACTERS.columns]),
        found=characters_as_found(found_clusters(), found_tracks(), made.corrected_tracks),
        journal=json.loads(json.dumps(made.journal)),
    )


def export(film, folder):
    """Write the exports of a film as it is; their paths by name."""
    exported = Film(
        info=film.info,
        file="../films/made.mp4",
        frames=frames_table(),
        examined=examined_table(),
        shots=found_shots(),
        detections=found_detections(),
        tracks=film.tracks,
        characters=film.characters,
        face_crops=folder / "faces.zip",
        show_faces="shown",
        record={},
    )
    folder.mkdir(exist_ok=True)
    for name, module in WRITERS.items():
        module.write(exported, folder / name)
    return {name: folder / name for name in WRITERS}
