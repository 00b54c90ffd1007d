"""Which films have a constant frame rate, and what time code a frame has."""

from fractions import Fraction
from itertools import count, islice

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.exports.frame_rate import RATES, FrameRate, find_rate
from castmap.video.decoding import decode_raw, open_film
from castmap.video.probing import choose_stream, probe

NTSC = {24: Fraction(24000, 1001), 30: Fraction(30000, 1001), 60: Fraction(60000, 1001)}
# The clocks of MP4 as cameras write it, MPEG transport streams, Matroska and old QuickTime.
TICKS = (None, 90_000, 1000, 600)


def shown_at(rate, n, tick=None, start_s=0.0, rounded=np.round):
    times = np.arange(n) / float(rate)
    return start_s + (times if tick is None else rounded(times * tick) / tick)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("tick", TICKS)
@pytest.mark.parametrize("rounded", [np.round, np.floor])
def test_a_constant_rate_is_found_by_any_clock(rate, tick, rounded):
    # 24 and 23.976 frames/s part by a frame in 42 s.
    times = shown_at(rate, int(60 * rate), tick, 0.25, rounded)
    assert find_rate(times) == FrameRate(rate, 0.25)


@given(
    rate=st.sampled_from(RATES),
    n=st.integers(200, 5000),
    start_s=st.floats(0, 1000),
)
def test_a_frame_is_the_one_that_is_shown_then(rate, n, start_s):
    times = shown_at(rate, n, 1000, start_s)
    found = find_rate(times)
    assert [found.frame(time) for time in times] == list(range(n))
    milliseconds = np.round(times, 3)
    assert [found.frame(time) for time in milliseconds] == list(range(n))


@pytest.mark.parametrize("rate", [NTSC[24], Fraction(25), NTSC[30], NTSC[60]], ids=str)
@pytest.mark.parametrize("ending", [".mp4", ".mkv", ".ts", ".mov"])
def test_the_rate_of_a_film_is_that_which_it_was_encoded_at(tmp_path, rate, ending):
    path = tmp_path / f"film{ending}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(150):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with open_film(path) as container:
        stream = choose_stream(container)
        _, frames = probe(container, stream, decode_raw(container, stream.index))
    assert find_rate(frames["time_s"].to_numpy()).rate == rate


def test_half_a_second_of_exact_times_is_enough():
    assert find_rate(shown_at(NTSC[24], 12)).rate == NTSC[24]
    assert find_rate(shown_at(24, 12)).rate == 24


@pytest.mark.parametrize(
    "times",
    [
        shown_at(15, 100),
        shown_at(Fraction(25, 2), 100),
        np.delete(shown_at(25, 100), 50),  # a frame was dropped
        np.concatenate([shown_at(25, 100), 4 + shown_at(30, 100)]),
        shown_at(25, 100) + np.random.default_rng(0).uniform(0, 0.01, 100),
        np.array([0.0]),
        np.array([]),
    ],
    ids=["15", "12.5", "dropped", "two rates", "jitter", "one frame", "no frame"],
)
def test_other_films_have_no_rate(times):
    assert find_rate(times) is None


def drop_frame_codes(nominal):
    """SMPTE ST 12-1: numbers 0 and 1 (at 60: to 3) are left out but in every tenth minute."""
    dropped = 2 * nominal // 30
    for minute in count():
        for second in range(60):
            for frame in range(dropped * (second == 0 and minute % 10 > 0), nominal):
                yield f"{minute // 60:02d}:{minute % 60:02d}:{second:02d};{frame:02d}"


@pytest.mark.parametrize("nominal", [30, 60])
def test_drop_frame_codes_leave_out_what_the_standard_says(nominal):
    rate = FrameRate(NTSC[nominal], 0.0)
    assert rate.drops_frames
    n = int(62 * 60 * rate.rate)
    expected = list(islice(drop_frame_codes(nominal), n))
    frames = [*range(0, n, 7), *range(n - 2000, n)]
    assert [rate.timecode(frame) for frame in frames] == [expected[frame] for frame in frames]
    hour = expected.index("01:00:00;00")
    assert rate.timecode(0, hour=1) == "01:00:00;00"
    for frame in (1, 1799, 1800, 1801):
        assert rate.timecode(frame, hour=1) == expected[hour + frame]


@pytest.mark.parametrize("rate", [r for r in RATES if r not in (NTSC[30], NTSC[60])], ids=str)
def test_all_other_codes_count_every_frame(rate):
    found = FrameRate(rate, 0.0)
    assert not found.drops_frames
    for frame in (0, 1, 1799, 17982, 107_892, 1_000_000):
        seconds, rest = divmod(frame, round(rate))
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        assert found.timecode(frame) == f"{clock}:{rest:02d}"


def test_rates_have_the_names_that_people_know():
    assert [FrameRate(rate, 0.0).name for rate in RATES] == [
        *("23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60")
    ]
