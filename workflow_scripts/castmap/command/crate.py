"""A citable cast map: results without faces as an RO-Crate, and back.

A crate is a zip file that says in ``ro-crate-metadata.json`` what is in it, by the Workflow Run
profile (https://w3id.org/ro/wfrun/workflow/0.5): which workflow of which version made which files
from which films by which settings, and when.
"""

import io
import json
import mimetypes
import subprocess
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from rocrate.model.contextentity import ContextEntity
from rocrate.model.data_entity import DataEntity
from rocrate.rocrate import ROCrate

from castmap.command.records import RECORDS, RESULTS
from castmap.console import InputError
from castmap.files.hashing import sha256_bytes
from castmap.files.whole import replacing
from castmap.formats.names import one_line
from castmap.version import VERSION

METADATA = "ro-crate-metadata.json"
WORKFLOW = ("Snakefile", "config.yaml", "envs/requirements.txt")
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
_MEDIA_TYPES = {
    ".parquet": "application/vnd.apache.parquet",
    ".jsonld": "application/ld+json",
    ".eaf": "application/xml",
    ".otio": "application/json",
    ".md": "text/markdown",
    ".vtt": "text/vtt",
    ".yaml": "application/yaml",
}


class Credit(NamedTuple):
    """Whose a crate is: the names of its authors, and the address of its licence."""

    authors: Sequence[str]
    licence: str


def write_crate(crate: Path, files: Iterable[str], records: Iterable[str], credit: Credit) -> None:
    """Write results as a crate; the same results, settings and commit give the same bytes.

    Args:
        crate: the zip file.
        files: results without faces or embeddings, in results/.
        records: Snakemake's records of the run, by which `castmap hydrate` knows the results.
        credit: whose it is.
    """
    files, records = sorted(files), sorted(records)
    metadata = describe(files, records, credit)
    with replacing(crate) as partial, zipfile.ZipFile(partial, "w") as archive:
        text = json.dumps(metadata, indent=2, ensure_ascii=False) + "\n"
        _add(archive, METADATA, text.encode())
        _add(archive, f"{RECORDS}/", b"")
        for name in (*WORKFLOW, *files, *records):
            _add(archive, name, Path(name).read_bytes())


def describe(files: Sequence[str], records: Sequence[str], credit: Credit) -> dict[str, Any]:
    """What stands in ``ro-crate-metadata.json``.

    Args:
        files: results.
        records: of the run that made them.
        credit: whose they are.
    """
    crate = ROCrate(version="1.1")  # which version 0.5 of the Workflow Run profile builds on
    crate.metadata.extra_terms["sha256"] = "https://w3id.org/ro/terms/workflow-run#sha256"
    probed = [json.loads(Path(f).read_text(encoding="utf-8")) for f in files if _is_film(f)]
    films = [film for film in probed if film["status"] == "ok"]
    authors = [_add_entity(crate, _person(author)) for author in credit.authors]
    _describe_whole(crate, films, authors, credit.licence)
    workflow, settings = _add_workflow(crate)
    of_film = {film["movie"]: _add_entity(crate, _film(film)) for film in films}
    results = []
    for name in files:
        film = next((of_film[part] for part in PurePosixPath(name).parts if part in of_film), None)
        results.append(crate.add_file(name, name, properties=_file(name, about=film)))
    began, ended = _times(records)
    run = {
        "name": f"Run of castmap {VERSION}",
        "description": "From the films to their shots, faces, tracks, characters and tables",
        "startTime": began,
        "endTime": ended,
        "agent": [{"@id": author.id} for author in authors],
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
    seen = [settings, *of_film.values()]
    action = crate.add_action(workflow, "#run", object=seen, result=results, properties=run)
    crate.root_dataset["mentions"] = action
    return crate.metadata.generate()


def _describe_whole(
    crate: ROCrate,
    films: Sequence[Mapping[str, Any]],
    authors: Sequence[ContextEntity],
    licence: str,
) -> None:
    titles = [_title(film) for film in films]
    more = f" and {len(titles) - 3} more films" if len(titles) > 3 else ""
    crate.name = f"Who appears where: {', '.join(titles[:3])}{more}"
    crate.description = (
        f"Cast maps of {len(films)} films by castmap {VERSION}: shots, faces, tracks, characters "
        "and names, with tables. It holds no picture and no embedding of a face."
    )
    crate.datePublished = _commit("%cI")
    name = licence.rpartition("/")[2]
    crate.license = _add_entity(crate, {"@id": licence, "@type": "CreativeWork", "name": name})
    crate.root_dataset["author"] = authors
    crate.root_dataset["conformsTo"] = [
        _add_entity(
            crate,
            {
                "@id": address,
                "@type": "CreativeWork",
                "name": name,
                "version": address.rpartition("/")[2],
            },
        )
        for address, name in _PROFILES.items()
    ]
    records = {
        "name": "Snakemake's records",
        "description": "of each file: the rule, settings, inputs and code that made it",
    }
    crate.add_dataset(dest_path=f"{RECORDS}/", properties=records)


def _add_workflow(crate: ROCrate) -> tuple[DataEntity, DataEntity]:
    """Add the workflow, and the file of its settings, which is its input."""
    main, settings, lock = WORKFLOW
    described = {
        **_file(main),
        "name": "castmap",
        "description": "Who appears where in movies: shots, faces, tracks, characters",
        "version": f"{VERSION}, commit {_commit('%H')}",
        "license": "https://spdx.org/licenses/MIT",
    }
    workflow = crate.add_workflow(main, main, main=True, lang="snakemake", properties=described)
    file = crate.add_file(settings, settings, properties=_file(settings))
    workflow["softwareRequirements"] = crate.add_file(lock, lock, properties=_file(lock))
    parameter = crate.add_formal_parameter(
        settings, "File", identifier="#settings", description="every setting of the run"
    )
    parameter["workExample"], file["exampleOfWork"] = file, parameter
    workflow["input"] = parameter
    return workflow, file


def _add_entity(crate: ROCrate, properties: Mapping[str, Any]) -> ContextEntity:
    described = dict(properties)
    return crate.add(ContextEntity(crate, described.pop("@id"), described))


def read_crate(crate: Path, folder: Path) -> Path:
    """Bring a crate into the form in which results are published, and check its hashes.

    Args:
        crate: the zip file.
        folder: where the tar file of its results and records is written.

    Raises:
        InputError: it is no crate of castmap's, or a file is not what the metadata say.
    """
    packed = folder / f"{crate.stem}.tar"
    try:
        with zipfile.ZipFile(crate) as archive, tarfile.open(packed, "w") as tar:
            hashes = _hashes(json.loads(archive.read(METADATA)))
            for entry in archive.infolist():
                if entry.is_dir() or entry.filename in (METADATA, *WORKFLOW):
                    continue
                content = archive.read(entry)
                found = sha256_bytes(content)
                if hashes.get(entry.filename, found) != found:
                    raise InputError(
                        f"{crate}: {entry.filename!r} is not the file that the crate describes "
                        "(its SHA-256 is another); get the crate again"
                    )
                member = tarfile.TarInfo(entry.filename)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    except FileNotFoundError as error:
        raise InputError(f"{crate} does not exist") from error
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"{crate} is no crate that `castmap publish --crate` wrote: {error}"
        ) from error
    return packed


def _hashes(metadata: Mapping[str, Any]) -> dict[str, str]:
    """The SHA-256 of each file that a crate describes.

    Raises:
        ValueError: the metadata are no list of entities.
    """
    entities = metadata.get("@graph") if isinstance(metadata, dict) else None
    if not isinstance(entities, list) or not all(isinstance(e, dict) for e in entities):
        raise ValueError(f"{METADATA} has no @graph of entities")
    return {e["@id"]: e["sha256"] for e in entities if "sha256" in e and "@id" in e}


def _film(film: Mapping[str, Any]) -> dict[str, Any]:
    """A film, which is not in the crate: known by its title, year, length and hash."""
    return {
        "@id": f"#film-{film['movie']}",
        "@type": "CreativeWork",
        "name": _title(film),
        "identifier": f"sha256:{film['sha256']}",
        "description": f"the film {film['movie']}, {film['duration_s']:.3f} s; not in this crate",
        **({"datePublished": str(film["year"])} if film["year"] else {}),
    }


def _title(film: Mapping[str, Any]) -> str:
    return one_line(str(film["title"] or film["movie"]))


def _file(name: str, about: ContextEntity | None = None) -> dict[str, Any]:
    content = Path(name).read_bytes()
    suffix = PurePosixPath(name).suffix
    media_type = _MEDIA_TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "text/plain"
    return {
        "name": name,
        "contentSize": str(len(content)),
        "encodingFormat": media_type,
        "sha256": sha256_bytes(content),
        **({"about": {"@id": about.id}} if about else {}),
    }


def _person(author: str) -> dict[str, Any]:
    """An author, who may be written ``Ann Lee <https://orcid.org/...>``."""
    name, _, address = author.partition("<")
    name = one_line(name)
    address = address.rstrip("> ") or f"#{name.replace(' ', '-')}"
    return {"@id": address, "@type": "Person", "name": name}


def _times(records: Iterable[str]) -> tuple[str, str]:
    """When the first job of a run began and its last ended, by Snakemake's records."""
    read = [json.loads(Path(record).read_text(encoding="utf-8")) for record in records]
    began = min((record["starttime"] for record in read), default=0.0)
    ended = max((record["endtime"] for record in read), default=0.0)
    first, last = (datetime.fromtimestamp(s, UTC).isoformat("T", "seconds") for s in (began, ended))
    return first, last


def _commit(what: str) -> str:
    """Something of the last commit, as ``git log --format`` says it."""
    command = ["git", "log", "-1", f"--format={what}"]
    run = subprocess.run(command, text=True, capture_output=True, check=True)
    return run.stdout.strip()


def _is_film(name: str) -> bool:
    path = PurePosixPath(name)
    return name.startswith(RESULTS) and path.name == "movie.json" and len(path.parts) == 3


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name)  # of no date: the same bytes
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)
