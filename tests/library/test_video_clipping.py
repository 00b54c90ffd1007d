"""Parts of films copied without encoding: they decode, and show the film's own frames."""

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.video.clipping import (
    ClipError,
    Packets,
    check_times,
    copy_clip,
    plan_clips,
    read_packets,
)
from castmap.video.decoding import open_film, stream_of
from tests.encoded_films import FPS, encode, encode_parts, scenery

N, GOP = 60, 12
RATE = 48_000
CLOSED = {"g": str(GOP), "bf": "3", "sc_threshold": "0"}
OPEN = {**CLOSED, "x264-params": "open-gop=1"}
PICTURES = scenery(160, 96, N)


def film_with_sound(path, options, form=None):
    """The pictures, and a tone whose loudness grows, so that each moment of it is known."""
    with av.open(str(path), "w", format=form) as container:
        video = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        audio = container.add_stream("aac", rate=RATE)
        audio.layout = "mono"
        for number, picture in enumerate(PICTURES):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            container.mux(video.encode(frame))
            at = np.arange(number * RATE // FPS, (number + 1) * RATE // FPS)
            tone = (at / (N * RATE / FPS) * np.sin(at * 0.1)).astype(np.float32)
            sound = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
            sound.pts, sound.sample_rate, sound.time_base = int(at[0]), RATE, Fraction(1, RATE)
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return path


def decode(path):
    """The video's frames, and when each is shown."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return np.array([f.to_ndarray(format="rgb24") for f in frames]), [f.time for f in frames]


def copy_all(film, folder, intervals):
    packets = read_packets(film, 0)
    clips = plan_clips(packets, intervals)
    paths = [folder / f"clip_{place}{film.suffix}" for place in range(len(clips))]
    for clip, path in zip(clips, paths, strict=True):
        copy_clip(film, 0, packets, clip, path)
    return clips, paths


def numbers(clip, film_start_s=0.0):
    return range(*(round((time - film_start_s) * FPS) for time in (clip.start_s, clip.end_s)))


@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".mov", ".ts"])
@pytest.mark.parametrize("options", [CLOSED, OPEN], ids=["closed", "open"])
def test_a_clip_shows_the_films_frames_from_a_key_frame_on(tmp_path, ending, options):
    film = film_with_sound(tmp_path / f"film{ending}", options)
    whole, _ = decode(film)
    intervals = [(0.2, 0.4), (1.0, 1.2), (1.8, 2.4)]
    clips, paths = copy_all(film, tmp_path, intervals)
    assert len(clips) == 3
    starts_s = read_packets(film, 0).times_s.min()  # sound may start the film
    for clip, path, (start_s, end_s) in zip(clips, paths, intervals, strict=True):
        shown, times = decode(path)
        own = numbers(clip, starts_s)
        assert own[0] % GOP == 0
        assert len(shown) == len(own)
        assert np.array_equal(shown, whole[own])
        assert np.diff(times) == pytest.approx(1 / FPS, abs=1e-3)
        assert start_s - GOP / FPS < clip.start_s <= start_s + 1e-6
        assert end_s - 1e-6 <= clip.end_s <= end_s + 4 / FPS


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_the_sound_of_a_clip_is_that_of_its_pictures(tmp_path, ending):
    film = film_with_sound(tmp_path / f"film{ending}", CLOSED)
    (clip,), (path,) = copy_all(film, tmp_path, [(1.0, 2.0)])
    with av.open(str(path)) as container:
        heard = [(f.time, float(np.abs(f.to_ndarray()).max())) for f in container.decode(audio=0)]
    assert heard[0][0] == pytest.approx(0, abs=0.03)
    assert heard[-1][0] == pytest.approx(clip.end_s - clip.start_s, abs=0.05)
    for time, loudness in heard[2:-2]:  # the decoder starts and ends with half a window
        assert loudness == pytest.approx((clip.start_s + time) / (N / FPS), abs=0.06)


def test_appearances_without_a_key_frame_between_them_are_one_clip(tmp_path):
    film = encode(tmp_path / "film.mp4", PICTURES, options=CLOSED)
    clips, _ = copy_all(film, tmp_path, [(0.52, 0.6), (0.8, 0.88), (1.0, 1.04), (1.04, 1.08)])
    assert [clip.start_s for clip in clips] == pytest.approx([0.48, 0.96])
    assert clips[0].last <= clips[1].first


def test_a_film_whose_clock_starts_late_is_cut_by_its_own_time(tmp_path):
    film = encode(tmp_path / "film.ts", PICTURES, form="mpegts", start=1000, options=CLOSED)
    whole, _ = decode(film)
    (clip,), (path,) = copy_all(film, tmp_path, [(1.0, 1.2)])
    assert clip.start_s == pytest.approx(24 / FPS)
    assert np.array_equal(decode(path)[0], whole[numbers(clip)])


@pytest.mark.parametrize("matrix", [(0, 1, -1, 0), (-1, 0, 0, -1)])
def test_a_clip_is_as_upright_as_its_film(tmp_path, matrix):
    settings = {"options": CLOSED, "matrix": matrix, "pixel_aspect": Fraction(16, 15)}
    film = encode(tmp_path / "film.mp4", PICTURES, **settings)
    _, (path,) = copy_all(film, tmp_path, [(1.0, 1.2)])
    facts = []
    for one in (film, path):
        with open_film(one) as container:
            stream = stream_of(container, 0)
            frame = next(container.decode(stream))
            facts.append((frame.rotation, stream.sample_aspect_ratio, stream.codec_context.name))
    assert facts[0] == facts[1]


def test_the_same_film_gives_the_same_bytes(tmp_path):
    for ending in (".mp4", ".mkv"):
        film = film_with_sound(tmp_path / f"film{ending}", CLOSED)
        (tmp_path / f"one{ending}").mkdir()
        (tmp_path / f"two{ending}").mkdir()
        _, (first,) = copy_all(film, tmp_path / f"one{ending}", [(1.0, 1.2)])
        _, (second,) = copy_all(film, tmp_path / f"two{ending}", [(1.0, 1.2)])
        assert first.read_bytes() == second.read_bytes()


def test_packets_are_shown_when_the_table_says_or_the_film_is_refused(tmp_path):
    packets = read_packets(encode(tmp_path / "film.mp4", PICTURES, options=CLOSED), 0)
    times = np.arange(N) / FPS
    check_times(packets, times)
    with pytest.raises(ClipError, match="clock that jumps"):
        check_times(packets, times + 0.5 / FPS)


def test_a_film_with_two_clocks_is_refused(tmp_path):
    settings = {"options": CLOSED}
    film = encode_parts(tmp_path / "film.ts", (PICTURES[:30], settings), (PICTURES[30:], settings))
    data = film.read_bytes()
    film.write_bytes(data + data)
    times = np.arange(2 * N) / FPS
    with pytest.raises(ClipError):
        check_times(read_packets(film, 0), times)


def test_a_format_that_cannot_hold_the_film_is_named(tmp_path):
    film = encode(tmp_path / "film.mp4", PICTURES, options=CLOSED)
    packets = read_packets(film, 0)
    (clip,) = plan_clips(packets, [(1.0, 1.2)])
    with pytest.raises(ClipError, match=r"cannot be copied as \.webm"):
        copy_clip(film, 0, packets, clip, tmp_path / "clip.webm")


@given(
    st.lists(st.tuples(st.floats(0, 9.9), st.floats(0.04, 3)), min_size=1, max_size=8),
    st.integers(1, 60),
    st.integers(0, 3),
)
def test_clips_hold_all_of_the_intervals_and_no_packet_twice(drawn, gop, reordered):
    """Of any key frame distance, and pictures that are stored behind ones that are shown later."""
    n = 250
    shown = np.arange(n)
    step = reordered + 1
    for start in range(0, n, gop):  # after the key frame, the last picture of each group is first
        for group in range(start + 1, min(start + gop, n), step):
            end = min(group + step, start + gop, n)
            shown[group:end] = [end - 1, *range(group, end - 1)]
    times = shown / FPS
    packets = Packets(shown, times, shown % gop == 0, n / FPS)
    intervals = sorted((start, min(start + length, n / FPS)) for start, length in drawn)
    clips = plan_clips(packets, intervals)
    for before, after in pairwise(clips):
        assert before.last <= after.first
    for clip in clips:
        own = np.sort(shown[clip.first : clip.last])
        assert own.tolist() == list(range(own[0], own[-1] + 1))
        assert packets.is_key[clip.first]
        assert (clip.start_s, clip.end_s) == pytest.approx((own[0] / FPS, (own[-1] + 1) / FPS))
    for start, end in intervals:
        (holder,) = [c for c in clips if c.start_s <= start + 1e-3 and end - 1e-3 <= c.end_s]
        assert start - holder.start_s <= gop / FPS or len(intervals) > 1
