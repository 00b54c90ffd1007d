"""Print what each decode of a film costs on its way to the page, in processor time a frame.

The film is decoded by probe_movie (frames are counted and timed, none is converted), by
detect_shots (each is shrunk to what the network sees), by detect_faces (those that are examined are
converted) and by draw_key_frames (a small picture of each shot). Rounds alternate, and the median
is printed.

    python -m benchmarks.decoding_speed
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from av.container import InputContainer

from castmap.formats.printing import print_cells, to_markdown
from castmap.video.decoding import FrameWindow, decode_frames, decode_raw, frames_at, open_film
from castmap.video.probing import choose_stream

_COLUMNS = {"Stage": "{stage}", "ms a frame": "{ms:.2f}"}
_CALM = 12  # frames from one examined frame to the next where nothing changes
_SHOT = 100  # frames


def _probe(film: InputContainer, stream: int) -> Iterator[object]:
    return decode_raw(film, stream, only_times=True)


def _shots(film: InputContainer, stream: int) -> Iterator[object]:
    return decode_frames(film, stream, size=(48, 27))


def _every_third(film: InputContainer, stream: int) -> Iterator[object]:
    return decode_frames(film, stream, every_nth=3)


def _where_faces_change(film: InputContainer, stream: int) -> Iterator[object]:
    """As where nothing changes."""
    window = FrameWindow(film, stream)
    for frame in itertools.count(0, _CALM):
        window.move_to(frame)
        yield from window.pictures([frame])


def _key_frames(film: InputContainer, stream: int) -> Iterator[object]:
    return frames_at(film, stream, range(0, 10**6, _SHOT), size=(320, 180))


WAYS: dict[str, tuple[Callable[[InputContainer, int], Iterator[object]], int]] = {
    "probe_movie": (_probe, 1),
    "detect_shots": (_shots, 1),
    "detect_faces, every 3rd frame": (_every_third, 3),
    "detect_faces, where faces change": (_where_faces_change, _CALM),
    "draw_key_frames": (_key_frames, _SHOT),
}


def milliseconds(film: Path, stage: str, n_frames: int) -> float:
    """Processor time a frame of the film, all threads together."""
    way, step = WAYS[stage]
    with open_film(film) as container:
        stream = choose_stream(container).index
        started = time.process_time()
        for _ in itertools.islice(way(container, stream), n_frames // step):
            pass
        return (time.process_time() - started) / n_frames * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--film", type=Path, default="resources/demo/films/demo_debate.mp4")
    parser.add_argument("--frames", type=int, default=600, help="no more than the film has")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    rounds = [
        {stage: milliseconds(args.film, stage, args.frames) for stage in WAYS}
        for _ in range(args.rounds)
    ]
    rows = [
        {"stage": stage, "ms": statistics.median(times[stage] for times in rounds)}
        for stage in WAYS
    ]
    print(to_markdown(print_cells(pd.DataFrame(rows), _COLUMNS), "Decoding", "", ["ms a frame"]))


if __name__ == "__main__":
    main()
