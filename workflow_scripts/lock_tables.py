"""Record what the tables rest on: hashes of their files and inputs, versions, settings.

Settings are recorded only if the results were made with them: where a result says otherwise, there
is no lock.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from castmap.console import InputError, logger
from castmap.files.hashing import sha256_file
from castmap.files.results import read_record
from castmap.files.seals import unsealed
from castmap.files.whole import write_json
from castmap.stages.arguments import ByMovie, Job, Json, NewFile
from castmap.stages.command_line import as_command

# The section of config.yaml that a stage's record repeats.
_SECTIONS = {
    "detect_shots": "shots",
    "detect_faces": "faces",
    "track_faces": "tracks",
    "cluster_characters": "clustering",
}


def lock_tables(
    tables: list[Path],
    behind: list[Path],
    labels: list[Path],
    movies: ByMovie[Json],
    lock: NewFile,
    job: Job,
    *,
    settings: dict,
) -> None:
    """Record what the tables rest on: hashes of their files and inputs, versions, settings.

    Args:
        tables: their files.
        behind: the results that they are made of.
        labels: those that these were measured against.
        movies: movie.json of every film.
        lock: what is recorded.
        job: the versions that made the tables.
        settings: what config.yaml says, as JSON.
    """
    inputs = [*behind, *labels]
    hashes = {path.as_posix(): sha256_file(path) for path in [*tables, *inputs]}
    _check_sealed(hashes)
    records = {path: read_record(path) for path in inputs if path.suffix == ".parquet"}
    for path, record in records.items():
        _check_record(path, record, settings)
    by_table: dict[str, dict[str, str]] = defaultdict(dict)
    for path in tables:
        by_table[path.stem][path.as_posix()] = hashes[path.as_posix()]
    text = json.dumps(settings, sort_keys=True)
    content = {
        "tables": by_table,
        "inputs": {path.as_posix(): hashes[path.as_posix()] for path in inputs},
        "films": {movie: info["sha256"] for movie, info in movies.items()},
        "versions": _versions([job.record, *records.values()]),
        "seed": settings["seed"],
        "settings": settings,
        "settings_sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
    write_json(lock, content)
    logger.info("%d tables from %d files", len(by_table), len(content["inputs"]))


def _check_sealed(hashes: dict[str, str]) -> None:
    """What is not as it was made is not certified."""
    if changed := unsealed(hashes):
        raise InputError(
            f"{', '.join(changed)}: not as made, so the tables are not locked; run again: what is "
            "damaged or was changed is made again"
        )


def _check_record(path: Path, record: dict, settings: dict) -> None:
    """Refuse a result that was made with other settings than those that would be recorded."""
    section = _SECTIONS.get(record["stage"], "")
    today = settings.get(section, {})
    for key, used in record["settings"].items():
        if key in today and today[key] != used:
            raise InputError(
                f"{path} was made with {section}.{key} {used}, and the settings say {today[key]}; "
                "delete it and run again, which makes it anew"
            )


def _versions(records: Iterable[dict]) -> dict[str, list[str]]:
    """Of each package, the versions that made an input or the tables: more than one if mixed."""
    found = defaultdict(set)
    for record in records:
        for package, version in record["versions"].items():
            found[package].add(version)
    return {package: sorted(versions) for package, versions in found.items()}


main = as_command(lock_tables)

if __name__ == "__main__":
    main()
