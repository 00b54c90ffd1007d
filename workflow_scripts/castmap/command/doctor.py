"""Check what castmap needs of this machine: versions, weights, GPU, disk, system libraries.

Each line is OK, a note (castmap works, but you may want to know) or a problem with its fix.
Nothing is changed or downloaded. The exit status is 1 if there is any problem.

    castmap doctor
    castmap doctor --json > doctor.json       to be sent with a question
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import yaml
from packaging.requirements import Requirement
from safetensors import SafetensorError

from castmap.command.repository import corpus_of, read_config, read_weights_record
from castmap.formats.sealed_weights import check_sha256
from castmap.packages.fetching import Pin
from castmap.packages.weights import pins_of_packages, pretrained_networks
from castmap.planning.corpus import movie_info, read_movie_info
from castmap.planning.requests import film_length_s
from castmap.settings.settings import Movie, SettingsError
from castmap.version import VERSION

OK, A_NOTE, A_PROBLEM = "ok", "note", "problem"
_LOCK = Path("envs/requirements.txt")
_PINS = Path("resources/pinned_files.yaml")
_WEIGHTS = Path("resources/weights")
_INSTALL = "`make` or `python envs/install.py` installs the versions of the lock"
# Measured on films where one to three faces are seen at any time: 340 to 440 MB of crops,
# embeddings by nine models, tables and pages for an hour of film.
_MB_PER_FILM_HOUR = 500
_SMALLEST_MB = 1000


class Finding(NamedTuple):
    """One line: what was checked, ok, note or problem, what was found, and the fix."""

    about: str
    status: str
    found: str
    fix: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `castmap doctor` takes."""
    parser.add_argument("--json", action="store_true", help="for programs: a list of findings")


def run(args: argparse.Namespace) -> int:
    """Print all findings; 1 if one is a problem."""
    findings = list(examine())
    if args.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            fix = f"; {finding.fix}" if finding.fix else ""
            print(f"{finding.status.upper():8} {finding.about}: {finding.found}{fix}")
    return int(any(finding.status == A_PROBLEM for finding in findings))


def examine() -> Iterator[Finding]:
    """Everything there is to say about this machine and the repository in the current folder."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    direct = _direct_packages(project)
    yield check_python(project["requires-python"])
    yield Finding("castmap", OK, f"{VERSION}, {_commit()}")
    yield from check_packages(_LOCK.read_text(encoding="utf-8"), direct)
    yield check_import("cv2", "OpenCV", "`apt-get install libgl1 libglib2.0-0` brings libGL, glib")
    pins = pins_of_packages(yaml.safe_load(_PINS.read_text(encoding="utf-8")))
    for name, network in pretrained_networks().items():
        yield check_weights(name, network.imported_sha256, pins[network.original])
    yield from list_licences(pins, direct)
    yield from _check_films()


def _check_films() -> Iterator[Finding]:
    """The settings, and what they and the films ask of the machine."""
    try:
        config = read_config()
        corpus = corpus_of(config, open_files=False)
    except SettingsError as error:
        yield Finding("settings", A_PROBLEM, str(error))
        return
    left_out = f"; {len(corpus.skipped)} entries are left out" if corpus.skipped else ""
    yield Finding("settings", OK, f"config.yaml is legal; {len(corpus.movies)} films{left_out}")
    yield check_gpu(config["device"])
    free_mb = shutil.disk_usage("results" if Path("results").exists() else ".").free / 1e6
    yield check_disk(free_mb, map(_hours_to_do, corpus.movies))


def check_python(required: str) -> Finding:
    """The interpreter against ``requires-python``, which is a lower bound."""
    lowest = tuple(int(part) for part in re.findall(r"\d+", required))
    if sys.version_info[: len(lowest)] < lowest:
        fix = "make the environment with a newer one: `make PYTHON=python3.x`"
        return Finding("python", A_PROBLEM, f"{platform.python_version()}, needs {required}", fix)
    return Finding("python", OK, f"{platform.python_version()} ({sys.executable})")


def check_packages(lock: str, direct: Iterable[str]) -> Iterator[Finding]:
    """Every installed package against the lock; the build of a version (+cpu) is free.

    Args:
        lock: ``name==version`` lines, perhaps with the condition under which it is installed.
        direct: names of the packages to list if all is well.
    """
    lines = map(Requirement, re.findall(r"^\w[^\\\n]*", lock, re.MULTILINE))
    here = [line for line in lines if not line.marker or line.marker.evaluate()]
    pinned = {line.name: str(line.specifier).removeprefix("==") for line in here}
    installed = {name: _installed(name) for name in pinned}
    wrong = [name for name in pinned if (installed[name] or "").split("+")[0] != pinned[name]]
    for name in wrong:
        found = f"{installed[name] or 'not installed'}, the lock has {pinned[name]}"
        yield Finding(f"package {name}", A_PROBLEM, found, _INSTALL)
    if not wrong:
        versions = ", ".join(f"{name} {_installed(name)}" for name in direct)
        yield Finding("packages", OK, f"all {len(pinned)} as in {_LOCK}: {versions}")


def check_import(module: str, about: str, fix: str) -> Finding:
    """Whether a module can be imported: its package is there, a system library may not be."""
    command = [sys.executable, "-c", f"import {module}"]
    imported = subprocess.run(command, capture_output=True, text=True, check=False)
    if imported.returncode:
        said = imported.stderr.strip().splitlines() or [f"it ended with {imported.returncode}"]
        return Finding(about, A_PROBLEM, said[-1], fix)
    return Finding(about, OK, "finds the system's libraries")


def check_weights(name: str, imported_sha256: str, pin: Pin) -> Finding:
    """Pretrained weights: of the pinned file, and bit for bit what is imported from it.

    Args:
        name: of the network.
        imported_sha256: of its weights.
        pin: of the package's file.
    """
    path = _WEIGHTS / f"{name}.safetensors"
    about = f"weights {name}"
    again = "`make weights` makes it anew"
    if not path.exists():
        fix = "the first run fetches them; `make weights` does so now, where there is internet"
        return Finding(about, A_NOTE, "not here yet", fix)
    try:
        check_sha256(path.read_bytes(), imported_sha256)
        original = read_weights_record(path)["original_sha256"]
    except (SafetensorError, OSError, TypeError, KeyError, ValueError) as error:
        return Finding(about, A_PROBLEM, f"{path}: {error}", again)
    if original != pin.sha256:
        found = f"imported from a file of SHA-256 {original}, {_PINS} has {pin.sha256}"
        return Finding(about, A_PROBLEM, found, f"correct {_PINS}: `git checkout {_PINS}`")
    return Finding(
        about, OK, f"of {pin.package} {pin.version}, SHA-256 {pin.sha256[:12]} as pinned"
    )


def list_licences(pins: dict[str, Pin], direct: Iterable[str]) -> Iterator[Finding]:
    """Under what terms the weights, the demo films' footage and the packages come."""
    for use in ("weights", "footage"):
        of_use = {name: pin.licence for name, pin in pins.items() if pin.use == use}
        unclear = [name for name, licence in of_use.items() if "not stated" in licence]
        listed = "; ".join(f"{name}: {licence}" for name, licence in of_use.items())
        fix = f"do not pass on films with {', '.join(unclear)}" if unclear else ""
        yield Finding(f"licences of {use}", A_NOTE if unclear else OK, listed, fix)
    listed = "; ".join(f"{name}: {_licence(name)}" for name in direct if _installed(name))
    yield Finding("licences of packages", OK, f"as they state them: {listed}")


def check_gpu(device: str) -> Finding:
    """What ``device`` of config.yaml gives on this machine."""
    try:
        import torch  # noqa: PLC0415 - takes seconds, and may be what is broken
    except (ImportError, OSError) as error:
        return Finding("GPU", A_PROBLEM, f"torch cannot be imported: {error}", _INSTALL)
    if device == "cpu":
        return Finding("GPU", OK, "none is used, as config.yaml says (device: cpu)")
    if device == "mps" and torch.backends.mps.is_available():
        return Finding("GPU", A_NOTE, "Apple's, by torch's mps; castmap was never run on one")
    if torch.cuda.is_available():
        cards = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
        listed = ", ".join(f"{card.name} ({card.total_memory / 1e9:.0f} GB)" for card in cards)
        return Finding("GPU", OK, f"{listed}, CUDA {torch.version.cuda}")
    built = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPUs only"
    found = f"torch {torch.__version__}, built for {built}, sees none"
    if device.startswith(("cuda", "mps")):
        fix = "correct the driver or the build of torch (docs/running.md), or set device: auto"
        return Finding("GPU", A_PROBLEM, f"{found}, and config.yaml asks for {device}", fix)
    return Finding("GPU", A_NOTE, f"{found}; CPUs are used, at about the length of a film each")


def check_disk(free_mb: float, hours: Iterable[float]) -> Finding:
    """Free space against what the films without results will need.

    Args:
        free_mb: on the disk of results/.
        hours: of each film that has yet to be analysed.
    """
    hours = [length for length in hours if length]
    need_mb = _SMALLEST_MB + _MB_PER_FILM_HOUR * sum(hours)
    found = (
        f"{free_mb / 1e3:.1f} GB free for results/; {len(hours)} films to analyse "
        f"({sum(hours):.1f} h at {_MB_PER_FILM_HOUR} MB) need about {need_mb / 1e3:.1f} GB"
    )
    if free_mb < need_mb:
        fix = "free some, or make results/ a link to a folder on a larger disk"
        return Finding("disk", A_PROBLEM, found, fix)
    return Finding("disk", OK, found)


def _hours_to_do(movie: Movie) -> float:
    """The length of a film whose faces have not been found; a guess until it has been probed."""
    path, info = Path(movie.path), movie_info(movie.movie)
    if info.with_name("faces.zip").exists() or movie.role == "demo":
        return 0.0
    probed = read_movie_info(movie.movie)
    return film_length_s(probed, path.stat().st_size if path.exists() else None) / 3600


def _direct_packages(project: dict) -> list[str]:
    """The packages that castmap uses itself: to run, to be tested, documented and released."""
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line).name for packages in lists for line in packages]


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _licence(package: str) -> str:
    """What a package says of its licence: an expression, else a classifier, else a line of text."""
    about = metadata.metadata(package)
    classifiers = [text for text in about.get_all("Classifier", []) if text.startswith("License")]
    own = {name: about[name] for name in ("License", "License-Expression") if name in about}
    told = own.get("License-Expression") or "/".join(
        text.rpartition(" :: ")[2] for text in classifiers
    )
    return told or (own.get("License") or "not stated").splitlines()[0]


def _commit() -> str:
    """The commit of the repository in the current folder, as far as there is one."""
    command = ["git", "describe", "--always", "--dirty=, with changes", "--abbrev=12", "--tags"]
    try:
        described = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return "git is not installed, so the commit is unknown"
    return f"commit {described.stdout.strip()}" if not described.returncode else "no git repository"
