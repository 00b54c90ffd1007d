"""An afternoon's baseline: who appears in a film, in a few dozen lines from libraries.

CenterFace on every third frame, IoU tracks inside the shots of PySceneDetect's adaptive detector,
the mean SFace embedding of each track, and average linkage at one fixed distance, in which tracks
that are seen in one frame stay apart. Detector, embedding and linkage are castmap's; all else that
castmap does is left out. Printed are the clusters, largest first; benchmarks/real_clips.py compares
them with castmap's.

The baseline is favoured: its constants are those found to be best, by mean V plus mean character
recall among choices that lose few faces, on the very six clips it is measured on: V .934, character
recall .907, box recall .947, characters about right in six of six. Tracks whose best face has .8
instead of .7 would give V .995, and character recall .855: the hard ones are thrown away.
benchmarks/afternoon_constants.py tries them all.

    python -m benchmarks.afternoon FILM --work FOLDER
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import scenedetect
import torch
from scipy.optimize import linear_sum_assignment

from castmap.clustering.agglomeration import cluster_constrained, cosine_distances
from castmap.embedding.networks import open_embedder
from castmap.faces.detection import FaceLimits
from castmap.faces.finding import find_faces
from castmap.faces.loading import load_detector
from castmap.formats.tables import BOX_COLUMNS
from castmap.tracks.boxes import paired_iou
from castmap.video.decoding import decode_frames, open_film
from castmap.video.probing import choose_stream

EVERY_NTH = 3
WEIGHTS = Path(__file__).resolve().parents[1] / "resources" / "weights"
_LIMITS = FaceLimits(long_side_px=640, min_score=0.5, min_size_px=16)
_BATCH = 32


class Constants(NamedTuple):
    """What one tries out.

    Attributes:
        min_iou: of a face and the one before in its track.
        wait: how many examined frames a track waits for its next face.
        min_faces: of a track.
        min_best_score: of the best face of a track.
        distance: cosine distance up to which clusters are joined.
    """

    min_iou: float = 0.3
    wait: int = 4
    min_faces: int = 2
    min_best_score: float = 0.7
    distance: float = 0.66


BEST = Constants()


class Seen(NamedTuple):
    """What is seen in a film.

    Attributes:
        faces: columns frame, score, x1, y1, x2, y2 (px).
        embeddings: of the faces, float32 [n, 128], unit rows.
        cuts: first frames of shots, but the first, int [k], ascending.
    """

    faces: pd.DataFrame
    embeddings: np.ndarray
    cuts: np.ndarray


def look(film: Path, folder: Path, threads: int = 1) -> Seen:
    """Find faces and cuts; what a folder holds from before is taken from there.

    Args:
        film: the video file.
        folder: made if it is not there.
        threads: of the networks.
    """
    files = [folder / name for name in ("faces.parquet", "embeddings.npy", "cuts.npy")]
    if not files[-1].exists():
        torch.set_num_threads(threads)
        folder.mkdir(parents=True, exist_ok=True)
        faces, embeddings = _find_faces(film)
        shots = scenedetect.detect(str(film), scenedetect.AdaptiveDetector())
        faces.to_parquet(files[0])
        np.save(files[1], embeddings)
        np.save(files[2], np.array([start.frame_num for start, _ in shots[1:]], int))
    return Seen(pd.read_parquet(files[0]), np.load(files[1]), np.load(files[2]))


def _find_faces(film: Path) -> tuple[pd.DataFrame, np.ndarray]:
    device = torch.device("cpu")
    detector = load_detector("centerface", WEIGHTS / "centerface.safetensors", device, _LIMITS)
    embedder = open_embedder("sface", WEIGHTS / "sface.safetensors", {}, device)
    rows, crops = [], []
    with open_film(film) as container:
        stream = choose_stream(container)
        frames = decode_frames(container, stream.index, every_nth=EVERY_NTH)
        for batch in find_faces(frames, detector, (stream.width, stream.height)):
            for frame, faces in batch:
                rows += [{"frame": frame, **face.row} for face in faces]
                crops += [face.crop for face in faces]
    parts = [
        embedder.embed(np.stack(crops[start : start + _BATCH]))
        for start in range(0, len(crops), _BATCH)
    ]
    table = pd.DataFrame(rows, columns=["frame", "score", *BOX_COLUMNS])
    return table, np.concatenate([np.zeros((0, embedder.dimension), np.float32), *parts])


def follow(seen: Seen, constants: Constants) -> pd.DataFrame:
    """Tracks: faces that overlap from one examined frame to the next, within a shot.

    Returns:
        Columns track, frame, detection (the face's row), x1, y1, x2, y2 (px), interpolated (False).
    """
    faces = seen.faces
    frames, boxes = faces["frame"].to_numpy(int), faces[list(BOX_COLUMNS)].to_numpy(float)
    shots = np.searchsorted(seen.cuts, frames, side="right")
    scores = faces["score"].to_numpy()
    tracks: list[list[int]] = []
    for frame in np.unique(frames):
        new = np.flatnonzero(frames == frame)
        since = frame - EVERY_NTH * constants.wait
        waiting = [t for t in tracks if frames[t[-1]] >= since and shots[t[-1]] in shots[new]]
        last = np.array([track[-1] for track in waiting], int)
        overlaps = paired_iou(boxes[last][:, None], boxes[new][None])
        pairs = zip(*linear_sum_assignment(overlaps, maximize=True), strict=True)
        followed = {new[j]: i for i, j in pairs if overlaps[i, j] >= constants.min_iou}
        for face in new:
            if face in followed:
                waiting[followed[face]].append(face)
            else:
                tracks.append([face])
    kept = [
        track
        for track in tracks
        if len(track) >= constants.min_faces and scores[track].max() >= constants.min_best_score
    ]
    detections = np.array([face for track in kept for face in track], int)
    table = faces.iloc[detections][["frame", *BOX_COLUMNS]].reset_index(drop=True)
    numbers = np.repeat(np.arange(len(kept)), [len(track) for track in kept])
    return table.assign(track=numbers, detection=detections, interpolated=False)


def cluster(tracks: pd.DataFrame, embeddings: np.ndarray, distance: float) -> np.ndarray:
    """The cluster of each track, int [tracks]; tracks of one frame are in two.

    Args:
        tracks: of follow.
        embeddings: of the faces.
        distance: cosine distance up to which clusters are joined.
    """
    means = pd.DataFrame(embeddings[tracks["detection"]]).groupby(tracks["track"].to_numpy()).mean()
    unit = means.to_numpy() / np.linalg.norm(means, axis=1, keepdims=True)
    met = tracks[["frame", "track"]].merge(tracks[["frame", "track"]], on="frame")
    links = met.loc[met["track_x"] < met["track_y"], ["track_x", "track_y"]].drop_duplicates()
    return cluster_constrained(cosine_distances(unit), links.to_numpy(int), distance)


def main() -> None:
    """Print the clusters of a film."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("film", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="keeps what is seen in the film")
    parser.add_argument("--threads", type=int, default=1, help="of the networks")
    args = parser.parse_args()
    seen = look(args.film, args.work, args.threads)
    tracks = follow(seen, BEST)
    clusters = pd.Series(cluster(tracks, seen.embeddings, BEST.distance), name="cluster")
    found = tracks.assign(cluster=tracks["track"].map(clusters)).groupby("cluster")
    table = found.agg(tracks=("track", "nunique"), faces=("frame", "size"), first=("frame", "min"))
    print(table.sort_values("faces", ascending=False).to_string())


if __name__ == "__main__":
    main()
