"""Every job killed, and every result damaged, in turn: is all noticed, and as before afterwards?

Takes a finished project (`make demo` in a clone), which it leaves as it was if all is well. In each
job that makes results, Snakemake is killed by kill -9 as soon as the job has opened its log, by
turns alone and with all its jobs; the next run has to finish by itself and to give the same bytes.
Then each result is cut in half, deleted, and has a bit flipped, in turn: exactly that has to be
noticed. At last all are damaged at once: planning has to name each, and a run to make them again.

    python -m benchmarks.kills_and_damage FOLDER
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from castmap.files.seals import SEALS, find_damage
from castmap.planning.runs import SNAKEMAKES_LOCKS

_SNAKEMAKE = [sys.executable, "-m", "snakemake", "--cores", "1"]
_LONGEST_S = 1200


def jobs() -> dict[Path, list[Path]]:
    """The results of each job, by its log."""
    return {
        Path("results/logs", holder.relative_to(SEALS)).with_suffix(".log"): [
            Path(name)
            for name in json.loads(holder.read_text(encoding="utf-8"))
            if name.startswith("results/")
        ]
        for holder in sorted(SEALS.rglob("*.json"))
    }


def hashes(paths: Iterable[Path]) -> dict[Path, str]:
    """What the files are."""
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def snakemake(*arguments: str) -> subprocess.CompletedProcess:
    """Run it to its end; what it says is in ``stdout``."""
    return subprocess.run(
        [*_SNAKEMAKE, *arguments],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_LONGEST_S,
        check=False,
    )


def kill_in(log: Path, result: Path, with_its_jobs: bool) -> None:
    """Have a result made again, and kill the run in the midst of it."""
    result.unlink()
    log.unlink(missing_ok=True)
    run = subprocess.Popen(
        [*_SNAKEMAKE, str(result)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not log.exists() and run.poll() is None:
        time.sleep(0.01)
    (os.killpg if with_its_jobs else os.kill)(run.pid, signal.SIGKILL)
    run.wait()


def fault_after_kill(log: Path, results: list[Path], with_its_jobs: bool) -> str | None:
    """Kill a job, run again, and say what is wrong then."""
    before = hashes(results)
    kill_in(log, results[0], with_its_jobs)
    locked = SNAKEMAKES_LOCKS.is_dir() and any(SNAKEMAKES_LOCKS.iterdir())
    run = snakemake(str(results[0]))
    if not locked:
        return "was not killed in time"
    if run.returncode or "was killed; this one goes on" not in run.stdout:
        return f"the next run: {run.stdout[-2000:]}"
    return None if hashes(results) == before else "other bytes"


def cut(path: Path) -> None:
    """Leave the first half."""
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    """Flip a bit in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def unnoticed(results: list[Path], harm: Callable[[Path], None]) -> list[Path]:
    """Harm each file alone; those that are not noticed, or not alone."""
    missed = []
    for path in results:
        status, content = path.stat(), path.read_bytes()
        harm(path)
        if list(find_damage()) != [str(path)]:
            missed.append(path)
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return missed


def main() -> None:
    """Kill, damage, and print what held."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="a finished project")
    parser.add_argument("--only", default="", help="jobs whose log's path has this in it")
    args = parser.parse_args()
    os.chdir(args.folder)
    made = {log: paths for log, paths in jobs().items() if paths and args.only in str(log)}
    faults = {}
    for number, (log, paths) in enumerate(made.items()):
        fault = fault_after_kill(log, paths, with_its_jobs=bool(number % 2))
        print(f"kill -9 in {log}: {fault or 'held'}", flush=True)
        faults |= {log: fault} if fault else {}
    print(f"kills: {len(made) - len(faults)} of {len(made)} held", flush=True)
    results = sorted(path for paths in made.values() for path in paths if path.stat().st_size)
    before = hashes(results)
    for harm in (cut, Path.unlink, flip):
        missed = unnoticed(results, harm)
        print(f"{harm.__name__}: {len(results) - len(missed)} of {len(results)} noticed {missed}")
    for number, path in enumerate(results):
        (cut, Path.unlink, flip)[number % 3](path)
    planned = snakemake("--dry-run").stdout
    told = "".join(line for line in planned.splitlines() if line.startswith("castmap: "))
    named = [path for path in results if f" {path} " in told or f" files of {path.parent} " in told]
    print(f"all at once: {len(named)} of {len(results)} named")
    run = snakemake()
    same = run.returncode == 0 and hashes(results) == before
    print(f"made again, the same bytes: {same}{'' if same else run.stdout[-2000:]}")


if __name__ == "__main__":
    main()
