"""Import pretrained weights: the numbers of a package's file under the network's names."""

import json
from pathlib import Path

from safetensors.torch import save

from castmap.console import InputError, logger
from castmap.files.whole import replacing
from castmap.formats.sealed_weights import check_sha256
from castmap.packages.fetching import Pin
from castmap.packages.weights import pretrained_networks
from castmap.stages.arguments import NewFile
from castmap.stages.command_line import as_command


def import_weights(original: Path, weights: NewFile, *, name: str, pin: dict) -> None:
    """Import pretrained weights: the numbers of a package's file under the network's names.

    Args:
        original: the file of the package.
        weights: which are made.
        name: of the network.
        pin: of the file; see castmap.packages.fetching.Pin.
    """
    network, source = pretrained_networks()[name], Pin(**pin)
    content = original.read_bytes()
    try:
        check_sha256(content, source.sha256)
        tensors = network.member.load().import_weights(content)
    except ValueError as error:
        raise InputError(f"{original}: {error}; `make weights` fetches it again") from error
    record = {
        "network": name,
        "package": f"{source.package}=={source.version}",
        "licence": source.licence,
        "original_sha256": source.sha256,
    }
    contiguous = {key: tensors[key].contiguous() for key in sorted(tensors)}
    # One entry: the library writes several in an order that changes from run to run.
    imported = save(contiguous, {"castmap": json.dumps(record, sort_keys=True)})
    check_sha256(imported, network.imported_sha256)
    with replacing(weights) as partial:
        partial.write_bytes(imported)
    count = sum(tensor.numel() for tensor in tensors.values())
    logger.info("%s: %d tensors, %.2f M numbers", name, len(tensors), count / 1e6)


main = as_command(import_weights)

if __name__ == "__main__":
    main()
