"""What it costs to start each stage: seconds of the processor before it reads its first file.

Every job is a Python process of its own, so a film pays this once for each of its stages, whatever
its length. Beside each stage stand the heavy packages that it imports. The plain start is that of a
script which reads tables and nothing else (pandas, pyarrow). Stages are started in turns, and the
fastest start counts: others only slow one down.

    python -m benchmarks.starts --rounds 5
"""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"
HEAVY = ("torch", "mmdet", "lightning_fabric", "sklearn", "scipy", "trackers", "cv2", "av")
PLAIN = "import pandas, pyarrow.parquet"
_SAY_HEAVY = f"import sys; print(*[name for name in {HEAVY} if name in sys.modules])"


def start(statement: str) -> tuple[float, list[str]]:
    """Seconds of the processor that a Python takes to execute it, and what it has imported."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", f"{statement}; {_SAY_HEAVY}"]
    run = subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return busy, run.stdout.split()


def main() -> None:
    """Print a line per stage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    statements = {"(plain)": PLAIN}
    statements |= {path.stem: f"import {path.stem}" for path in sorted(SCRIPTS.glob("*.py"))}
    seconds: dict[str, list[float]] = {name: [] for name in statements}
    imported: dict[str, list[str]] = {}
    for _ in range(args.rounds):
        for name, statement in statements.items():
            busy, imported[name] = start(statement)
            seconds[name].append(busy)
    plain = min(seconds["(plain)"])
    print("| stage | processor s | x plain | imports |")
    print("|---|---:|---:|---|")
    for name in sorted(seconds, key=lambda name: min(seconds[name])):
        best = min(seconds[name])
        print(f"| {name} | {best:.2f} | {best / plain:.1f} | {', '.join(imported[name])} |")


if __name__ == "__main__":
    main()
