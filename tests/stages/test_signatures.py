"""The signature of every stage: what is read from its source is what Python says of it."""

import dataclasses
import functools
import importlib.util
import inspect
import re
import typing
from collections.abc import Mapping
from pathlib import Path

import pytest

from castmap.stages.arguments import Job
from castmap.stages.command_line import as_command
from castmap.stages.signature import read_signature, shell_line

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow_scripts"
STAGES = sorted(
    path.stem for path in SCRIPTS.glob("*.py") if "as_command(" in path.read_text(encoding="utf-8")
)


@functools.cache
def imported(name):
    """The function of a script, by Python's own import; each script names its own module."""
    spec = importlib.util.spec_from_file_location(f"stage_{name}", SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def hints_of(thing):
    return typing.get_type_hints(thing, include_extras=True)


def marks_of(hint):
    """What annotates a hint, or the values of a mapping or list."""
    parts = typing.get_args(hint)
    inner = [mark for part in parts for mark in marks_of(part)]
    return [*inner, *getattr(hint, "__metadata__", ())]


def is_several(hint):
    while typing.get_origin(hint) is typing.Annotated:
        hint = typing.get_args(hint)[0]
    return typing.get_origin(hint) in (list, Mapping)


def expected_settings(function, hints):
    """Names of what a rule gives as params, by inspect and dataclasses."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is not parameter.KEYWORD_ONLY or parameter.default is not parameter.empty:
            continue
        if dataclasses.is_dataclass(hints[name]):
            for field in dataclasses.fields(hints[name]):
                if field.default is dataclasses.MISSING:
                    yield field.name
        else:
            yield name


@pytest.mark.parametrize("name", STAGES)
def test_what_is_read_from_the_source_is_what_python_says_of_the_function(name):
    function = imported(name)
    hints = hints_of(function)
    made = hints.pop("return")
    fields = {} if made is type(None) else {key: hints_of(made)[key] for key in made._fields}
    plain = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and hints[parameter.name] is not Job
    ]
    new = [argument for argument in plain if "new" in marks_of(hints[argument])]

    signature = read_signature(SCRIPTS / f"{name}.py")
    assert [item.name for item in signature.inputs] == [key for key in plain if key not in new]
    assert [item.name for item in signature.outputs] == [*new, *fields]
    settings = list(expected_settings(function, hints))
    assert [item.name for item in signature.settings] == [
        key for key in settings if key != "threads"
    ]
    assert signature.threads == ("threads" in settings)
    for item in (*signature.inputs, *signature.outputs):
        assert item.several == is_several(hints.get(item.name) or fields[item.name]), item.name


@pytest.mark.parametrize("name", STAGES)
def test_the_docstring_of_a_stage_says_what_each_argument_is(name):
    function = imported(name)
    text = inspect.getdoc(function)
    for argument, hint in hints_of(function).items():
        if argument != "return":
            assert re.search(rf"^    {argument}: \S", text, re.MULTILINE), argument
        if dataclasses.is_dataclass(hint) and hint is not Job:
            about = inspect.getdoc(hint)
            for field in dataclasses.fields(hint):
                assert re.search(rf"^    {field.name}: \S", about, re.MULTILINE), field.name


@pytest.mark.parametrize("name", STAGES)
def test_the_rule_gives_every_option_that_is_required_and_none_that_is_unknown(name, capsys):
    command = as_command(imported(name))
    said = []
    for argv in (["--help"], []):
        with pytest.raises(SystemExit):
            command(argv)
        said.append("".join(capsys.readouterr()))
    known = set(re.findall(r"--[\w-]+", said[0]))
    required = set(re.findall(r"--[\w-]+", said[1].partition("are required: ")[2]))
    given = set(re.findall(r"--[\w-]+", shell_line(SCRIPTS / f"{name}.py")))
    assert required
    assert required <= given <= known
