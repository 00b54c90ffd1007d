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
from castmap.files.results import read_json, read_record
from castmap.files.seals import unsealed
from castmap.files.whole import write_json
from castmap.stages.process import stage, stage_parser
from castmap.stages.provenance import provenance

# The section of config.yaml that a stage's record repeats.
_SECTIONS = {
    "detect_shots": "shots",
    "detect_faces": "faces",
    "track_faces": "tracks",
    "cluster_characters": "clustering",
}


def main(argv: list[str] | None = None) -> None:
    """Hash all files; collect the versions that made the inputs."""
    parser = stage_parser(__doc__)
    parser.add_argument("--tables", nargs="+", type=Path, required=True, help="their files")
    parser.add_argument("--inputs", nargs="*", type=Path, default=[], help="all that they rest on")
    parser.add_argument("--movie-infos", nargs="*", type=Path, default=[], help="movie.json files")
    parser.add_argument("--settings", type=json.loads, required=True, help="as JSON")
    parser.add_argument("--out-lock", type=Path, required=True)
    with stage(parser, argv) as args:
        hashes = {path.as_posix(): sha256_file(path) for path in [*args.tables, *args.inputs]}
        _check_sealed(hashes)
        records = {path: read_record(path) for path in args.inputs if path.suffix == ".parquet"}
        for path, record in records.items():
            _check_record(path, record, args.settings)
        tables: dict[str, dict[str, str]] = defaultdict(dict)
        for path in args.tables:
            tables[path.stem][path.as_posix()] = hashes[path.as_posix()]
        infos = [read_json(path) for path in args.movie_infos]
        settings = json.dumps(args.settings, sort_keys=True)
        content = {
            "tables": tables,
            "inputs": {path.as_posix(): hashes[path.as_posix()] for path in args.inputs},
            "films": {info["movie"]: info["sha256"] for info in infos},
            "versions": _versions(records.values()),
            "seed": args.settings["seed"],
            "settings": args.settings,
            "settings_sha256": hashlib.sha256(settings.encode()).hexdigest(),
        }
        write_json(args.out_lock, content)
        logger.info(
            "%s: %d tables from %d files", args.out_lock, len(tables), len(content["inputs"])
        )


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
    for record in (provenance("lock_tables"), *records):
        for package, version in record["versions"].items():
            found[package].add(version)
    return {package: sorted(versions) for package, versions in found.items()}


if __name__ == "__main__":
    main()
