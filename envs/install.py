"""Install the lock into the environment of the Python that runs this; each file by its hash.

Nothing comes from outside the lock: dependencies are those of its files, and what has to be built
is built by the locked setuptools. A torch of the locked version that is installed already stays,
whatever its build; else that of other_builds.txt is taken where pip is offered it, else the public
one.
"""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
CUDA = ("cuda-", "nvidia-")


def install(name: str, *, offered: bool = True) -> None:
    """Install the files that a list beside this module names, if pip is offered them."""
    options = ["--require-hashes", "--no-deps", "--no-build-isolation"]
    command = [*PIP, *options, "--requirement", str(HERE / name)]
    subprocess.run(command, check=offered, stderr=None if offered else subprocess.DEVNULL)


def wants_cuda() -> bool:
    """Whether the torch that is installed needs CUDA's libraries."""
    return any(need.startswith(CUDA) for need in metadata.requires("torch") or [])


def main() -> None:
    """Install all lists."""
    try:
        install("build.txt")
        try:
            metadata.version("torch")
        except metadata.PackageNotFoundError:
            install("other_builds.txt", offered=False)
        install("requirements.txt")
        if wants_cuda():
            install("cuda.txt")
    except subprocess.CalledProcessError as error:
        sys.exit(f"castmap: pip ended with {error.returncode}; its message is above")


if __name__ == "__main__":
    main()
