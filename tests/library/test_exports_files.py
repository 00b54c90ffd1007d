"""Exports declare their files; what other packages declare is checked."""

import pytest

from castmap.catalogues import EXPORTS, Catalogue, CatalogueError
from castmap.exports.files import exported_files


def test_the_table_comes_first_and_each_file_has_one_export():
    files = exported_files()
    assert next(iter(files)) == "cast_map.csv"
    assert files["thumbnails.jpg"] is files["thumbnails.vtt"] is EXPORTS["thumbnails"]
    assert len(files) == sum(len(export.declared["files"]) for export in EXPORTS.members.values())


@pytest.mark.parametrize(
    ("declared", "fault"),
    [
        ('{"files": ["chapters.vtt"], "opens_in": "x", "how": "x"}', "both write chapters.vtt"),
        ('{"files": [], "opens_in": "x"}', "MEMBER of an export needs files, how"),
    ],
)
def test_a_faulty_declaration_is_refused_by_its_file(tmp_path, monkeypatch, declared, fault):
    (tmp_path / "faulty.py").write_text(f"MEMBER = {declared}\n")
    info = tmp_path / "faulty-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[castmap.exports]\nfaulty = faulty\n")
    monkeypatch.syspath_prepend(tmp_path)
    installed = Catalogue(EXPORTS.kind, EXPORTS.package, EXPORTS.group)
    with pytest.raises(CatalogueError, match=fault) as refused:
        exported_files(installed)
    assert str(tmp_path / "faulty.py") in str(refused.value)
