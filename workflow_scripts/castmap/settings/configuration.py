"""The checked settings of a run: files of settings laid over each other, and a schema."""

import difflib
import math
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import jsonschema

from castmap.settings.detector_config import OWN_DETECTOR, detector_files
from castmap.settings.schema import complete_schema, with_defaults
from castmap.settings.settings import SettingsError
from castmap.settings.settings_file import (
    SettingsFile,
    read_settings_file,
    shown,
    shown_value,
)


def read_configuration(
    paths: Sequence[str | Path], overrides: Mapping, schema: dict, overriding: str = "--config"
) -> dict:
    """Read files of settings and check what they say together.

    Args:
        paths: the files; a later one overrides an earlier one, key by key.
        overrides: values that override all files.
        schema: JSON schema whose properties carry a ``description`` of their legal values. Beside
            the standard formats there are ``file``, ``folder`` and ``detector``: paths that exist;
            see settings.schema for what it says by catalogues.
        overriding: where the overrides are from, as messages name it.

    Returns:
        The settings.

    Raises:
        SettingsError: a file is at fault, a key is unknown, missing or has an illegal value, or a
            path leads nowhere. One line for each fault.
    """
    files = [read_settings_file(path) for path in paths]
    config: dict = {}
    for values in (*(file.values for file in files), overrides):
        config = lay_over(config, values)
    completed = complete_schema(schema)
    config = with_defaults(config, completed)
    check_configuration(config, completed, files, overriding)
    return config


def check_configuration(
    config: dict, schema: dict, files: Sequence[SettingsFile], overriding: str = "--config"
) -> None:
    """Check settings against their schema.

    Args:
        config: the settings.
        schema: see read_configuration.
        files: where they come from, as far as they do not override files.
        overriding: see read_configuration.

    Raises:
        SettingsError: see read_configuration.
    """
    validator = _Validator(schema, format_checker=_FORMATS)
    faults = sorted(validator.iter_errors(config), key=lambda fault: _path(fault.absolute_path))
    messages = [
        message for fault in faults for message in _messages(fault, config, files, overriding)
    ]
    if messages:
        raise SettingsError("\n".join(dict.fromkeys(messages)))


def lay_over(below: Mapping, above: Mapping) -> dict:
    """Settings with others laid over them, section by section and key by key."""
    both = dict(below)
    for key, value in above.items():
        sections = isinstance(value, Mapping) and isinstance(both.get(key), Mapping)
        both[key] = lay_over(both[key], value) if sections else value
    return both


def _is_number(_: object, value: object) -> bool:
    """No truth value, no NaN, no infinity."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _is_whole(_: object, value: object) -> bool:
    """Written as a whole number: 3.0 would reach a stage as it is."""
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "number": _is_number,
        "integer": _is_whole,
        "object": lambda _, value: isinstance(value, Mapping),
    }
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)
_FORMATS = jsonschema.FormatChecker(formats=())


def _check_kind(path: str, is_kind: Callable[[int], bool], kind: str) -> None:
    """Whether a path leads to something of a kind that may be read.

    Raises:
        OSError, ValueError: it does not; the text says what there is instead.
    """
    if not path.isprintable():
        raise ValueError("which holds a control character")
    if not path:
        raise ValueError("which is empty")
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        raise ValueError("which does not exist") from None
    except OSError as error:
        raise ValueError(f"which cannot be read ({error.strerror})") from error
    if not is_kind(mode):
        raise ValueError(f"which is no {kind}")
    if not os.access(path, os.R_OK):
        raise ValueError("which you may not read")


@_FORMATS.checks("file", raises=ValueError)
def _is_file(value: object) -> bool:
    if isinstance(value, str):
        _check_kind(value, stat.S_ISREG, "file")
    return True


@_FORMATS.checks("folder", raises=ValueError)
def _is_folder(value: object) -> bool:
    if isinstance(value, str):
        _check_kind(value, stat.S_ISDIR, "folder")
    return True


@_FORMATS.checks("detector", raises=ValueError)
def _is_detector(value: object) -> bool:
    if isinstance(value, str) and value != OWN_DETECTOR:
        _check_kind(value, stat.S_ISREG, "file")
        detector_files(value)
    return True


def _path(parts: Iterable[object]) -> list[str]:
    return [str(part) for part in parts]


def _messages(
    fault: jsonschema.ValidationError,
    config: dict,
    files: Sequence[SettingsFile],
    overriding: str,
) -> list[str]:
    def place(keys: Sequence[str]) -> str:
        return _place(keys, config, files) or overriding

    path = _path(fault.absolute_path)
    if fault.validator == "additionalProperties":
        known = sorted(fault.schema["properties"])
        unknown = [str(key) for key in fault.instance if key not in known]
        return [
            f"{place([*path, key])}: unknown key {shown('.'.join([*path, key]))}"
            f"{_suggestion(key, known)}"
            for key in unknown
        ]
    if fault.validator == "required":
        lost = [key for key in fault.validator_value if key not in fault.instance]
        return [
            f"{place(path)}: the key {'.'.join([*path, key])} is missing; "
            f"it takes {_legal(fault.schema['properties'][key])}"
            for key in lost
        ]
    # An item of a list stands where the list does.
    keys = [part for part in fault.absolute_path if isinstance(part, str)]
    why = f", {fault.cause}" if fault.validator == "format" else ""
    return [
        f"{place(keys)}: {'.'.join(path)} is {shown_value(fault.instance)}{why}; "
        f"it takes {_legal(fault.schema)}"
    ]


def _legal(schema: dict) -> str:
    keys = schema.get("properties", ())
    return schema.get("description") or f"a section with the keys {', '.join(keys)}"


def _suggestion(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; the keys here are {', '.join(known)}"


def _place(path: Sequence[str], config: Mapping, files: Sequence[SettingsFile]) -> str | None:
    """The file and 1-based line of a key; None where no file says it."""
    if not path:
        return " and ".join(file.name for file in files) or None
    value = _at(config, path)
    for file in reversed(files):
        line = file.lines.get(tuple(path))
        # A section is made of all files; of others the very value shows which file it is from.
        if line and (isinstance(value, Mapping) or value is _at(file.values, path)):
            return f"{file.name}, line {line}"
    return None


def _at(values: Mapping, path: Sequence[str]) -> object:
    found: object = values
    for key in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found
