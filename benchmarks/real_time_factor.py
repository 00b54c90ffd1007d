"""Where the time of a film goes, stage by stage, as a share of the film's length.

Below 1.00 a film is processed faster than it plays. The film is the three demo films one after the
other, at their 1280x720 pixels, over and over until it is long enough; or a film of yours. The
workflow runs on it as a user would run it, in a folder of its own; the weights and the demo films
must be there. Printed are, of each length and number of cores:

wall, processor    seconds of each stage, and of all
start-up           processor seconds until a stage has imported what it needs, part of the former
film               whether the stage reads the film
floor              processor seconds of decoding the film once, without looking at a frame
baseline           benchmarks/afternoon.py, from the film to its clusters: what an engineer writes
                   in an afternoon with the same networks, on every third frame

A film of two hours takes long: it is made only if `--minutes 120` asks for it.
"""

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import pandas as pd
import yaml

from castmap.stages.signature import read_signature
from castmap.video.decoding import decode_raw, open_film

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("Snakefile", "rules", "workflow_scripts", "envs", "profiles", "resources")
DEMO = ("demo_debate", "demo_visitors", "demo_evening")
_REACHED = {"tracks": "results/film/tracks.parquet", "page": "results/report/film.html"}
_TABLES = ("frames", "shots", "examined", "detections", "tracks")


class Cost(NamedTuple):
    """What a command took: seconds on the clock, and of the processor."""

    wall_s: float
    processor_s: float


def loop_demo(seconds: float, out: Path) -> None:
    """The demo films one after the other, over and over, without encoding again.

    Args:
        seconds: after which the film ends, with the next key frame.
        out: the film.
    """
    paths = [ROOT / f"resources/demo/films/{name}.mp4" for name in DEMO]
    playlist = out.with_suffix(".txt")
    rounds = int(seconds // 60) + 1  # each round is longer than a minute
    playlist.write_text("".join(f"file '{path}'\n" for path in paths * rounds))
    with (
        av.open(str(playlist), format="concat", options={"safe": "0"}) as source,
        av.open(str(out), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is None:
                continue
            if packet.is_keyframe and packet.pts * packet.time_base >= seconds:
                break
            packet.stream = stream
            target.mux(packet)
    playlist.unlink()


def lay_out(folder: Path, film: Path | None, minutes: float) -> Path:
    """A folder in which the workflow knows one film and no other; the film."""
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "films").mkdir()
    if film:
        path = folder / "films" / f"film{film.suffix}"
        path.symlink_to(film.resolve())
    else:
        path = folder / "films" / "film.mp4"
        loop_demo(60 * minutes, path)
    header = (ROOT / "resources" / "movies.tsv").read_text().splitlines()[0]
    (folder / "sheet.tsv").write_text(header + "\n")
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["movies"] = {"sheet": "sheet.tsv", "folder": "films"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return path


def run(command: list[str], folder: Path) -> Cost:
    """Run a command to its end, in a folder."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'workflow_scripts'}:{ROOT}"}
    before, started = _children_s(), time.perf_counter()
    subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE
    )
    return Cost(time.perf_counter() - started, _children_s() - before)


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def floor_s(film: Path) -> float:
    """Processor seconds of decoding a film once."""
    started = time.process_time()
    with open_film(film) as container:
        for _ in decode_raw(container, container.streams.video[0].index):
            pass
    return time.process_time() - started


def start_up_s(stage: str) -> float:
    """Processor seconds of starting a stage that then only says what it takes."""
    return run([str(ROOT / "workflow_scripts" / f"{stage}.py"), "--help"], ROOT).processor_s


@contextlib.contextmanager
def on_cores(number: int) -> Iterator[None]:
    """This process and all it starts on so many cores, and on no others."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[:number])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def measure(folder: Path, film: Path, cores: int, seconds_of_starts: dict[str, float]) -> None:
    """Run the workflow and the baseline on a film, and print what they took."""
    workflow = ["-m", "snakemake", "--quiet", "all", "--cores", str(cores)]
    costs = {name: run([*workflow, target], folder) for name, target in _REACHED.items()}
    again = run([*workflow, _REACHED["page"]], folder)
    work = folder / "baseline"
    baseline = run(
        ["-m", "benchmarks.afternoon", str(film), "--work", str(work), "--threads", str(cores)],
        ROOT,
    )
    about = json.loads((folder / "results/film/movie.json").read_text())
    length_s = about["duration_s"]
    rows = {name: len(pd.read_parquet(folder / f"results/film/{name}.parquet")) for name in _TABLES}
    said = ", ".join(f"{count} rows of {name}" for name, count in rows.items())
    print(f"\n{about['width']}x{about['height']}, {length_s:.0f} s, {cores} cores; {said}\n")
    print("| stage | wall s | processor s | start-up s | of the length | peak MiB | film |")
    print("|---|---:|---:|---:|---:|---:|---|")
    peak = 0.0
    for path in sorted((folder / "results/benchmarks/film").glob("*.tsv")):
        taken = pd.read_csv(path, sep="\t").iloc[0]
        stage = path.stem.partition(".")[0]
        if stage not in seconds_of_starts:
            seconds_of_starts[stage] = start_up_s(stage)
        peak = max(peak, taken["max_rss"])
        print(
            f"| {path.stem} | {taken['s']:.1f} | {taken['cpu_time']:.1f} "
            f"| {seconds_of_starts[stage]:.1f} | {taken['s'] / length_s:.3f} "
            f"| {taken['max_rss']:.0f} | {'read' if reads_film(stage) else ''} |"
        )
    tracks, rest = costs["tracks"], costs["page"]
    total = Cost(*(a + b for a, b in zip(tracks, rest, strict=True)))
    decoding_s = floor_s(film)
    for name, cost in {
        "film to tracks": tracks,
        "**film to page**": total,
        "the same again: nothing to do": again,
        "baseline, film to clusters": baseline,
        "floor: the film decoded once": Cost(decoding_s, decoding_s),
    }.items():
        print(
            f"| {name} | {cost.wall_s:.1f} | {cost.processor_s:.1f} | "
            f"| {cost.wall_s / length_s:.3f} | {peak if 'page' in name else 0:.0f} | |"
        )
    print(f"\nThe floor is {decoding_s / total.processor_s:.1%} of all processor seconds.")


def reads_film(stage: str) -> bool:
    """Whether a stage is given the film itself."""
    signature = read_signature(ROOT / "workflow_scripts" / f"{stage}.py")
    return any(item.name == "film" for item in (*signature.inputs, *signature.settings))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--film", type=Path, help="instead of the demo films")
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    args = parser.parse_args()
    starts: dict[str, float] = {}
    for minutes in args.minutes[:1] if args.film else args.minutes:
        for cores in args.cores:
            with tempfile.TemporaryDirectory() as name, on_cores(cores):
                film = lay_out(Path(name), args.film, minutes)
                measure(Path(name), film, cores, starts)


if __name__ == "__main__":
    main()
