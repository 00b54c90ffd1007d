"""The schema of config.yaml, completed by what the catalogues know.

Two keywords of our own say where. ``catalogue: losses`` stands for the names of its members.
``parameters_of: losses`` makes a section of the settings that members have of their own, each with
its default.
"""

from collections.abc import Mapping

from castmap.catalogues import CATALOGUES, Catalogue


def complete_schema(schema: Mapping) -> dict:
    """A JSON schema without our keywords.

    Args:
        schema: with them, at any depth.

    Raises:
        CatalogueError: a member is not declared as it should be.
    """
    completed: dict = {}
    for key, value in schema.items():
        if key == "catalogue":
            completed |= _names(CATALOGUES[value], schema)
        elif key == "parameters_of":
            completed |= _parameters(CATALOGUES[value])
        elif key not in completed:
            completed[key] = complete_schema(value) if isinstance(value, Mapping) else value
    return completed


def with_defaults(config: dict, schema: dict) -> dict:
    """Settings, and the defaults of those that members of catalogues have of their own.

    Args:
        config: the settings.
        schema: completed.
    """
    filled = dict(config)
    for key, own in schema.get("properties", {}).items():
        if "default" in own:
            filled.setdefault(key, own["default"])
        if isinstance(filled.get(key), Mapping):
            filled[key] = with_defaults(filled[key], own)
    return filled


def _names(catalogue: Catalogue, schema: Mapping) -> dict:
    members = catalogue.members.values()
    listed = "; ".join(f"{member.name}: {member.summary.rstrip('.')}" for member in members)
    return {"enum": list(catalogue.members), "description": schema.get("description", listed)}


def _parameters(catalogue: Catalogue) -> dict:
    """A section with one section for each member that has settings of its own."""
    sections = {
        member.name: {
            "type": "object",
            "additionalProperties": False,
            "default": {},
            "properties": member.parameters,
        }
        for member in catalogue.members.values()
        if member.parameters
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "default": {},
        "properties": sections,
    }
