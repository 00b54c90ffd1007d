"""Write the files that pip and conda install from, out of what `uv pip compile` resolved.

A package is `name==version`, perhaps a condition, and the SHA-256 of each of its files.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
# What installs the other packages, and builds the few that come as source.
PIP, BUILD = "pip", ("pip", "setuptools")
# What torch's CUDA build needs, and its other builds do not.
CUDA = ("cuda-", "nvidia-", "triton")


def read_packages(text: str) -> dict[str, str]:
    """The entries of a hashed requirements file by package, each with its hashes."""
    entries = re.findall(r"^\S.*(?:\n +--hash=.*)+", text, re.MULTILINE)
    return {entry.partition("==")[0]: entry for entry in entries}


def write(name: str, remark: str, entries: list[str]) -> None:
    """Write a file beside this one."""
    text = f"# {remark} Made by `make lock`.\n" + "".join(f"{entry}\n" for entry in entries)
    (HERE / name).write_text(text, encoding="utf-8")


def main() -> None:
    """Part the entries of standard input."""
    packages = read_packages(sys.stdin.read())
    cuda = [entry for name, entry in packages.items() if name.startswith(CUDA)]
    rest = [e for name, e in packages.items() if not name.startswith(CUDA) and name != PIP]
    write("requirements.txt", "Every package of the one environment, but for pip.", rest)
    write("cuda.txt", "What torch needs besides where its CUDA build is installed.", cuda)
    build = [packages[name] for name in BUILD]
    write("build.txt", "What the other packages are installed by.", build)
    versions = [entry.partition(" \\")[0] for entry in rest]
    write(
        "castmap.yaml",
        "The versions of requirements.txt for sites that use conda.",
        [
            "channels:\n  - conda-forge\n  - nodefaults",
            "dependencies:\n  - python=3.11\n  - pip\n  - pip:",
            *(f"      - {version}" for version in versions),
        ],
    )


if __name__ == "__main__":
    main()
