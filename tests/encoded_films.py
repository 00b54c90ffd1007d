"""Small films written with PyAV, as cameras and recorders write them."""

from fractions import Fraction

import av
import cv2
import numpy as np

FPS = 25
_UNIT = 1 << 16  # one, in a display matrix


def scenery(width, height, n=1):
    """Smooth pictures without any symmetry, drifting."""
    colours = np.random.default_rng(3).integers(0, 256, (5, 7, 3), np.uint8)
    wide = cv2.resize(colours, (width + 4 * n, height))
    return [np.ascontiguousarray(wide[:, 4 * i : 4 * i + width]) for i in range(n)]


def encode(path, pictures, codec="libx264", pix_fmt="yuv420p", **settings):
    """Write pictures [height, width, 3] as a film of 25 frames/s.

    ``form`` is the container, ``start`` the first frame's number on its clock, ``matrix`` the
    display matrix (a, b, c, d), ``pixel_aspect`` the shape of a pixel, ``options`` the encoder's.
    """
    height, width = pictures[0].shape[:2]
    form, start = settings.get("form"), settings.get("start", 0)
    clock = {"mpegts_copyts": "1"} if form == "mpegts" else {}
    with av.open(str(path), "w", format=form, options=clock) as container:
        stream = container.add_stream(codec, rate=FPS, options=settings.get("options", {}))
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if "matrix" in settings:
            (a, b, c, d) = (round(_UNIT * value) for value in settings["matrix"])
            stream.set_display_matrix([a, b, 0, c, d, 0, 0, 0, 1 << 30])
        if "pixel_aspect" in settings:
            stream.codec_context.sample_aspect_ratio = settings["pixel_aspect"]
        for number, picture in enumerate(pictures, start=start):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def encode_parts(path, *parts):
    """An MPEG-TS of parts one after another, each of pictures and settings for ``encode``."""
    start, whole = 0, b""
    for pictures, settings in parts:
        part = path.with_suffix(".part.ts")
        encode(part, pictures, form="mpegts", start=start, **settings)
        start += len(pictures)
        whole += part.read_bytes()
        part.unlink()
    path.write_bytes(whole)
    return path
