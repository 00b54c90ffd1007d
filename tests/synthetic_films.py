"""Small films, and the tables of films whose tracks look exactly as a test says."""

from fractions import Fraction

import av
import numpy as np
import pandas as pd

from castmap.faces.alignment import TEMPLATE
from castmap.files.results import write_table
from castmap.formats.embeddings import write_embeddings
from castmap.formats.tables import (
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
    TRACKS,
)

FPS, N_FRAMES = 10, 100
ANN, BEN, EVE, HAND = np.eye(4, 128)


def like(person, other, cosine):
    """A unit vector at ``cosine`` to ``person``, the rest towards ``other``."""
    return cosine * person + np.sqrt(1 - cosine**2) * other


def write_film(folder, tracks, n_frames=N_FRAMES):
    """``tracks``: number, frames, x of the left edge, vector; every frame was examined."""
    folder.mkdir(exist_ok=True)
    times = np.arange(n_frames) / FPS
    frames = pd.DataFrame({"frame": range(n_frames), "time_s": times, "duration_s": 1 / FPS})
    write_table(folder / "frames.parquet", FRAMES, frames.assign(time_source="pts"), {})
    write_table(folder / "examined.parquet", EXAMINED, frames[["frame"]], {})
    shot = (0, 0, n_frames, 0.0, n_frames / FPS, "film_start", 0, 0, 1.0)
    shots = pd.DataFrame([shot] if n_frames else [], columns=SHOTS.columns)
    write_table(folder / "shots.parquet", SHOTS, shots if n_frames else SHOTS.empty(), {})
    faces = [(number, frame, x, vector) for number, seen, x, vector in tracks for frame in seen]
    table = pd.DataFrame({"track": [face[0] for face in faces], "shot": 0, "interpolated": False})
    table["frame"] = np.array([face[1] for face in faces], int)
    table["time_s"] = table["frame"] / FPS
    table["detection"] = range(len(faces))
    table["x1"] = [float(face[2]) for face in faces]
    table = table.assign(y1=0.0, x2=table["x1"] + 60, y2=80.0)
    write_table(folder / "tracks.parquet", TRACKS, table if faces else TRACKS.empty(), {})
    detections = table.reindex(columns=DETECTIONS.columns).fillna(0.0)
    detections = detections.assign(score=0.9, size_px=69.0, blur=100.0)
    detections[list(LANDMARK_COLUMNS)] = TEMPLATE.ravel()
    for number, _, _, vector in tracks:
        if vector is HAND:
            own = table["track"] == number
            detections.loc[own.to_numpy(), "score"] = 0.54
    write_table(folder / "detections.parquet", DETECTIONS, detections, {})
    vectors = np.array([face[3] for face in faces]).reshape(-1, 128)
    write_embeddings(folder / "embeddings.safetensors", vectors, {})


def draw_gradients(path, n_frames=30):
    """A film in which nobody is seen."""
    across = np.linspace(0, 255, 160)[None, :, None] * np.ones((120, 1, 3))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(n_frames):
            picture = np.roll(across, 2 * number, axis=1).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture)
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
