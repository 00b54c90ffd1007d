"""Cast maps from Python, without the workflow: of a video file, or of faces found elsewhere.

    import castmap

    found = castmap.find_cast_map("film.mp4")
    print(found.appearances)

Settings are those of config.yaml, in the clone that castmap is installed from, or as it was when
the wheel was built: its defaults stand there and nowhere else, and others are checked as the
workflow checks them.
"""

import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml
from av.container import InputContainer

from castmap.catalogues import SHOT_DETECTORS
from castmap.clustering.cast import clusters_table, find_cast
from castmap.clustering.film import describe_film
from castmap.clustering.pooling import SHARP, pool_tracks
from castmap.compute.devices import pick_device
from castmap.console import InputError
from castmap.embedding.networks import open_embedder
from castmap.exports.cast import cast_map
from castmap.faces.alignment import landmarks_in_boxes, yaw
from castmap.faces.detection import FaceLimits
from castmap.faces.loading import load_detector
from castmap.formats.embeddings import at_half_precision
from castmap.formats.tables import (
    BOX_COLUMNS,
    DETECTIONS,
    FRAMES,
    LANDMARK_COLUMNS,
    TableError,
)
from castmap.packages.pretrained import read_pretrained
from castmap.settings.configuration import lay_over, read_configuration
from castmap.settings.detector_config import OWN_DETECTOR
from castmap.settings.own_backbone import parameters_of_backbone
from castmap.shots.boundaries import boundaries_table, shots_table
from castmap.shots.detection import ShotSettings, find_shots
from castmap.shots.footage import Footage
from castmap.stages.crops import embed_archive
from castmap.stages.found_faces import FoundFaces, search_film
from castmap.tracks.examined import track_intervals
from castmap.tracks.must_links import find_must_links, kept_links
from castmap.tracks.tracking import TrackLimits, build_tracks
from castmap.video.decoding import decode_frames, open_film
from castmap.video.inspection import Inspection, inspect_film

_PACKAGE = Path(__file__).resolve().parent
_CLONE = _PACKAGE.parents[1]
_WEIGHTS = _CLONE / "resources/weights"
_NEEDED = ("frame", *BOX_COLUMNS, "score")
_SECTIONS = ("device", "seed", "shots", "faces", "tracks", "embedding", "mining", "clustering")


class CastMap(NamedTuple):
    """Who appears when in a film, and what it rests on; tables of castmap.formats.tables.

    Attributes:
        appearances: CAST_MAP: one row per appearance of a character, in order of time.
        clusters: CLUSTERS: one row per track, those that belong to no character included.
        tracks: TRACKS: one row per face of a track.
        detections: DETECTIONS: one row per face.
        embeddings: float32 [n, d], unit rows, row i for detection i.
        shots: SHOTS.
        frames: FRAMES.
    """

    appearances: pd.DataFrame
    clusters: pd.DataFrame
    tracks: pd.DataFrame
    detections: pd.DataFrame
    embeddings: np.ndarray
    shots: pd.DataFrame
    frames: pd.DataFrame


def read_settings(changes: Mapping | None = None) -> dict:
    """The settings of config.yaml that concern one film, with changes.

    Args:
        changes: by section and key, as in config.yaml: ``{"faces": {"every_nth_frame": 6}}``.

    Raises:
        SettingsError: a key is unknown or a value is illegal; the message says what is legal.
    """
    schema = _read_yaml("rules/schemas/config.schema.yaml")
    config = _read_yaml("config.yaml")
    schema["required"] = list(_SECTIONS)
    schema["properties"] = {name: schema["properties"][name] for name in _SECTIONS}
    defaults = {name: config[name] for name in _SECTIONS}
    return read_configuration([], lay_over(defaults, changes or {}), schema)


def find_cast_map(
    film: str | Path,
    settings: Mapping | None = None,
    *,
    weights: str | Path = _WEIGHTS,
) -> CastMap:
    """Find out who appears when in a film, by the pretrained embedding.

    The workflow finds the same, unless it proves that an embedding adapted to the film is better,
    or has corrections of the film. The number of torch's threads moves the last bits.

    Args:
        film: a video file; it is decoded three times.
        settings: changes to config.yaml; see read_settings.
        weights: the folder of the pretrained weights, which ``make weights`` makes.

    Raises:
        InputError: the file is no film, or weights are missing.
        SettingsError: see read_settings.
    """
    film, weights, config = Path(film), Path(weights), read_settings(settings)
    found = inspect_film(film, film.name)
    if found.facts["status"] != "ok":
        raise InputError(found.facts["reason"])
    device = pick_device(config["device"])
    with open_film(film) as container:
        footage = _footage(container, found.facts, config["shots"]["detector"], weights, device)
        shots = find_shots(footage, found.frames, _shot_settings(config["shots"]))
    with tempfile.TemporaryDirectory() as folder:
        crops = Path(folder, "faces.zip")  # of a whole film, they are too many for the memory
        faces = _detect(film, found, shots, config["faces"], weights, device, crops)
        detections = DETECTIONS.validate(faces.table(found.frames.set_index("frame")["time_s"]))
        embeddings = _embed(crops, detections, config, weights, device)
    return _cluster(
        *(detections, embeddings, shots, found.frames, faces.examined_table(), config),
    )


def find_cast_map_of_faces(
    detections: pd.DataFrame,
    embeddings: np.ndarray,
    times_s: Sequence[float] | np.ndarray,
    *,
    cuts: Sequence[int] = (),
    examined: Sequence[int] | np.ndarray | None = None,
    settings: Mapping | None = None,
) -> CastMap:
    """Find out who appears when, by faces and embeddings of one's own.

    Args:
        detections: one row per face: ``frame`` (0-based), ``x1``, ``y1``, ``x2``, ``y2`` (px,
            half-open) and ``score`` (0..1). Any other column of DETECTIONS may be given:
            landmarks, ``blur`` and ``yaw`` say how much a face counts. Without them all faces
            count as sharp and frontal.
        embeddings: float [n, d], row i for row i of detections; rows may have any length but 0.
        times_s: float [n_frames], s, ascending: when each frame of the film is shown.
        cuts: the frames with which shots begin, but for the first. Nobody is tracked across a cut.
        examined: the frames that were searched for faces; None: all.
        settings: changes to config.yaml; see read_settings. ``tracks.min_similarity`` and
            ``clustering.prior_distance`` are cosines of the default embedding, and may have
            to be others for yours.

    Raises:
        ValueError: detections and embeddings are not as many, or an embedding has no direction.
        TableError: columns are missing or of another type.
        SettingsError: see read_settings.
    """
    config = read_settings(settings)
    frames = _frames_table(np.asarray(times_s, float))
    boundaries = boundaries_table((frame, "cut", frame, frame, 1.0) for frame in sorted(cuts))
    numbers = np.arange(len(frames)) if examined is None else np.unique(examined)
    return _cluster(
        _completed(detections, frames),
        _unit_rows(np.asarray(embeddings, np.float32), len(detections)),
        shots_table(boundaries, frames),
        frames,
        pd.DataFrame({"frame": numbers}),
        config,
    )


def _cluster(
    detections: pd.DataFrame,
    embeddings: np.ndarray,
    shots: pd.DataFrame,
    frames: pd.DataFrame,
    examined: pd.DataFrame,
    config: dict,
) -> CastMap:
    """Track faces and group the tracks into characters."""
    own, seed = config["clustering"], config["seed"]
    limits = TrackLimits(**config["tracks"])
    tracks = build_tracks(detections, embeddings, shots, frames, examined, limits)
    links = kept_links(find_must_links(tracks, config["mining"]["threading"]))
    described = describe_film(
        *(tracks, detections, embeddings, links),
        prior_distance=own["prior_distance"],
    )
    cast = find_cast(
        pool_tracks(tracks, detections, embeddings),
        described,
        own["algorithm"],
        seed=seed,
        parameters=own["algorithms"].get(own["algorithm"]),
    )
    intervals = track_intervals(tracks, shots, frames, examined)
    clusters = clusters_table(intervals, described, cast)
    nobody = pd.Series(None, clusters.index, object)
    appearances = cast_map(clusters.assign(name=nobody, named_by=nobody))
    return CastMap(appearances, clusters, tracks, detections, embeddings, shots, frames)


def _footage(
    container: InputContainer, facts: dict, detector: str, weights: Path, device: torch.device
) -> Footage:
    member = SHOT_DETECTORS[detector]
    display = (facts["width"], facts["height"])
    state = None
    if member.network:
        state = read_pretrained(weights / f"{member.network}.safetensors", member.network)

    def decode(size: tuple[int, int]) -> Iterator[np.ndarray]:
        pictures = decode_frames(container, facts["video_stream"], display=display, size=size)
        return (picture for _, picture in pictures)

    return Footage(
        *display,
        decode=decode,
        device=device if member.declared.get("gpu") else torch.device("cpu"),
        weights=state,
    )


def _shot_settings(own: dict) -> ShotSettings:
    name = own["detector"]
    parameters = own["detectors"].get(name, {})
    return ShotSettings(name, parameters, own["threshold"], own["min_length_s"])


def _detect(
    film: Path,
    found: Inspection,
    shots: pd.DataFrame,
    own: dict,
    weights: Path,
    device: torch.device,
    crops: Path,
) -> FoundFaces:
    """The faces; their crops go into an archive."""
    limits = FaceLimits(own["long_side_px"], own["min_score"], own["min_size_px"])
    files = own["checkpoint"] or weights / f"{OWN_DETECTOR}.safetensors"
    detector = load_detector(own["model"], Path(files), device, limits)
    movie = {"movie": film.name, **found.facts}
    with zipfile.ZipFile(crops, "w") as archive:
        faces = FoundFaces(archive)
        search_film(film, movie, found.frames, shots, own["every_nth_frame"], detector, faces)
    return faces


def _embed(
    crops: Path, detections: pd.DataFrame, config: dict, weights: Path, device: torch.device
) -> np.ndarray:
    model = config["embedding"]["model"]
    own = config["embedding"]["backbones"].get(model, {}).get("path")
    file = Path(own or weights / f"{model}.safetensors")
    embedder = open_embedder(model, file, parameters_of_backbone(config), device)
    found = embed_archive(embedder, crops, detections["detection"].tolist(), "faces")
    return at_half_precision(found)


def _completed(detections: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """The DETECTIONS table of faces of which less may be known."""
    if missing := [name for name in _NEEDED if name not in detections]:
        raise TableError(f"detections: missing columns {', '.join(missing)}")
    table = detections.reset_index(drop=True)
    if not table["frame"].between(0, len(frames) - 1).all():
        raise ValueError(f"a face is on a frame that is not one of the {len(frames)} of times_s")
    boxes = table[list(BOX_COLUMNS)].to_numpy(float)
    landmarks = landmarks_in_boxes(boxes)
    if set(LANDMARK_COLUMNS) <= set(table):
        landmarks = table[list(LANDMARK_COLUMNS)].to_numpy(float).reshape(-1, 5, 2)
    known: dict[str, np.ndarray | pd.Series] = {
        **dict(zip(LANDMARK_COLUMNS, landmarks.reshape(-1, 10).T, strict=True)),
        "size_px": np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)),
        "blur": np.full(len(table), SHARP),
        "yaw": np.array([yaw(face) for face in landmarks]),
        **{str(name): table[name] for name in table},
        "detection": np.arange(len(table)),
        "time_s": frames["time_s"].to_numpy()[table["frame"]],
    }
    return DETECTIONS.validate(pd.DataFrame({name: known[name] for name in DETECTIONS.columns}))


def _unit_rows(embeddings: np.ndarray, n: int) -> np.ndarray:
    if embeddings.ndim != 2 or len(embeddings) != n:
        raise ValueError(f"embeddings are {embeddings.shape}; of {n} faces they must be ({n}, d)")
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    if not (np.isfinite(lengths) & (lengths > 0)).all():
        row = int(np.flatnonzero(~(np.isfinite(lengths) & (lengths > 0)))[0])
        raise ValueError(f"the embedding of row {row} is zero or not finite; leave out that face")
    return embeddings / lengths


def _frames_table(times_s: np.ndarray) -> pd.DataFrame:
    """The FRAMES table; the last frame is shown as long as the one before."""
    steps = np.diff(times_s)
    if not (steps > 0).all():
        raise ValueError("times_s must ascend: each frame is shown after the one before")
    durations = np.append(steps, steps[-1:] if len(steps) else np.ones(len(times_s)))
    return FRAMES.validate(
        pd.DataFrame(
            {
                "frame": np.arange(len(times_s)),
                "time_s": times_s,
                "duration_s": durations,
                "time_source": "pts",
            }
        )
    )


def _read_yaml(name: str) -> dict:
    """A file of the clone, or the copy of it that a wheel holds."""
    copy = _PACKAGE / Path(name).name
    path = copy if copy.exists() else _CLONE / name
    return yaml.safe_load(path.read_text(encoding="utf-8"))
