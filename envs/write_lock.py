"""Write requirements.txt and castmap.yaml from the `pip freeze --all` on standard input.

The local part of a version ("+cpu") is dropped: which build of torch pip takes is the machine's
choice, its version is ours.
"""

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
PIP_ITSELF = ("pip", "wheel")


def pinned(freeze: str) -> list[str]:
    """The ``name==version`` lines of a freeze, without pip itself and without local versions."""
    lines = [re.sub(r"\+[a-z0-9.]+$", "", line.strip()) for line in freeze.splitlines()]
    return [line for line in lines if line and line.split("==")[0] not in PIP_ITSELF]


def main() -> None:
    """Write both files beside this one."""
    lines = pinned(sys.stdin.read())
    (HERE / "requirements.txt").write_text(
        "# Every package of the one environment, pinned. `make lock` makes it.\n"
        + "".join(f"{line}\n" for line in lines)
    )
    (HERE / "castmap.yaml").write_text(
        "# The same environment for sites that use conda. Made by `make lock`.\n"
        "channels:\n  - conda-forge\n  - nodefaults\n"
        "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n"
        + "".join(f"      - {line}\n" for line in lines)
    )


if __name__ == "__main__":
    main()
