"""What is won and lost by examining frames where faces change, beside every n-th frame.

Every frame of each clip of a folder (as for benchmarks/real_clips.py) is searched for faces once,
which takes long, and what is found stays in the folder of work. Each way to choose frames then sees
the faces of those that it would have examined, in the true shots, and castmap makes tracks and
characters of them, by the pretrained embedding. Two tables are printed, as Markdown: by clip, and
the means over the clips that the constants of castmap.tracks.examining were chosen on, and over the
others.

Frames      examined, as a share of every third
Faces       found in them, as a share of those in every third
Recall      share of the boxes of tracks of all frames that a track of the way overlaps by half
Precision   share of the boxes of the way's tracks that one of those tracks overlaps by half; a box
            moves straight between two faces of its track
Tracks      and how many of them are nobody's, or of more than one person
Box recall, V, Char. p, Char. r   as in benchmarks/real_clips.py

    python -m benchmarks.examined_frames FOLDER --work FOLDER
"""

import argparse
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from benchmarks.real_clips import (
    CLIPS,
    Truth,
    compare_tracks,
    find_clips,
    read_truth,
    score_characters,
)
from castmap.cast_maps import CastMap, find_cast_map_of_faces, read_settings
from castmap.embedding.networks import open_embedder
from castmap.evaluation.judged import boxes_between
from castmap.faces.detection import FaceLimits
from castmap.faces.loading import load_detector
from castmap.formats.embeddings import at_half_precision
from castmap.formats.printing import print_cells, to_markdown
from castmap.formats.tables import BOX_COLUMNS
from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.stages.crops import embed_archive
from castmap.stages.found_faces import FoundFaces, search_film
from castmap.tracks.boxes import pairwise_iou
from castmap.tracks.examining import EFFORT, Boxes, Effort, examine, lay_grid
from castmap.video.inspection import inspect_film

WEIGHTS = Path(__file__).resolve().parents[1] / "resources" / "weights"
CHOSEN_ON = ("golden", "office")
PLAIN = "every 3rd"
WAYS: dict[str, int | Effort] = {
    PLAIN: 3,
    "every frame": 1,
    "every 6th": 6,
    "where faces change": EFFORT,
}
_COLUMNS = {
    "Film": "{film}",
    "Examined": "{way}",
    "Frames": "{frames:.2f}",
    "Faces": "{faces:.2f}",
    "Recall": "{recall:.3f}",
    "Precision": "{precision:.3f}",
    "Tracks": "{tracks:.4g}",
    "Nobody's": "{nobody:.3g}",
    "Mixed": "{mixed:.3g}",
    "Box recall": "{box_recall:.3f}",
    "V": "{v:.3f}",
    "Char. p": "{char_precision:.3f}",
    "Char. r": "{char_recall:.3f}",
}


class Seen(NamedTuple):
    """All faces of a clip.

    Attributes:
        faces: DETECTIONS of all frames.
        embeddings: float32 [n, 128], unit rows, row i for face i.
        frames: FRAMES.
        cuts: first frames of the true shots, but for the first.
    """

    faces: pd.DataFrame
    embeddings: np.ndarray
    frames: pd.DataFrame
    cuts: list[int]

    @property
    def shots(self) -> pd.DataFrame:
        """SHOTS."""
        return shots_table(boundaries_table((n, "cut", n, n, 1.0) for n in self.cuts), self.frames)


def look(film: Path, truth: Truth, folder: Path) -> Seen:
    """Search every frame of a film; what a folder holds from before is taken from there."""
    files = [folder / name for name in ("frames.parquet", "detections.parquet", "embeddings.npy")]
    if not files[-1].exists():
        folder.mkdir(parents=True, exist_ok=True)
        found = inspect_film(film, film.name)
        faces = _find_faces(film, found.facts, found.frames, folder / "faces.zip")
        found.frames.to_parquet(files[0])
        faces.to_parquet(files[1])
        embedder = open_embedder("sface", WEIGHTS / "sface.safetensors", {}, torch.device("cpu"))
        crops = embed_archive(
            embedder, folder / "faces.zip", faces["detection"].tolist(), film.stem
        )
        np.save(files[2], at_half_precision(crops))
    frames, faces = (pd.read_parquet(file) for file in files[:2])
    cuts = truth.shots["start_frame"].tolist()[1:]
    return Seen(faces, np.load(files[2]).astype(np.float32), frames, cuts)


def _find_faces(film: Path, movie: dict, frames: pd.DataFrame, crops: Path) -> pd.DataFrame:
    own = read_settings()["faces"]
    limits = FaceLimits(own["long_side_px"], own["min_score"], own["min_size_px"])
    weights = WEIGHTS / "centerface.safetensors"
    detector = load_detector("centerface", weights, torch.device("cpu"), limits)
    with zipfile.ZipFile(crops, "w") as archive:
        found = FoundFaces(archive)
        shots = shots_table(boundaries_table([]), frames)
        search_film(film, {"movie": film.stem, **movie}, frames, shots, 1, detector, found)
    return found.table(frames.set_index("frame")["time_s"])


def choose_frames(seen: Seen, way: int | Effort) -> np.ndarray:
    """The frames that a way examines, int [k], ascending."""
    if isinstance(way, int):
        return np.arange(0, len(seen.frames), way)
    faces = {
        frame: Boxes(found[list(BOX_COLUMNS)].to_numpy(float), found["score"].to_numpy(float))
        for frame, found in seen.faces.groupby("frame")
    }
    nobody = Boxes(np.zeros((0, 4)), np.zeros(0))
    times = seen.frames["time_s"].to_numpy()
    found: dict[int, Boxes] = {}
    for stretch in lay_grid(seen.shots, seen.frames, 1, way):
        found |= examine(
            *(stretch, times, lambda numbers: [faces.get(n, nobody) for n in numbers]),
            boxes_of=lambda boxes: boxes,
            known={int(frame): found[frame] for frame in stretch if frame in found},
            effort=way,
        )
    return np.array(sorted(found))


def cast_by(seen: Seen, examined: np.ndarray) -> CastMap:
    """What castmap makes of the faces of examined frames."""
    rows = seen.faces["frame"].isin(examined).to_numpy()
    return find_cast_map_of_faces(
        *(seen.faces[rows], seen.embeddings[rows], seen.frames["time_s"].to_numpy()),
        cuts=seen.cuts,
        examined=examined,
    )


def boxes_of_all_frames(tracks: pd.DataFrame, n_frames: int) -> pd.DataFrame:
    """TRACKS with a row in every frame from a track's first face to its last."""
    own = tracks.groupby("track")["frame"]
    seen = pd.DataFrame({"start_frame": own.min(), "end_frame": own.max() + 1})
    return boxes_between(tracks, np.arange(n_frames), seen) if len(tracks) else tracks


def share_overlapped(boxes: pd.DataFrame, others: pd.DataFrame) -> float:
    """The share of boxes that one of the others in their frame overlaps by half."""
    of_frame = dict(list(others.groupby("frame")[list(BOX_COLUMNS)]))
    n_overlapped = sum(
        (pairwise_iou(own.to_numpy(), of_frame[frame].to_numpy()) >= 0.5).any(axis=1).sum()
        for frame, own in boxes.groupby("frame")[list(BOX_COLUMNS)]
        if frame in of_frame
    )
    return n_overlapped / max(len(boxes), 1)


def score_ways(
    seen: Seen, truth: Truth, ways: dict[str, int | Effort]
) -> Iterator[dict[str, float | str]]:
    """The rows of a clip, without its name."""
    n_frames = len(seen.frames)
    plain = choose_frames(seen, 3)
    n_plain_faces = seen.faces["frame"].isin(plain).sum()
    wanted = boxes_of_all_frames(cast_by(seen, np.arange(n_frames)).tracks, n_frames)
    for name, way in ways.items():
        examined = choose_frames(seen, way)
        cast = cast_by(seen, examined)
        boxes = boxes_of_all_frames(cast.tracks, n_frames)
        compared = compare_tracks(cast.tracks, truth)
        characters = cast.clusters.set_index("track")["character"]
        scores = score_characters(compared, characters, truth)
        people = compared.people
        yield {
            "way": name,
            "frames": len(examined) / len(plain),
            "faces": seen.faces["frame"].isin(examined).sum() / n_plain_faces,
            "recall": share_overlapped(wanted, boxes),
            "precision": share_overlapped(boxes, wanted),
            "tracks": len(people),
            "nobody": int((people["person"].isna() & people["judged"]).sum()),
            "mixed": scores["mixed"],
            "box_recall": scores["box_recall"],
            "v": scores["v"],
            "char_precision": scores["precision"],
            "char_recall": scores["recall"],
        }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=CLIPS, help="of labelled clips")
    parser.add_argument("--work", type=Path, required=True, help="what is done there stays")
    parser.add_argument("--films", nargs="+", metavar="NAME", help="only these")
    args = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for clip in find_clips(args.folder.resolve(), args.films):
        truth = read_truth(clip)
        seen = look(clip / f"{clip.name}.mp4", truth, args.work / clip.name)
        rows += [{"film": clip.name, **row} for row in score_ways(seen, truth, WAYS)]
    table = pd.DataFrame(rows)
    part = np.where(table["film"].isin(CHOSEN_ON), "chosen on", "others")
    means = table.groupby([part, "way"], sort=False).mean(numeric_only=True)
    means = means.rename_axis(["film", "way"]).reset_index()
    for cells, caption in ((table, "By clip"), (means, "Means over clips")):
        print(to_markdown(print_cells(cells, _COLUMNS), caption, "", list(_COLUMNS)[2:]))


if __name__ == "__main__":
    main()
