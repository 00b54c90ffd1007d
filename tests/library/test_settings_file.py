"""Files of settings are YAML of plain values; anything else is one sentence with its line."""

import os

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.settings.settings import SettingsError
from castmap.settings.settings_file import parse_settings, read_settings_file


def fault_of(content):
    with pytest.raises(SettingsError) as caught:
        parse_settings(content if isinstance(content, bytes) else content.encode(), "a.yaml")
    (sentence,) = str(caught.value).splitlines()
    assert len(sentence) < 300
    return sentence


def test_values_are_those_of_yaml_and_every_key_has_its_line(root):
    content = (root / "config.yaml").read_bytes()
    file = parse_settings(content, "config.yaml")
    assert file.values == yaml.safe_load(content)
    rows = content.decode().splitlines()
    assert len(file.lines) > 50
    assert all(f"{path[-1]}:" in rows[line - 1] for path, line in file.lines.items())


def test_a_byte_order_mark_and_any_line_end_are_taken():
    for content in (b"\xef\xbb\xbfa: 1\nb: x\n", b"a: 1\r\nb: x\r\n", b"a: 1\rb: x"):
        assert parse_settings(content, "a.yaml").values == {"a": 1, "b": "x"}
        assert parse_settings(content, "a.yaml").lines == {("a",): 1, ("b",): 2}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1e-3", 0.001),
        ("-.5", -0.5),
        ("1E+2", 100.0),
        ("5", 5),
        ("1:30", "1:30"),
        ("007", "007"),
        ("2026-11-28", "2026-11-28"),
        ("~", None),
        ("true", True),
        ('"5"', "5"),
    ],
)
def test_numbers_are_those_of_yaml_1_2(written, value):
    found = parse_settings(f"a: {written}".encode(), "a.yaml").values["a"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("a: 1\n\tb: 2", 2, "a tab"),
        ("a: 1\nb:\t2", 2, "a tab"),
        ("a: 1\nb: \0", 2, "U+0000"),
        ("a: 1\nb: \x1b[31m", 2, "U+001B"),
        ("a: 1\nb: é".encode("latin-1"), 2, "0xE9 is not UTF-8"),
        ("a: 1\nb: !!python/object/apply:os.system [false]", 2, "!!python/object/apply:os.system"),
        ("a: 1\nb: !!str 5", 2, "the tag !!str"),
        ("a: 1\n~: 2", 2, "~ is no name"),
        ("a: 1\n7: 2", 2, "7 is no name"),
        ("a: 1\ntrue: 2", 2, "true is no name"),
        ("a: 1\n? [b]\n: 2", 2, "a list or a section is no name"),
        ("a: 1\nb: {<<: {c: 1}}", 2, "<< is no name"),
        ("a: 1\nb: 2\na: 3", 3, "the key a stands in line 1 already"),
        ("a:\n  b: 1\n  c: 2\n  b: 3", 4, "the key a.b stands in line 2 already"),
        ("a: [{b: 1, b: 2}]", 1, "stands in line 1 already"),
        ("a: " + "[" * 3000 + "]" * 3000, 1, "levels"),
        ("a: " + "{b: " * 3000 + "}" * 3000, 1, "levels"),
        ("a: &x [1, 2]\nb: [*x, *x]", 1, "anchor or alias"),
        ("a: 1\nb: *x", 2, "anchor or alias"),
        ("a: 1\n---\na: 2", 2, "a second document"),
        ("", 1, "is empty"),
        ("# nothing\n", 1, "is empty"),
        ("- a: 1", 1, "holds no keys"),
        ("just text", 1, "holds no keys"),
        ("a: 1\nb: [1, 2", 2, "not YAML"),
        ("a: 1\n  b: 2", 2, "not YAML"),
        ("a: 1\nb: " + "9" * 5000, 2, "too many digits"),
    ],
)
def test_a_fault_is_one_sentence_with_its_line(content, line, said):
    sentence = fault_of(content)
    assert sentence.startswith(f"a.yaml, line {line}: ")
    assert said in sentence
    assert "; " in sentence  # and what to do


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_named(encoding):
    assert fault_of("a: 1\n".encode(encoding)) == "a.yaml: is encoded as UTF-16; save it as UTF-8"


def test_a_thousand_million_laughs_are_refused_at_once():
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert "anchor or alias" in fault_of("\n".join(lines))
    assert "more than 1000000 bytes" in fault_of("a: " + "x" * 2_000_000)


def test_what_is_no_file_is_one_sentence_and_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, said in [
        (tmp_path / "pipe", "is no file"),
        (tmp_path, "is no file"),
        (tmp_path / "none", "cannot be read: No such file"),
    ]:
        with pytest.raises(SettingsError, match=said):
            read_settings_file(path)


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats()
    | st.text(
        # The library writes the text 1e3 without quotes, for in YAML 1.1 it is no number.
        st.characters(min_codepoint=32, max_codepoint=0x7E, exclude_characters="0123456789")
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1), plain, min_size=1))
def test_what_the_library_writes_is_read_as_it_reads_it(values):
    text = yaml.safe_dump(values)
    try:
        found = parse_settings(text.encode(), "a.yaml").values
    except SettingsError as error:
        assert "levels" in str(error) or "anchor" in str(error)
        return
    assert repr(found) == repr(yaml.safe_load(text))


@settings(max_examples=300)
@given(st.binary(max_size=60) | st.text("a:[]{}&*!|>-\t\n '\"#%?,~1.", max_size=40).map(str.encode))
def test_any_bytes_give_settings_or_one_sentence(content):
    try:
        assert isinstance(parse_settings(content, "a.yaml").values, dict)
    except SettingsError as error:
        assert str(error).isprintable()
