"""The faces of a film as they are found, saved now and then so that a killed stage can resume."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from castmap.console import logger, progress, tell_found
from castmap.faces.detection import FaceDetector
from castmap.faces.finding import STRETCH, Face, find_changing_faces, find_faces
from castmap.formats.face_archive import add_jpeg, crop_name, encode_crop
from castmap.formats.tables import DETECTIONS, EXAMINED
from castmap.stages.unfinished import Unfinished
from castmap.tracks.examined import every_nth
from castmap.tracks.examining import lay_grid
from castmap.video.decoding import FrameWindow, decode_frames, open_film

_ROWS = "rows.json"


class FoundFaces:
    """Rows of the table of detections, and their crops in the archive.

    Attributes:
        rows: one of each face; without its time.
        examined: the frames they are from, those of an earlier run included.
    """

    def __init__(self, archive: zipfile.ZipFile, unfinished: Unfinished | None = None) -> None:
        """Take up what an earlier run has left.

        Args:
            archive: of the crops, open for writing and empty.
            unfinished: what is kept; None keeps nothing.
        """
        self.rows: list[dict] = []
        self.examined: list[int] = []
        self._archive, self._unfinished = archive, unfinished
        for content in unfinished.pieces() if unfinished else ():
            self._restore(content)
        self._begin_piece()

    def add_frame(self, frame: int, faces: Iterable[Face]) -> None:
        """Add the faces of the next examined frame."""
        for face in faces:
            detection, jpeg = len(self.rows), encode_crop(face.crop)
            add_jpeg(self._archive, detection, jpeg)
            if self._unfinished:
                self._jpegs.append(jpeg)
            self.rows.append({"detection": detection, "frame": frame, **face.row})
        self.examined.append(frame)

    def examined_table(self) -> pd.DataFrame:
        """The EXAMINED table."""
        return EXAMINED.validate(pd.DataFrame({"frame": self.examined}, dtype=int))

    def table(self, times_s: pd.Series) -> pd.DataFrame:
        """The DETECTIONS table.

        Args:
            times_s: by frame, when it is shown.
        """
        if not self.rows:
            return DETECTIONS.empty()
        table = pd.DataFrame(self.rows)
        return table.assign(time_s=times_s.loc[table["frame"]].to_numpy())

    def count(self) -> int:
        """How many faces were found so far."""
        return len(self.rows)

    def keep(self) -> None:
        """Keep what was found so far, if it is time to."""
        if not self._unfinished or not self._unfinished.is_due():
            return
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as piece:
            found = {
                "examined": self.examined[self._first_examined :],
                "rows": self.rows[self._first :],
            }
            piece.writestr(_ROWS, json.dumps(found, default=lambda number: number.item()))
            for detection, jpeg in enumerate(self._jpegs, self._first):
                add_jpeg(piece, detection, jpeg)
        self._unfinished.add(content.getvalue())
        self._begin_piece()

    def _begin_piece(self) -> None:
        self._first, self._first_examined = len(self.rows), len(self.examined)
        self._jpegs: list[bytes] = []

    def _restore(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as piece:
            found = json.loads(piece.read(_ROWS))
            for row in found["rows"]:
                detection = row["detection"]
                add_jpeg(self._archive, detection, piece.read(crop_name(detection)))
        self.rows += found["rows"]
        self.examined += found["examined"]


def search_film(
    film: Path,
    movie: Mapping,
    frames: pd.DataFrame,
    shots: pd.DataFrame | None,
    every_nth_frame: int | None,
    detector: FaceDetector,
    found: FoundFaces,
) -> None:
    """Find the faces of the frames that are to be examined and are not yet.

    Args:
        film: the video file.
        movie: what movie.json says of it.
        frames: the FRAMES table.
        shots: the SHOTS table; it need not be known for every n-th frame.
        every_nth_frame: 1 examines every frame; None those where faces change.
        detector: finds them.
        found: what an earlier run has found; to it is added what is found now.
    """
    what = f"{movie['movie']}: detecting faces"
    stream, display = movie["video_stream"], (movie["width"], movie["height"])
    n_done, done = len(found.examined), max(found.examined, default=-1)
    if n_done:
        logger.info("%s: %d frames are done already", what, n_done)
    with open_film(film) as container:
        if every_nth_frame is None:
            assert shots is not None
            grid = lay_grid(shots, frames, STRETCH[detector.device.type])
            rest = [stretch for stretch in grid if stretch[-1] > done]
            shown = progress(rest, len(rest), "stretches", what, found.count)
            window, times = FrameWindow(container, stream), frames["time_s"].to_numpy()
            batches = find_changing_faces(window, shown, times, detector, display)
        else:
            decoded = decode_frames(container, stream, every_nth=every_nth_frame)
            total = len(every_nth(every_nth_frame, len(frames))) - n_done
            left = itertools.islice(decoded, n_done, None)
            to_do = progress(left, total, "frames", what, found.count)
            batches = find_faces(to_do, detector, display)
        for batch in batches:
            for frame, faces in batch:
                if frame > done:  # a stretch begins where the one before has ended
                    found.add_frame(frame, faces)
            found.keep()
    tell_found(faces=found.count())
