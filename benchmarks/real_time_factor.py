"""Print how long each stage takes for a film, as a share of the film's length.

Below 1.00 a film is processed faster than it plays. The film is the three demo films one after the
other, several times over, at their 1280x720 pixels; or any film of yours. The workflow runs on it
as a user would run it, in a folder of its own; the weights and the demo films must be there.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
LINKED = ("Snakefile", "rules", "workflow_scripts", "envs", "profiles", "resources")
DEMO = ("demo_debate", "demo_visitors", "demo_evening")


def join_films(paths: list[Path], out: Path) -> None:
    """One film after the other, without encoding again; all must be of one kind."""
    playlist = out.with_suffix(".txt")
    playlist.write_text("".join(f"file '{path}'\n" for path in paths))
    with (
        av.open(str(playlist), format="concat", options={"safe": "0"}) as source,
        av.open(str(out), "w") as target,
    ):
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    playlist.unlink()


def lay_out(folder: Path, film: Path | None, times: int) -> None:
    """A folder in which the workflow knows one film and no other."""
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    (folder / "films").mkdir()
    if film:
        (folder / "films" / f"film{film.suffix}").symlink_to(film.resolve())
    else:
        paths = [ROOT / f"resources/demo/films/{name}.mp4" for name in DEMO]
        join_films(paths * times, folder / "films" / "film.mp4")
    header = (ROOT / "resources" / "movies.tsv").read_text().splitlines()[0]
    (folder / "sheet.tsv").write_text(header + "\n")
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    config["movies"] = {"sheet": "sheet.tsv", "folder": "films"}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def run(folder: Path, cores: int) -> float:
    """Seconds from the film to its page."""
    command = [sys.executable, "-m", "snakemake", "results/report/film.html", "--quiet", "all"]
    started = time.perf_counter()
    subprocess.run([*command, "--cores", str(cores)], cwd=folder, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--film", type=Path, help="instead of the demo films")
    parser.add_argument(
        "--times", type=int, default=2, help="how often the demo films are repeated"
    )
    parser.add_argument("--cores", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder, args.film, args.times)
        seconds = run(folder, args.cores)
        info = json.loads((folder / "results/film/movie.json").read_text())
        tables = sorted((folder / "results/benchmarks/film").glob("*.tsv"))
        stages = {path.stem: pd.read_csv(path, sep="\t").iloc[0] for path in tables}
    length = info["duration_s"]
    print(f"{info['width']}x{info['height']}, {length:.0f} s, {args.cores} cores\n")
    print("| stage | seconds | real-time factor | peak MiB |")
    print("|---|---:|---:|---:|")
    for stage, measured in stages.items():
        print(
            f"| {stage} | {measured['s']:.1f} | {measured['s'] / length:.2f} "
            f"| {measured['max_rss']:.0f} |"
        )
    peak = max(measured["max_rss"] for measured in stages.values())
    print(f"| **film to page** | {seconds:.1f} | **{seconds / length:.2f}** | {peak:.0f} |")


if __name__ == "__main__":
    main()
