"""Settings are checked against their schema, key by key, wherever they come from."""

import copy
import functools
import math
import os
import re

import pytest
import yaml

from castmap.settings.configuration import check_configuration, read_configuration
from castmap.settings.schema import complete_schema, with_defaults
from castmap.settings.settings import SettingsError
from castmap.settings.settings_file import parse_settings


@functools.cache
def load(root, name):
    """A file of ours, which no test changes."""
    return yaml.safe_load((root / name).read_text())


@pytest.fixture(scope="module")
def schema(root):
    return complete_schema(load(root, "rules/schemas/config.schema.yaml"))


@pytest.fixture
def text(root):
    return (root / "config.yaml").read_text()


@pytest.fixture(autouse=True)
def in_the_repository(root, monkeypatch):
    monkeypatch.chdir(root)


def faults_of(text, schema):
    file = parse_settings(text.encode(), "config.yaml")
    with pytest.raises(SettingsError) as caught:
        check_configuration(file.values, schema, [file])
    return str(caught.value).splitlines()


def leaves(schema, path=()):
    """Every key with a value, with its schema."""
    for key, below in schema["properties"].items():
        if "properties" in below:
            yield from leaves(below, (*path, key))
        else:
            yield (*path, key), below


def with_value(root, path, value):
    """The shipped settings with one other value."""
    config = copy.deepcopy(load(root, "config.yaml"))
    section = config
    for key in path[:-1]:
        section = section.setdefault(key, {})
    section[path[-1]] = value
    return config


def types(schema):
    found = schema.get("type", [])
    return [found] if isinstance(found, str) else found


def test_the_shipped_configuration_is_legal_and_has_every_key(root, schema):
    config = read_configuration(["config.yaml"], {}, schema)
    assert config == with_defaults(load(root, "config.yaml"), schema)
    for path, _ in leaves(schema):
        section = config
        for key in path:
            section = section[key]


def test_every_number_has_finite_bounds_which_its_description_names(schema):
    numbers = [(path, s) for path, s in leaves(schema) if set(types(s)) & {"number", "integer"}]
    assert len(numbers) > 25
    for path, s in numbers:
        low = s.get("minimum", s.get("exclusiveMinimum"))
        high = s.get("maximum", s.get("exclusiveMaximum"))
        assert low is not None and high is not None and math.isfinite(high - low), path
        named = {float(word) for word in re.findall(r"-?\d+", s["description"])}
        assert {low, high} <= named, path


def test_every_illegal_value_of_every_key_is_one_sentence(root, schema):
    number = [math.nan, math.inf, -math.inf, -2, 1e26, 2**64, True]
    for path, s in leaves(schema):
        kinds = types(s)
        illegal = [[], {}, [None], ["x"], {"a": 1}]
        illegal += [None] * ("null" not in kinds) + [""]
        if set(kinds) & {"number", "integer"}:
            illegal += number + ["x", "1"] + [1.0, 3.5] * ("integer" in kinds)
        elif kinds != ["boolean"]:
            illegal += [math.nan, 5, True, "\0", "x\n", "a; touch b", "../" * 2000, "\ud800"]
        if "array" in kinds:
            illegal.remove([])  # no method is a choice
        for value in illegal:
            with pytest.raises(SettingsError) as caught:
                check_configuration(with_value(root, path, value), schema, [])
            for sentence in str(caught.value).splitlines():
                assert sentence.startswith(f"--config: {'.'.join(path)}"), (path, value)
                assert "; it takes " in sentence
                assert sentence.isprintable() and len(sentence) < 700


def test_the_smallest_and_largest_number_are_legal(root, schema):
    for path, s in leaves(schema):
        for bound in ("minimum", "maximum"):
            if bound in s:
                check_configuration(with_value(root, path, s[bound]), schema, [])


@pytest.mark.parametrize("device", ["cpu\n", "cpu;x", " cpu", "cuda:", "cuda:1000", "cuda:-1"])
def test_a_device_is_one_word(root, schema, device):
    with pytest.raises(SettingsError, match=r"it takes auto, cpu, cuda, cuda:N or mps"):
        check_configuration(with_value(root, ("device",), device), schema, [])


def test_an_unknown_key_names_its_line_and_the_nearest_key(text, schema):
    changed = text.replace("  min_faces:", "  min_face:")
    line = 1 + [row.startswith("  min_face:") for row in changed.splitlines()].index(True)
    faults = faults_of(changed, schema)
    assert f"config.yaml, line {line}: unknown key tracks.min_face; did you mean min_faces?" in (
        faults
    )
    assert any("tracks.min_faces is missing" in fault for fault in faults)


def test_an_illegal_value_names_what_is_legal(text, schema):
    (fault,) = faults_of(text.replace("model: sface", "model: vgg"), schema)
    assert "embedding.model is 'vgg'; it takes sface" in fault


def test_a_section_that_is_none_names_its_keys(text, schema):
    (fault,) = faults_of(re.sub(r"people:\n( .*\n)+", "people: 3\n", text), schema)
    assert fault.endswith(
        ": people is 3; it takes a section with the keys expected_error, across_films, "
        "stop_distance"
    )


def test_a_value_of_the_command_line_and_one_of_a_second_file_are_checked(root, schema, tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text("seed: 5\nfaces:\n  min_score: .nan\n")
    with pytest.raises(SettingsError) as caught:
        read_configuration(["config.yaml", own], {"seed": -1, 7: {}}, schema)
    assert sorted(str(caught.value).splitlines()) == [
        f"--config: seed is -1; it takes {schema['properties']['seed']['description']}",
        "--config: unknown key 7; the keys here are " + ", ".join(sorted(schema["properties"])),
        f"{own}, line 3: faces.min_score is nan; it takes a number from 0 to 1",
    ]
    own.write_text("seed: 5\nfaces: {min_score: 0.25}\n")
    config = read_configuration(["config.yaml", own], {"faces": {"min_size_px": 8}}, schema)
    assert config["seed"] == 5
    shipped = load(root, "config.yaml")["faces"]
    assert config["faces"] == shipped | {"min_score": 0.25, "min_size_px": 8}


@pytest.mark.parametrize(
    "path",
    [
        ("movies", "sheet"),
        ("movies", "folder"),
        ("adapt", "train"),
        ("adapt", "held_out"),
        ("faces", "model"),
        ("faces", "checkpoint"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(root, schema, tmp_path, path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "text").write_text("")
    cases = {"none": "does not exist", "pipe": "is no f", "loop": "cannot be read"}
    cases |= {"text": "is no folder"} if path[1] == "folder" else {".": "is no file"}
    for name, said in cases.items():
        with pytest.raises(SettingsError) as caught:
            check_configuration(with_value(root, path, str(tmp_path / name)), schema, [])
        sentence = next(s for s in str(caught.value).splitlines() if said in s)
        assert sentence.startswith(f"--config: {'.'.join(path)} is '{tmp_path}")


def test_a_detector_and_its_weights_go_together(root, schema, tmp_path):
    config, weights = tmp_path / "net.py", tmp_path / "net.pth"
    config.write_text("model = {}\n")
    weights.write_bytes(b"")
    both = with_value(root, ("faces", "model"), str(config))
    with pytest.raises(SettingsError, match=r"faces\.checkpoint is null; it takes the path"):
        check_configuration(both, schema, [])
    both["faces"]["checkpoint"] = str(weights)
    check_configuration(both, schema, [])
    both["faces"]["model"] = "centerface"
    with pytest.raises(SettingsError, match=r"faces\.checkpoint is .*; it takes null where the"):
        check_configuration(both, schema, [])
