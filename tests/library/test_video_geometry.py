"""Each frame as a player shows it. Where a test names FFmpeg, its values are those of 5.1.9."""

import struct
from fractions import Fraction
from itertools import groupby

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.video.decoding import decode_frames, decode_raw, open_film
from castmap.video.geometry import (
    Geometry,
    Orientation,
    add_geometry,
    place,
    read_orientation,
)
from castmap.video.probing import NotAFilmError, choose_stream, probe
from tests.encoded_films import encode, encode_parts, scenery

PICTURE = cv2.imencode(".jpg", scenery(96, 64)[0])[1].tobytes()
UPRIGHT = Orientation(0, False)


def transpose(picture):
    return picture.transpose(1, 0, 2)


# A display matrix a, b, c, d, what it does to a picture, and how it is told. Every pixel of the
# first column's films was found to be as `ffmpeg -i` gives it.
EIGHT = {
    (1, 0, 0, 1): (np.asarray, (0, False)),
    (0, 1, -1, 0): (lambda picture: np.rot90(picture, -1), (90, False)),
    (-1, 0, 0, -1): (lambda picture: np.rot90(picture, 2), (180, False)),
    (0, -1, 1, 0): (np.rot90, (270, False)),
    (-1, 0, 0, 1): (np.fliplr, (0, True)),
    (0, 1, 1, 0): (transpose, (90, True)),
    (1, 0, 0, -1): (np.flipud, (180, True)),
    (0, -1, -1, 0): (lambda picture: np.rot90(transpose(picture), 2), (270, True)),
}
# EXIF's orientations 1 to 8, in the same words.
EXIF = [
    *((1, 0, 0, 1), (-1, 0, 0, 1), (-1, 0, 0, -1), (1, 0, 0, -1)),
    *((0, 1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0), (0, -1, 1, 0)),
]


def decode(path, **settings):
    with open_film(path) as film:
        return [picture for _, picture in decode_frames(film, 0, **settings)]


def geometries(path):
    with open_film(path) as film:
        return [
            geometry for _, geometry in add_geometry(film.streams.video[0], decode_raw(film, 0))
        ]


def facts_of(path):
    with open_film(path) as film:
        stream = choose_stream(film)
        return probe(film, stream, decode_raw(film, stream.index))[0]


def write_packets(path, content, size, codec="mjpeg", pix_fmt="yuvj420p"):
    """Two packets of the same bytes, as a camera's Motion JPEG; the header claims their size."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        (stream.width, stream.height), stream.pix_fmt = size, pix_fmt
        for number in range(2):
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, Fraction(1, 25)
            packet.pts = packet.dts = number
            out.mux(packet)
    return path


def runs(values):
    return [(value, len(list(same))) for value, same in groupby(values)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The pictures of a film without a display matrix."""
    path = tmp_path_factory.mktemp("plain") / "plain.mp4"
    return decode(encode(path, scenery(96, 64, 2)))


@pytest.mark.parametrize("matrix", EIGHT)
def test_all_eight_orientations_have_the_pixels_that_ffmpeg_gives(tmp_path, plain, matrix):
    path = encode(tmp_path / "film.mp4", scenery(96, 64, 2), matrix=matrix)
    turn, (rotation_deg, mirrored) = EIGHT[matrix]
    for picture, stored in zip(decode(path), plain, strict=True):
        assert picture.flags.c_contiguous
        np.testing.assert_array_equal(picture, turn(stored))
    facts = facts_of(path)
    assert (facts["rotation_deg"], facts["mirrored"]) == (rotation_deg, mirrored)
    assert (facts["height"], facts["width"]) == turn(plain[0]).shape[:2]


@pytest.mark.parametrize("number", range(1, 9))
def test_pictures_of_motion_jpeg_are_turned_as_their_exif_says(tmp_path, number):
    entry = struct.pack(">HHHIHH", 1, 0x112, 3, 1, number, 0)
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + entry + b"\0\0\0\0"
    app1 = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    turned = PICTURE[:2] + app1 + PICTURE[2:]
    paths = [
        write_packets(tmp_path / f"{name}.avi", jpeg, (96, 64))
        for name, jpeg in {"plain": PICTURE, "turned": turned}.items()
    ]
    turn, _ = EIGHT[EXIF[number - 1]]
    stored, shown = (decode(path)[0] for path in paths)
    np.testing.assert_array_equal(shown, turn(stored))


@given(
    st.sampled_from(list(EIGHT)),
    st.floats(-40, 40),
    st.floats(0.1, 4),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
)
def test_a_pixel_is_shown_where_the_matrix_puts_it(matrix, tilt_deg, scale, size):
    """Whatever is not a quarter turn is rounded to one; a scale says nothing of the orientation."""
    a, b, c, d = matrix
    exact = np.array([[a, b], [c, d]])
    sine, cosine = np.sin(np.radians(tilt_deg)), np.cos(np.radians(tilt_deg))
    tilted = np.eye(3, dtype=np.int32)
    tilted[:2, :2] = np.round(65536 * scale * exact @ [[cosine, sine], [-sine, cosine]])
    stored = np.arange(3 * size[0] * size[1], dtype=np.uint8).reshape(size[1], size[0], 3)
    shown = read_orientation(tilted).turn(stored)
    places = np.array([[x, y] for y in range(size[1]) for x in range(size[0])]) @ exact
    columns, rows = (places - places.min(axis=0)).T
    np.testing.assert_array_equal(shown[rows, columns], stored.reshape(-1, 3))


def test_a_matrix_of_nothing_turns_nothing():
    assert read_orientation(np.zeros((3, 3), np.int32)) == UPRIGHT


def test_a_camera_turned_while_it_records_is_followed(tmp_path):
    """H.264 carries the orientation in its stream; here it changes at the 7th of 12 frames."""
    whole = b""
    for name, turn in {"upright": "", "turned": "=display_orientation=insert:rotate=90"}.items():
        path = encode(tmp_path / f"{name}.h264", scenery(96, 64, 6), options={"bf": "0"})
        with open_film(path) as film, av.open(str(tmp_path / "out.h264"), "w") as out:
            source = film.streams.video[0]
            change = av.BitStreamFilterContext(f"h264_metadata{turn}", source)
            target = out.add_stream_from_template(source)
            for packet in film.demux(source):
                for changed in change.filter(packet if packet.size else None):
                    changed.stream = target
                    out.mux(changed)
        whole += (tmp_path / "out.h264").read_bytes()
    (tmp_path / "both.h264").write_bytes(whole)
    told = runs(geometry.orientation for geometry in geometries(tmp_path / "both.h264"))
    assert told == [(UPRIGHT, 6), (Orientation(270, False), 6)]


@pytest.mark.parametrize(
    ("codec", "options"),
    [("mpeg2video", {"bf": "2"}), ("libx264", {"bf": "3"}), ("libx264", {"bf": "0"})],
)
def test_a_broadcast_that_changes_the_shape_of_its_pixels_is_followed(tmp_path, codec, options):
    """As FFmpeg's ffprobe tells it, frame by frame: 30 of 16:15, 30 of 64:45, 30 of 32:17."""
    shared = {"codec": codec, "options": options}
    path = encode_parts(
        tmp_path / "film.ts",
        (scenery(180, 144, 30), shared | {"pixel_aspect": Fraction(16, 15)}),
        (scenery(180, 144, 30), shared | {"pixel_aspect": Fraction(64, 45)}),
        (scenery(136, 144, 30), shared | {"pixel_aspect": Fraction(32, 17)}),
    )
    told = runs((geometry.width, geometry.pixel_aspect) for geometry in geometries(path))
    if codec == "mpeg2video":  # its decoder gives no frame for the last packet of a part
        told = [(value, round(n, -1)) for value, n in told]
    assert told == [
        ((180, Fraction(16, 15)), 30),
        ((180, Fraction(64, 45)), 30),
        ((136, Fraction(32, 17)), 30),
    ]


@pytest.mark.parametrize(
    ("stored", "pixel_aspect", "square"),
    [
        ((720, 576), (64, 45), (1024, 576)),  # DVD, PAL, 16:9
        ((720, 480), (8, 9), (720, 540)),  # DVD, NTSC, 4:3
        ((1440, 1080), (4, 3), (1920, 1080)),  # HDV
        ((352, 576), (24, 11), (768, 576)),  # half the width
        ((1280, 720), (1, 1), (1280, 720)),
        ((720, 576), (1000, 1), (8192, 7)),  # a header that is wrong
        ((16384, 16), (1, 1), (16384, 16)),
        ((2, 2), (1, 9999), (1, 8192)),
    ],
)
def test_square_pixels_stretch_the_short_side(stored, pixel_aspect, square):
    assert Geometry(*stored, UPRIGHT, Fraction(*pixel_aspect)).square_size == square


def test_pixels_that_are_not_square_become_square(tmp_path):
    pictures = [cv2.resize(scenery(192, 64)[0], (96, 64), interpolation=cv2.INTER_AREA)] * 2
    path = encode(tmp_path / "film.mp4", pictures, pixel_aspect=Fraction(2, 1))
    picture = decode(path)[0]
    assert picture.shape == (64, 192, 3)
    assert np.abs(picture.astype(int) - scenery(192, 64)[0]).mean() < 6
    facts = facts_of(path)
    assert (facts["width"], facts["height"]) == (192, 64)
    assert (facts["stored_width"], facts["stored_height"]) == (96, 64)
    assert facts["sample_aspect_ratio"] == [2, 1]


def test_a_film_that_grows_is_told_in_the_size_that_most_frames_have(tmp_path):
    path = encode_parts(tmp_path / "film.ts", (scenery(64, 48, 5), {}), (scenery(128, 96, 20), {}))
    facts = facts_of(path)
    assert (facts["width"], facts["height"], facts["geometry_changes"]) == (128, 96, 1)
    assert [size for size, _ in runs(p.shape for p in decode(path))] == [(48, 64, 3), (96, 128, 3)]
    fitted = decode(path, display=(128, 96))
    large = cv2.resize(decode(path)[0], (128, 96), interpolation=cv2.INTER_LINEAR)
    assert np.abs(fitted[0].astype(int) - large).mean() < 6
    np.testing.assert_array_equal(fitted[-1], decode(path)[-1])


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_web_meeting_in_webm_may_change_its_size_as_it_likes(tmp_path, codec):
    """As FFmpeg's ffprobe tells it: 3 frames of 64 x 48, 5 of 128 x 96, 4 of 96 x 128."""
    path, start = tmp_path / "film.webm", 0
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for width, height, n in ((64, 48, 3), (128, 96, 5), (96, 128, 4)):
            part = encode(tmp_path / "part.webm", scenery(width, height, n), codec, start=start)
            start += n
            with av.open(str(part)) as film:
                for packet in film.demux(film.streams.video[0]):
                    if packet.size:
                        packet.stream = stream
                        out.mux(packet)
    sizes = runs((geometry.width, geometry.height) for geometry in geometries(path))
    assert sizes == [((64, 48), 3), ((128, 96), 5), ((96, 128), 4)]
    assert {picture.shape for picture in decode(path, display=(128, 96))} == {(96, 128, 3)}


def test_a_phone_turned_half_way_is_fitted_in_with_its_shape_kept(tmp_path):
    path = encode_parts(tmp_path / "film.ts", (scenery(128, 72, 20), {}), (scenery(72, 128, 5), {}))
    facts = facts_of(path)
    assert (facts["width"], facts["height"]) == (128, 72)
    turned = decode(path, display=(128, 72))[-1]
    # 72 x 128 px, shrunk to the height of 72, are 40.5 px wide: 43.75 px stay black at each side.
    assert not turned[:, :44].any() and not turned[:, -44:].any()
    expected = cv2.resize(decode(path)[-1], (40, 72), interpolation=cv2.INTER_AREA)
    assert np.abs(turned[:, 44:-44].astype(int) - expected).mean() < 6
    small = decode(path, display=(128, 72), size=(64, 9))[-1]
    assert small.shape == (9, 64, 3)
    assert not small[:, :22].any() and small[:, 23:-23].min(axis=(0, 2)).all()


@given(
    size=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
    display=st.tuples(st.integers(1, 5000), st.integers(1, 5000)),
)
def test_a_picture_lies_in_the_middle_of_the_display_and_touches_two_of_its_edges(size, display):
    corners = np.array([(0.0, 0.0), size])
    (left, top), (right, bottom) = place(size, display).move(corners)
    margins = np.array([left, top, display[0] - right, display[1] - bottom])
    np.testing.assert_allclose(margins[:2], margins[2:], atol=1e-6)
    assert margins.min() == pytest.approx(0, abs=1e-6)
    assert (right - left) * size[1] == pytest.approx((bottom - top) * size[0])


def test_a_picture_of_the_displays_size_stays_as_it_is():
    points = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    np.testing.assert_array_equal(place((1280, 720), (1280, 720)).move(points), points)


@pytest.mark.parametrize("size", [(1, 1), (2, 4000), (4000, 2), (16384, 16)])
def test_pictures_of_extreme_sizes_can_be_read(tmp_path, size):
    pictures = [np.full((size[1], size[0], 3), 200, np.uint8)] * 2
    path = encode(tmp_path / "film.mkv", pictures, "ffv1", "bgr0")
    facts = facts_of(path)
    assert (facts["width"], facts["height"]) == size
    for small in decode(path, display=size, size=(48, 27)):
        assert (small == 200).all()


def test_pictures_too_large_for_memory_are_turned_away(tmp_path):
    """They are judged by what the header says, before any is decoded."""
    path = write_packets(tmp_path / "film.nut", b"none", (9000, 8000), "rawvideo", "gray")
    with pytest.raises(NotAFilmError, match=r"frames of 9000 x 8000 pixels.* up to 67,108,864"):
        facts_of(path)
