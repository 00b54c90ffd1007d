"""Find the faces of known people in the pictures of the gallery, and embed them."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from castmap.clustering.pooling import quality
from castmap.compute.devices import make_deterministic, pick_device
from castmap.console import logger, progress
from castmap.embedding.networks import open_embedder
from castmap.faces.detection import FaceLimits
from castmap.faces.finding import Face
from castmap.faces.loading import load_detector
from castmap.formats.embeddings import at_half_precision
from castmap.formats.face_archive import encode_crop
from castmap.formats.tables import DETECTIONS, KNOWN_FACES, KnownFaces
from castmap.people.pictures import PictureError, decode_picture, find_one_face
from castmap.settings.gallery import Picture, list_pictures
from castmap.stages.arguments import Json
from castmap.stages.command_line import as_command


class Output(NamedTuple):
    """What the stage makes."""

    known_faces: KnownFaces
    pictures: Json


def enrol_people(
    detector_weights: Path,
    weights: Path,
    *,
    gallery: Path,
    detector: str,
    limits: FaceLimits,
    model: str,
    parameters: dict,
    device: str,
    seed: int,
) -> Output:
    """Find the faces of known people in the pictures of the gallery, and embed them.

    A picture that cannot be used is listed with the reason; the others are used.

    Args:
        detector_weights: of the detector.
        weights: of the backbone; the network itself of one that is given as a file.
        gallery: a folder for each person, named like the person, with pictures.
        detector: centerface, or the path of an mmdet config.
        limits: which faces are found.
        model: name of the backbone.
        parameters: its own, if it has some.
        device: auto, cpu, cuda, cuda:N or mps.
        seed: of numpy and torch.
    """
    picked = pick_device(device)
    make_deterministic(seed, 1)
    finder = load_detector(detector, detector_weights, picked, limits)
    embedder = open_embedder(model, weights, parameters, picked)
    found: list[tuple[Picture, Face]] = []
    refused = []
    pictures = list_pictures(gallery)
    for picture in progress(pictures, len(pictures), "pictures", f"{gallery}: finding faces"):
        try:
            if picture.fault:
                raise PictureError(picture.fault)
            content = picture.path.read_bytes()
            found.append((picture, find_one_face(decode_picture(content), finder)))
        except (PictureError, OSError) as error:
            refused.append({"picture": picture.origin, "reason": str(error)})
            logger.warning("%s/%s %s", gallery, picture.origin, error)
    crops = [face.crop for _, face in found]
    rows = [embedder.embed(crop[None])[0] for crop in crops]
    table = _faces_table(found, rows)
    n_people = table["name"].nunique()
    logger.info("%d faces of %d people, %d pictures refused", len(table), n_people, len(refused))
    counts = {"people": n_people, "pictures": len(pictures), "refused": refused}
    return Output(table, counts)


def _faces_table(found: list[tuple[Picture, Face]], rows: list[np.ndarray]) -> pd.DataFrame:
    """The KNOWN_FACES table."""
    if not found:
        return KNOWN_FACES.empty()
    measured = pd.DataFrame([face.row for _, face in found])
    embeddings = at_half_precision(np.array(rows)).astype(np.float32)
    return pd.DataFrame(
        {
            "face": range(len(found)),
            "name": [picture.name for picture, _ in found],
            "origin": [picture.origin for picture, _ in found],
            "track": pd.array([None] * len(found), "Int32"),
            "detection": pd.array([None] * len(found), "Int32"),
            "time_s": np.nan,
            "quality": quality(measured.reindex(columns=DETECTIONS.columns)),
            "embedding": list(embeddings),
            "crop": [encode_crop(face.crop) for _, face in found],
        }
    )


main = as_command(enrol_people)

if __name__ == "__main__":
    main()
