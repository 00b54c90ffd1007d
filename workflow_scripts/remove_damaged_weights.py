"""Remove pretrained weights that are not, bit for bit, what they should be.

The next run makes them anew; `make weights` removes first and then makes.
"""

from pathlib import Path

import yaml

from workflow_scripts.formats.packages import read_pins
from workflow_scripts.formats.weights import IMPORTED_SHA256, WeightsError, check_sha256
from workflow_scripts.stagekit.console import logger, stage, stage_parser


def main(argv: list[str] | None = None) -> None:
    """Look at every file of weights that is there."""
    parser = stage_parser(__doc__)
    parser.add_argument("--pinned", type=Path, default="resources/pinned_files.yaml")
    parser.add_argument("--folder", type=Path, default="resources/weights")
    with stage(parser, argv) as args:
        pins = read_pins(yaml.safe_load(args.pinned.read_text(encoding="utf-8")))
        expected = {args.folder / "original" / name: pin.sha256 for name, pin in pins.items()}
        for network, sha256 in IMPORTED_SHA256.items():
            expected[args.folder / f"{network}.safetensors"] = sha256
        for path, sha256 in expected.items():
            if not path.exists():
                continue
            try:
                check_sha256(path.read_bytes(), sha256)
            except WeightsError as error:
                path.unlink()
                logger.warning("%s: %s; removed", path, error)


if __name__ == "__main__":
    main()
