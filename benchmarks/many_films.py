"""How long planning takes for many films, and how much memory, on a new corpus.

Planning is what every run does first. `snakemake -n` then also describes every job, which is timed
beside it; `--quiet rules progress` leaves that out.

The films are of two frames, for planning reads no more than the header and three samples of each;
every tenth has labels, and six stand in the split lists, so that all rules take part. Nothing has
been made yet, which is the most there can be to plan.

    python -m benchmarks.many_films
"""

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
_SHARED = ("Snakefile", "config.yaml", "rules", "workflow_scripts", "envs", "profiles")
_COLUMNS = ("movie", "path", "title", "year", "labels", "role")


def write_film(path: Path) -> None:
    """Two grey frames of H.264."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, width=64, height=48, pix_fmt="yuv420p")
        for _ in range(2):
            grey = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 128, np.uint8), format="rgb24")
            container.mux(stream.encode(grey))
        container.mux(stream.encode())


def write_corpus(folder: Path, n_films: int) -> None:
    """The workflow by links, and a sheet with small films and empty labels."""
    film = folder / "two_frames.mp4"
    write_film(film)
    for name in _SHARED:
        (folder / name).symlink_to(ROOT / name)
    resources = folder / "resources"
    (resources / "splits").mkdir(parents=True)
    (folder / "films").mkdir()
    (resources / "pinned_files.yaml").symlink_to(ROOT / "resources" / "pinned_files.yaml")
    names = [f"film_{number:04d}" for number in range(n_films)]
    (resources / "splits" / "train.txt").write_text("\n".join(names[:3]))
    (resources / "splits" / "held_out.txt").write_text("\n".join(names[3:6]))
    rows = [_COLUMNS]
    for number, name in enumerate(names):
        # A box that readers pass over makes each film another one.
        box = (8 + len(name)).to_bytes(4, "big") + b"free" + name.encode()
        (folder / "films" / f"{name}.mp4").write_bytes(film.read_bytes() + box)
        labels = f"resources/labels/{name}" if number % 10 == 0 else ""
        if labels:
            (folder / labels).mkdir(parents=True)
            (folder / labels / "faces.csv").touch()
        rows.append((name, f"films/{name}.mp4", "", "", labels, "film"))
    sheet = "".join("\t".join(row) + "\n" for row in rows)
    (resources / "movies.tsv").write_text(sheet)


def plan(folder: Path, *options: str) -> tuple[float, float, str]:
    """Seconds by the clock, and of the processor; what Snakemake prints."""
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--cores", "2", *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, busy, run.stdout


def main() -> None:
    """Print a line per number of films."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--films", type=int, nargs="+", default=[240, 2000])
    args = parser.parse_args()
    print("| films | jobs | planned in s | of the processor | `-n` in s | peak MiB |")
    print("|---:|---:|---:|---:|---:|---:|")
    for n_films in sorted(args.films):  # the peak of all children so far is that of the largest
        with tempfile.TemporaryDirectory() as folder:
            write_corpus(Path(folder), n_films)
            seconds, busy, _ = plan(Path(folder), "--quiet", "rules", "progress")
            described, _, text = plan(Path(folder))
        jobs = int(re.search(r"^total +(\d+)$", text, re.MULTILINE).group(1))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"| {n_films:,} | {jobs:,} | {seconds:.1f} | {busy:.1f} | {described:.1f} "
            f"| {peak:,.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
