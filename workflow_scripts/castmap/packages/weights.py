"""Which networks have pretrained weights, and where those come from; no network is imported.

A network says so in the MEMBER of its module, as ``weights``:
    original: the name of its package's file in resources/weights/original.
    imported_sha256: of the file that import_weights makes of it: the same on every machine.
    pin: where the file comes from, with the keys of resources/pinned_files.yaml. Networks of
        castmap have their pins there instead, under the name ``original``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from castmap.catalogues import BACKBONES, SHOT_DETECTORS, CatalogueError, Member, find_member
from castmap.files.hashing import sha256_file
from castmap.packages.fetching import Pin, read_pins

# The networks that are in no catalogue.
_OTHERS = ("castmap.faces.centerface",)


@dataclass(frozen=True)
class Pretrained:
    """A network that has pretrained weights.

    Attributes:
        member: its module, which defines ``import_weights``.
        original: the name of its package's file.
        imported_sha256: of the imported weights.
    """

    member: Member
    original: str
    imported_sha256: str


def pretrained_networks() -> dict[str, Pretrained]:
    """The networks that have pretrained weights, by name.

    Raises:
        CatalogueError: a member is not declared as it should be, or two networks have one name.
    """
    networks: dict[str, Pretrained] = {}
    for member in _members():
        if member.name in networks:
            places = f"{networks[member.name].member.path} and {member.path}"
            raise CatalogueError(f"two networks are called {member.name}: {places}; rename one")
        weights = member.declared["weights"]
        networks[member.name] = Pretrained(member, weights["original"], weights["imported_sha256"])
    return networks


def damaged_weights(folder: Path) -> list[Path]:
    """The files of pretrained weights in a folder that are not what import_weights makes."""
    damaged = []
    for name, network in pretrained_networks().items():
        path = folder / f"{name}.safetensors"
        if path.exists() and sha256_file(path) != network.imported_sha256:
            damaged.append(path)
    return damaged


def is_trainable(backbone: Member) -> bool:
    """Whether a backbone has weights to start from; another is a file of the user's."""
    return "weights" in backbone.declared


def pins_of_packages(pinned: Mapping[str, dict]) -> dict[str, Pin]:
    """All pins by file name: those of castmap, and those that members of other packages carry.

    Args:
        pinned: the parsed ``resources/pinned_files.yaml``.

    Raises:
        PackageError: a pin has other keys than it should have, or an unknown kind.
        CatalogueError: a network's file has no pin.
    """
    pins = dict(pinned)
    for member in _members():
        weights = member.declared["weights"]
        if "pin" in weights:
            pins.setdefault(weights["original"], weights["pin"])
        elif weights["original"] not in pins:
            raise CatalogueError(f"{member.path}: no pin says where {weights['original']} is from")
    return read_pins(pins)


def _members() -> list[Member]:
    members = [find_member(module) for module in _OTHERS]
    for catalogue in (BACKBONES, SHOT_DETECTORS):
        members += catalogue.members.values()
    return [member for member in members if "weights" in member.declared]
