"""Remove pretrained weights that are not, bit for bit, what they should be.

The next run makes them anew; `make weights` removes first and then makes.
"""

from pathlib import Path

import yaml

from workflow_scripts.formats.packages import read_pins
from workflow_scripts.stagekit.console import logger, stage, stage_parser
from workflow_scripts.stagekit.files import sha256_file
from workflow_scripts.stagekit.pretrained import damaged_weights


def main(argv: list[str] | None = None) -> None:
    """Look at every file of weights that is there."""
    parser = stage_parser(__doc__)
    parser.add_argument("--pinned", type=Path, default="resources/pinned_files.yaml")
    parser.add_argument("--folder", type=Path, default="resources/weights")
    with stage(parser, argv) as args:
        pins = read_pins(yaml.safe_load(args.pinned.read_text(encoding="utf-8")))
        damaged = damaged_weights(args.folder)
        for name, pin in pins.items():
            path = args.folder / "original" / name
            if path.exists() and sha256_file(path) != pin.sha256:
                damaged.append(path)
        for path in damaged:
            path.unlink()
            logger.warning("%s was damaged, or tampered with; removed", path)


if __name__ == "__main__":
    main()
