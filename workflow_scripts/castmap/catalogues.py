"""What castmap can be told to use, by name: one catalogue per kind, one module per member.

A member is a module of the catalogue's package that says so by a dictionary ``MEMBER`` of literals.
Its name is the module's; what it does is the first line of its docstring. An installed package adds
members by entry points of the catalogue's group: ``my_loss = "my_package.my_loss"``.

Members are read from their source. Nothing is imported before ``load``: planning reads every
catalogue, and importing a member would import torch.

Keys of every ``MEMBER``:
    parameters: settings of its own, by name; each a JSON schema with ``default`` and
        ``description``. They stand in config.yaml under the member's name.
    order: where it stands among the others; those without come last, by name.
The docstring of each catalogue's package says what further keys its members have, and what their
modules define.
"""

import ast
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module, metadata, util
from pathlib import Path
from types import ModuleType

_LIBRARY = Path(__file__).parent
_LAST = 1000


class CatalogueError(ValueError):
    """A member is not declared as it should be; the message names its file and the fault."""


@dataclass(frozen=True)
class Member:
    """One member of a catalogue.

    Attributes:
        name: of the module.
        module: what to import.
        path: of the module's file.
        summary: what it does, in one line.
        declared: the dictionary ``MEMBER``.
    """

    name: str
    module: str
    path: Path
    summary: str
    declared: dict

    @property
    def parameters(self) -> dict[str, dict]:
        """JSON schemas of its settings, by name."""
        return self.declared.get("parameters", {})

    @property
    def network(self) -> str | None:
        """The network whose pretrained weights it runs with: its own or another member's."""
        own = self.name if "weights" in self.declared else None
        return self.declared.get("weights_of", own)

    def load(self) -> ModuleType:
        """Import the module."""
        return import_module(self.module)


@dataclass(frozen=True)
class Catalogue:
    """The members of one kind.

    Attributes:
        kind: what a member is, in the singular.
        package: where castmap's own members lie, below ``castmap``.
        group: of the entry points by which other packages add members.
    """

    kind: str
    package: str
    group: str

    @cached_property
    def members(self) -> dict[str, Member]:
        """The members by name.

        Raises:
            CatalogueError: a declaration is no dictionary of literals, a name is taken twice, or
                what an entry point leads to is no member.
        """
        folder = _LIBRARY.joinpath(*self.package.split("."))
        own = [
            _read_member(path.stem, f"castmap.{self.package}.{path.stem}", path)
            for path in sorted(folder.glob("*.py"))
        ]
        found = [member for member in own if member]
        for entry in metadata.entry_points(group=self.group):
            path = _find_source(entry.value, self.group)
            member = _read_member(entry.name, entry.value, path)
            if member is None:
                raise CatalogueError(f"{path} is named in {self.group}, but defines no MEMBER")
            found.append(member)
        found.sort(key=lambda member: member.declared.get("order", _LAST))
        by_name = {member.name: member for member in found}
        if len(by_name) < len(found):
            places = ", ".join(str(member.path) for member in found)
            raise CatalogueError(f"two members of {self.group} have the same name: {places}")
        return by_name

    def __getitem__(self, name: str) -> Member:
        """The member of a name.

        Raises:
            CatalogueError: there is none; the message lists those that there are.
        """
        if name not in self.members:
            raise CatalogueError(f"no {self.kind} is called {name}; use {', '.join(self.members)}")
        return self.members[name]


def find_member(module: str) -> Member:
    """A module of castmap that declares what a member does, but is in no catalogue.

    Raises:
        CatalogueError: it declares nothing.
    """
    path = _LIBRARY.parent.joinpath(*module.split(".")).with_suffix(".py")
    member = _read_member(path.stem, module, path)
    if member is None:
        raise CatalogueError(f"{path} defines no MEMBER")
    return member


def _read_member(name: str, module: str, path: Path) -> Member | None:
    """What a module declares; None if it declares nothing."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and [_id(target) for target in node.targets] == ["MEMBER"]:
            try:
                declared = ast.literal_eval(node.value)
            except ValueError as error:
                raise CatalogueError(
                    f"{path}, line {node.lineno}: MEMBER holds more than literals ({error}); "
                    "it is read without being run"
                ) from error
            summary = (ast.get_docstring(tree) or name).partition("\n")[0]
            return Member(name, module, path, summary, declared)
    return None


def _id(target: ast.expr) -> str | None:
    return target.id if isinstance(target, ast.Name) else None


def _find_source(module: str, group: str) -> Path:
    """The file of a module of an installed package; only packages that it lies in are imported."""
    try:
        spec = util.find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise CatalogueError(f"{module} is named in {group}, but there is no such module")
    return Path(spec.origin)


BACKBONES = Catalogue("backbone", "embedding.backbones", "castmap.backbones")
LOSSES = Catalogue("loss", "adaptation.losses", "castmap.losses")
SHOT_DETECTORS = Catalogue("shot detector", "shots.detectors", "castmap.shot_detectors")
ALGORITHMS = Catalogue("clustering algorithm", "clustering.algorithms", "castmap.algorithms")
EXPORTS = Catalogue("export", "exports", "castmap.exports")
TABLES = Catalogue("table", "evaluation.tables", "castmap.tables")
CATALOGUES = {
    "backbones": BACKBONES,
    "losses": LOSSES,
    "shot_detectors": SHOT_DETECTORS,
    "algorithms": ALGORITHMS,
    "exports": EXPORTS,
    "tables": TABLES,
}
