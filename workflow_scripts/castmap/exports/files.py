"""The files that the exports of a film are, as their modules declare them."""

from castmap.catalogues import EXPORTS, Catalogue, CatalogueError, Member

_NEEDED = ("files", "opens_in", "how")


def exported_files(catalogue: Catalogue = EXPORTS) -> dict[str, Member]:
    """The export that writes each file, by the file's name, in the order of the catalogue.

    Args:
        catalogue: of exports.

    Raises:
        CatalogueError: an export does not say what its files are and what they are for, or two
            exports write the same file.
    """
    found: dict[str, Member] = {}
    for member in catalogue.members.values():
        missing = [key for key in _NEEDED if not member.declared.get(key)]
        if missing:
            raise CatalogueError(f"{member.path}: MEMBER of an export needs {', '.join(missing)}")
        for name in member.declared["files"]:
            if name in found:
                raise CatalogueError(f"{found[name].path} and {member.path} both write {name}")
            found[name] = member
    return found
