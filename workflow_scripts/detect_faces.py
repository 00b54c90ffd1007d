"""Find every face of the examined frames, and cut its aligned crop."""

import zipfile
from pathlib import Path

from castmap.compute.devices import make_deterministic, pick_device
from castmap.faces.detection import FaceLimits
from castmap.faces.loading import OWN_DETECTOR_MODULE, hash_detector, load_detector
from castmap.files.results import write_table
from castmap.files.whole import replacing
from castmap.formats.tables import DETECTIONS, EXAMINED, Frames, Shots
from castmap.stages.arguments import Job, Json, NewFile
from castmap.stages.command_line import as_command
from castmap.stages.found_faces import FoundFaces, search_film
from castmap.stages.unfinished import Unfinished


def detect_faces(
    movie: Json,
    frames: Frames,
    shots: Shots | None,
    weights: Path,
    examined: NewFile,
    detections: NewFile,
    faces: NewFile,
    job: Job,
    *,
    film: Path,
    model: str,
    every_nth_frame: int | None,
    limits: FaceLimits,
    device: str,
    threads: int,
    seed: int,
) -> None:
    """Find every face of the examined frames, and cut its aligned crop.

    Args:
        movie: what probe_movie found out about the film.
        frames: of the film.
        shots: of the film; only where frames are examined where faces change.
        weights: of the detector.
        examined: the frames that were searched.
        detections: the faces.
        faces: the archive of their crops.
        job: what this stage is told about itself.
        film: the video file.
        model: centerface, or the path of an mmdet config.
        every_nth_frame: 1 examines every frame; None those where faces change.
        limits: which faces are found and kept.
        device: auto, cpu, cuda, cuda:N or mps.
        threads: of the CPU.
        seed: of numpy and torch.
    """
    make_deterministic(seed, threads)
    job = job.recording(**hash_detector(model, weights))
    inputs = [job.paths[name] for name in ("movie", "frames", "shots") if name in job.paths]
    unfinished = Unfinished(detections, job, inputs, [OWN_DETECTOR_MODULE])
    with replacing(faces) as partial, zipfile.ZipFile(partial, "w") as archive:
        found = FoundFaces(archive, unfinished)
        if len(frames):
            detector = load_detector(model, weights, pick_device(device), limits)
            search_film(film, movie, frames, shots, every_nth_frame, detector, found)
    write_table(examined, EXAMINED, found.examined_table(), job.record)
    table = found.table(frames.set_index("frame")["time_s"])
    write_table(detections, DETECTIONS, table, job.record)
    unfinished.remove()


main = as_command(detect_faces)

if __name__ == "__main__":
    main()
