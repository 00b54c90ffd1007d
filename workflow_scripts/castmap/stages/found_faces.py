"""The faces of a film as they are found, saved now and then so that a killed stage can resume."""

import io
import json
import zipfile
from collections.abc import Iterable

import pandas as pd

from castmap.faces.finding import Face
from castmap.formats.face_archive import add_jpeg, crop_name, encode_crop
from castmap.formats.tables import DETECTIONS
from castmap.stages.unfinished import Unfinished

_ROWS = "rows.json"


class FoundFaces:
    """Rows of the table of detections, and their crops in the archive.

    Attributes:
        rows: one of each face; without its time.
        n_frames: how many examined frames they are from, those of an earlier run included.
    """

    def __init__(self, archive: zipfile.ZipFile, unfinished: Unfinished | None = None) -> None:
        """Take up what an earlier run has left.

        Args:
            archive: of the crops, open for writing and empty.
            unfinished: what is kept; None keeps nothing.
        """
        self.rows: list[dict] = []
        self.n_frames = 0
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
        self.n_frames += 1

    def table(self, times_s: pd.Series) -> pd.DataFrame:
        """The DETECTIONS table.

        Args:
            times_s: by frame, when it is shown.
        """
        if not self.rows:
            return DETECTIONS.empty()
        table = pd.DataFrame(self.rows)
        return table.assign(time_s=times_s.loc[table["frame"]].to_numpy())

    def keep(self) -> None:
        """Keep what was found so far, if it is time to."""
        if not self._unfinished or not self._unfinished.is_due():
            return
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as piece:
            found = {"n_frames": self.n_frames, "rows": self.rows[self._first :]}
            piece.writestr(_ROWS, json.dumps(found, default=lambda number: number.item()))
            for detection, jpeg in enumerate(self._jpegs, self._first):
                add_jpeg(piece, detection, jpeg)
        self._unfinished.add(content.getvalue())
        self._begin_piece()

    def _begin_piece(self) -> None:
        self._first = len(self.rows)
        self._jpegs: list[bytes] = []

    def _restore(self, content: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(content)) as piece:
            found = json.loads(piece.read(_ROWS))
            for row in found["rows"]:
                detection = row["detection"]
                add_jpeg(self._archive, detection, piece.read(crop_name(detection)))
        self.rows += found["rows"]
        self.n_frames = found["n_frames"]
