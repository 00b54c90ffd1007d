"""Files of settings: YAML of plain values under keys, and none of what else YAML can do."""

import codecs
import re
import stat
from dataclasses import dataclass
from pathlib import Path

import yaml

from castmap.settings.settings import SettingsError

_LONGEST_BYTES = 1_000_000
_DEEPEST = 10
_LONGEST_SHOWN = 80
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# As YAML 1.2 and JSON write numbers; the library knows 1.1, to which 1e-3 is text and 1:30 is 90.
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]*)$")
_DECIMAL = re.compile(
    r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))$"
    r"|\.(?:nan|NaN|NAN)$"
)
_REPLACED = ("int", "float", "timestamp")


@dataclass(frozen=True)
class SettingsFile:
    """What a file says, and the 1-based line of every key by its path of keys."""

    name: str
    values: dict
    lines: dict[tuple[str, ...], int]


class _Loader(yaml.SafeLoader):
    """Plain values; a number is what YAML 1.2 calls one, and dates are text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in known if tag.rpartition(":")[2] not in _REPLACED]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _WHOLE, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _DECIMAL, list("-+0123456789."))


def read_settings_file(path: str | Path) -> SettingsFile:
    """Read a file of settings.

    Raises:
        SettingsError: it cannot be read, or is no plain YAML in UTF-8.
    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise SettingsError(f"{path} is no file; put a file of settings there")
        with Path(path).open("rb") as file:
            content = file.read(_LONGEST_BYTES + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; put it right") from error
    return parse_settings(content, str(path))


def parse_settings(content: bytes, name: str) -> SettingsFile:
    """Parse a file of settings.

    Args:
        content: UTF-8, with or without a byte order mark.
        name: of the file, for messages.

    Raises:
        SettingsError: it is not that, holds no keys with values, names a key twice, or uses what
            settings do not need: tags, aliases, several documents, more than ten levels.
    """
    text = _decode(content, name)
    try:
        _check_events(text, name)
        node = yaml.compose(text, Loader=_Loader)
        if not isinstance(node, yaml.MappingNode):
            found = "is empty" if node is None else "holds no keys"
            raise SettingsError(f"{name}, line 1: {found}; write `key: value` lines")
        lines: dict[tuple[str, ...], int] = {}
        _collect_lines(node, name, (), lines)
        values = _plain(node, name)
        assert isinstance(values, dict)  # as node is a mapping
        return SettingsFile(name, values, lines)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SettingsError(
            f"{name}, line {line}: holds the control character U+{ord(text[error.position]):04X}; "
            "remove it"
        ) from error
    except yaml.MarkedYAMLError as error:
        raise SettingsError(_syntax_fault(error, text, name)) from error


def _decode(content: bytes, name: str) -> str:
    if len(content) > _LONGEST_BYTES:
        raise SettingsError(f"{name}: has more than {_LONGEST_BYTES} bytes; settings are shorter")
    if content.startswith(_WIDE_MARKS) or 0 in content[:2]:
        raise SettingsError(f"{name}: is encoded as UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SettingsError(
            f"{name}, line {line}: the byte 0x{content[error.start]:02X} is not UTF-8; "
            "save the file as UTF-8"
        ) from error


def _check_events(text: str, name: str) -> None:
    """Refuse, before anything is built, what could make values of small files large or strange."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > _DEEPEST:
            raise SettingsError(
                f"{name}, line {line}: more than {_DEEPEST} levels; settings have 3"
            )
        if documents > 1:
            raise SettingsError(f"{name}, line {line}: a second document; leave out the `---`")
        if getattr(event, "anchor", None) is not None:
            raise SettingsError(f"{name}, line {line}: an anchor or alias; write the value itself")
        if (tag := getattr(event, "tag", None)) is not None:
            tag = tag.replace("tag:yaml.org,2002:", "!!")
            raise SettingsError(f"{name}, line {line}: the tag {shown(tag)}; write the value alone")


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, name: str) -> str:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines()
    written = lines[number] if number < len(lines) else ""
    if "\t" in written:
        return f"{name}, line {number + 1}: a tab; YAML wants spaces in its place"
    said = " ".join(filter(None, (error.context, error.problem)))
    return f"{name}, line {number + 1}: not YAML ({said}); write `key: value`"


def _collect_lines(
    node: yaml.Node, name: str, path: tuple[str, ...], lines: dict[tuple[str, ...], int]
) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _collect_lines(item, name, (*path, "[]"), {})
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.tag != "tag:yaml.org,2002:str":
            written = key.value if isinstance(key, yaml.ScalarNode) else "a list or a section"
            raise SettingsError(
                f"{name}, line {line}: {shown(written)} is no name of a key; write a word"
            )
        place = (*path, key.value)
        if place in lines:
            raise SettingsError(
                f"{name}, line {line}: the key {shown('.'.join(place))} stands in line "
                f"{lines[place]} already; remove one of the two"
            )
        lines[place] = line
        _collect_lines(value, name, place, lines)


def _plain(node: yaml.Node, name: str) -> object:
    """What a node says, as Python's values."""
    if isinstance(node, yaml.MappingNode):
        return {key.value: _plain(value, name) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, name) for item in node.value]
    try:
        return _Loader("").construct_object(node)
    except ValueError as error:  # a whole number of more digits than Python reads
        raise SettingsError(
            f"{name}, line {node.start_mark.line + 1}: {shown(node.value)} has too many digits; "
            "write a smaller number"
        ) from error


def shown(text: str) -> str:
    """A word of the file as a message may show it: on one line, and short."""
    plain = text if text.isprintable() and text else repr(text)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."


def shown_value(value: object) -> str:
    """A value as YAML would have it, likewise; text is quoted."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown(repr(value))
