"""Members of catalogues are read from their source; what is declared badly is said by file."""

import sys

import jsonschema
import pytest

from castmap import catalogues
from castmap.catalogues import CATALOGUES, Catalogue, CatalogueError
from castmap.settings import schema as schemas
from castmap.settings.schema import complete_schema, with_defaults

MARGIN = """'margin': {
    'type': 'number', 'minimum': 0, 'maximum': 4, 'default': 1.0, 'description': 'How far.'}"""


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library with one package of members, and a catalogue of them."""
    folder = tmp_path / "library/kinds/members"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text('"""Some members."""\n')
    monkeypatch.setattr(catalogues, "_LIBRARY", tmp_path / "library")
    return folder


@pytest.fixture
def catalogue(library):
    return Catalogue("kind", "kinds.members", "test_castmap.kinds")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a package that names members by entry points; a real one, as importlib sees it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def with_members(lines, **modules):
        for name, text in modules.items():
            (site / f"{name}.py").write_text(text)
        info = site / "extra-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[test_castmap.kinds]\n" + "\n".join(lines))

    return with_members


def test_a_module_with_a_dictionary_of_literals_is_a_member(library, catalogue):
    (library / "wide.py").write_text(
        f'"""Does it widely.\n\nAt length."""\n\nMEMBER = {{"parameters": {{{MARGIN}}}}}\n'
    )
    (library / "helper.py").write_text("SIZE = 3\n")
    (library / "close.py").write_text("MEMBER = {}\n")
    assert list(catalogue.members) == ["close", "wide"]
    wide = catalogue["wide"]
    assert wide.name == "wide"
    assert wide.summary == "Does it widely."
    assert wide.module == "castmap.kinds.members.wide"
    assert wide.path == library / "wide.py"
    assert wide.parameters["margin"]["maximum"] == 4
    assert catalogue["close"].parameters == {}
    assert catalogue["close"].summary == "close"  # without a docstring, its name


def test_a_member_runs_with_weights_of_its_own_or_of_another(library, catalogue):
    texts = {
        "own": "{'weights': {'original': 'a'}}",
        "other": "{'weights_of': 'own'}",
        "none": "{}",
    }
    for name, text in texts.items():
        (library / f"{name}.py").write_text(f"MEMBER = {text}\n")
    networks = {name: member.network for name, member in catalogue.members.items()}
    assert networks == {"own": "own", "other": "own", "none": None}


def test_members_stand_in_their_order_and_then_by_name(library, catalogue):
    for name, text in {"a": "{}", "b": "{'order': 2}", "c": "{'order': 1}", "d": "{}"}.items():
        (library / f"{name}.py").write_text(f"MEMBER = {text}\n")
    assert list(catalogue.members) == ["c", "b", "a", "d"]


def test_reading_members_imports_none_of_them(library, catalogue, install):
    bomb = "raise SystemExit('imported')\nMEMBER = {}\n"
    (library / "own.py").write_text(bomb)
    install(["other = other_bomb"], other_bomb=bomb)
    assert sorted(catalogue.members) == ["other", "own"]
    assert "other_bomb" not in sys.modules


def test_a_name_that_no_member_has_is_answered_by_those_that_there_are(library, catalogue):
    (library / "wide.py").write_text("MEMBER = {}\n")
    (library / "close.py").write_text("MEMBER = {}\n")
    with pytest.raises(CatalogueError, match="no kind is called tall; use close, wide"):
        _ = catalogue["tall"]


@pytest.mark.parametrize("text", ["{'size': SIZE}", "dict(order=1)", "{'size': 2 * 3}"])
def test_what_is_no_literal_is_said_by_file_and_line(library, catalogue, text):
    (library / "wide.py").write_text(f"SIZE = 3\nMEMBER = {text}\n")
    with pytest.raises(CatalogueError, match=r"wide\.py, line 2: MEMBER holds more than literals"):
        _ = catalogue.members


def test_an_installed_package_adds_members(library, catalogue, install):
    (library / "wide.py").write_text("MEMBER = {}\n")
    install(
        ["tall = other_tall"],
        other_tall="'''Does it tall.'''\nMEMBER = {}\ndef answer():\n    return 42\n",
    )
    assert sorted(catalogue.members) == ["tall", "wide"]
    assert catalogue["tall"].summary == "Does it tall."
    assert catalogue["tall"].load().answer() == 42
    assert "other_tall" in sys.modules


def test_two_members_of_one_name_are_both_named(library, catalogue, install):
    (library / "wide.py").write_text("MEMBER = {}\n")
    install(["wide = other_wide"], other_wide="MEMBER = {}\n")
    with pytest.raises(CatalogueError, match=r"same name: .*members/wide\.py, .*other_wide\.py"):
        _ = catalogue.members


@pytest.mark.parametrize(
    ("modules", "said"),
    [
        ({"other_plain": "SIZE = 3\n"}, r"other_plain\.py is named in .*, but defines no MEMBER"),
        ({}, "other_plain is named in test_castmap.kinds, but there is no such module"),
    ],
)
def test_an_entry_point_that_leads_to_no_member_is_named(catalogue, install, modules, said):
    install(["wide = other_plain"], **modules)
    with pytest.raises(CatalogueError, match=said):
        _ = catalogue.members


@pytest.mark.parametrize("kind", CATALOGUES)
def test_every_member_of_ours_declares_legal_settings_and_says_what_it_does(kind):
    for member in CATALOGUES[kind].members.values():
        assert member.summary != member.name
        for own in member.parameters.values():
            jsonschema.Draft202012Validator.check_schema(own)
            jsonschema.validate(own["default"], own)
            assert own["description"]


def test_no_two_catalogues_share_a_package_or_a_group():
    assert len({own.group for own in CATALOGUES.values()}) == len(CATALOGUES)
    assert len({own.package for own in CATALOGUES.values()}) == len(CATALOGUES)
    assert {own.group.partition(".")[0] for own in CATALOGUES.values()} == {"castmap"}


@pytest.fixture
def known(library, catalogue, monkeypatch):
    """A schema that asks for the members of a catalogue, one of which has a setting."""
    (library / "wide.py").write_text(
        f'"""Does it widely."""\nMEMBER = {{"order": 1, "parameters": {{{MARGIN}}}}}\n'
    )
    (library / "close.py").write_text('"""Does it closely."""\nMEMBER = {}\n')
    monkeypatch.setitem(schemas.CATALOGUES, "kinds", catalogue)
    return {
        "type": "object",
        "properties": {
            "adapt": {
                "type": "object",
                "properties": {
                    "kind": {"catalogue": "kinds"},
                    "all": {"type": "array", "items": {"catalogue": "kinds", "description": "A."}},
                    "kinds": {"parameters_of": "kinds"},
                },
            }
        },
    }


def test_a_schema_lists_the_members_and_what_they_do(known):
    own = complete_schema(known)["properties"]["adapt"]["properties"]
    assert own["kind"] == {
        "enum": ["wide", "close"],
        "description": "wide: Does it widely; close: Does it closely",
    }
    assert own["all"]["items"] == {"enum": ["wide", "close"], "description": "A."}
    assert known["properties"]["adapt"]["properties"]["kind"] == {"catalogue": "kinds"}


def is_legal(config, schema):
    return jsonschema.Draft202012Validator(schema).is_valid(config)


@pytest.mark.parametrize(
    ("kinds", "legal"),
    [
        ({}, True),
        ({"wide": {}}, True),
        ({"wide": {"margin": 4}}, True),
        ({"wide": {"margin": 4.1}}, False),
        ({"wide": {"marign": 1}}, False),
        ({"close": {}}, False),  # it has no settings
        ({"tall": {}}, False),
    ],
)
def test_settings_of_members_are_checked_by_their_own_schemas(known, kinds, legal):
    assert is_legal({"adapt": {"kinds": kinds}}, complete_schema(known)) == legal


@pytest.mark.parametrize("kinds", [None, {}, {"wide": {}}])
def test_what_is_not_said_has_its_default(known, kinds):
    config = {"adapt": {"kind": "wide"} | ({} if kinds is None else {"kinds": kinds})}
    before = repr(config)
    filled = with_defaults(config, complete_schema(known))
    assert filled == {"adapt": {"kind": "wide", "kinds": {"wide": {"margin": 1.0}}}}
    assert repr(config) == before


def test_what_is_said_stays(known):
    config = {"adapt": {"kinds": {"wide": {"margin": 2.5}}}}
    assert with_defaults(config, complete_schema(known)) == config


def test_what_is_declared_badly_is_said_by_the_schema_too(known, library):
    (library / "bad.py").write_text("MEMBER = {'a': open}\n")
    with pytest.raises(CatalogueError, match=r"bad\.py"):
        complete_schema(known)
