"""Find every face of the examined frames, and cut its aligned crop."""

import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import logger, progress
from castmap.faces.detection import FaceDetector, FaceLimits
from castmap.faces.finding import find_faces
from castmap.faces.loading import OWN_DETECTOR_MODULE, hash_detector, load_detector
from castmap.files.results import write_table
from castmap.files.whole import replacing
from castmap.formats.tables import DETECTIONS, EXAMINED, Frames
from castmap.stages.arguments import Job, Json, NewFile
from castmap.stages.command_line import as_command
from castmap.stages.found_faces import FoundFaces
from castmap.stages.unfinished import Unfinished
from castmap.tracks.examined import every_nth
from castmap.video.decoding import decode_frames, open_film


def detect_faces(
    movie: Json,
    frames: Frames,
    weights: Path,
    examined: NewFile,
    detections: NewFile,
    faces: NewFile,
    job: Job,
    *,
    film: Path,
    model: str,
    every_nth_frame: int,
    limits: FaceLimits,
    device: str,
    threads: int,
    seed: int,
) -> None:
    """Find every face of the examined frames, and cut its aligned crop.

    Args:
        movie: what probe_movie found out about the film.
        frames: of the film.
        weights: of the detector.
        examined: the frames that were searched.
        detections: the faces.
        faces: the archive of their crops.
        job: what this stage is told about itself.
        film: the video file.
        model: centerface, or the path of an mmdet config.
        every_nth_frame: 1 examines every frame.
        limits: which faces are found and kept.
        device: auto, cpu, cuda or cuda:N.
        threads: of the CPU.
        seed: of numpy and torch.
    """
    make_deterministic(seed, threads)
    job = job.recording(**hash_detector(model, weights))
    inputs = [job.paths["movie"], job.paths["frames"]]
    unfinished = Unfinished(detections, job, inputs, [OWN_DETECTOR_MODULE])
    chosen = every_nth(every_nth_frame, len(frames))
    with replacing(faces) as partial, zipfile.ZipFile(partial, "w") as archive:
        found = FoundFaces(archive, unfinished)
        if len(frames):
            detector = load_detector(model, weights, pick_device(device), limits)
            with open_film(film) as container:
                decoded = decode_frames(container, movie["video_stream"], every_nth=every_nth_frame)
                _find(decoded, len(chosen), movie, detector, found)
    write_table(examined, EXAMINED, chosen, job.record)
    table = found.table(frames.set_index("frame")["time_s"])
    write_table(detections, DETECTIONS, table, job.record)
    unfinished.remove()


def _find(
    decoded: Iterator[tuple[int, np.ndarray]],
    total: int,
    movie: dict,
    detector: FaceDetector,
    found: FoundFaces,
) -> None:
    """Find the faces of the frames that an earlier run has not done."""
    what = f"{movie['movie']}: detecting faces"
    if found.n_frames:
        logger.info("%s: %d frames are done already", what, found.n_frames)
    rest = itertools.islice(decoded, found.n_frames, None)
    shown = progress(rest, total - found.n_frames, "frames", what)
    for batch in find_faces(shown, detector, (movie["width"], movie["height"])):
        for frame, faces in batch:
            found.add_frame(frame, faces)
        found.keep()


main = as_command(detect_faces)

if __name__ == "__main__":
    main()
