"""The files of an mmdet config, against those that mmengine reads."""

import pytest
from mmengine.config import Config

from castmap.settings.detector_config import detector_files


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".py").write_text(text)


def test_the_files_are_those_that_mmengine_merges(tmp_path):
    write(
        tmp_path,
        net="_base_ = ['base/model.py', './base/test.py']\nmodel = dict(type='New')\n",
        base__model="_base_ = '../common.py'\nmodel = dict(type='Old', depth=50)\n",
        base__test="test_pipeline = []\n",
        common="seed = 7\n",
    )
    found = detector_files(str(tmp_path / "net.py"))
    names = ["net", "base/model", "base/test", "base/../common"]
    assert found == [f"{tmp_path}/{name}.py" for name in names]
    merged = Config.fromfile(tmp_path / "net.py")
    assert (merged.seed, merged.model.depth, merged.test_pipeline) == (7, 50, [])
    (tmp_path / "common.py").unlink()
    with pytest.raises(FileNotFoundError):
        Config.fromfile(tmp_path / "net.py")
    with pytest.raises(ValueError, match=r"which builds on .*common\.py, which is no file"):
        detector_files(str(tmp_path / "net.py"))


def test_imports_of_the_new_style_are_followed(tmp_path):
    write(
        tmp_path,
        configs__net="from mmengine.config import read_base\nwith read_base():\n"
        "    from .model import *\n    from ..common import *\n",
        configs__model="depth = 18\n",
        common="seed = 7\n",
    )
    found = detector_files(str(tmp_path / "configs/net.py"))
    assert [path.removeprefix(f"{tmp_path}/") for path in found] == [
        "configs/net.py",
        "configs/model.py",
        "configs/../common.py",
    ]


def test_bases_of_packages_are_left_to_the_lock(tmp_path):
    write(tmp_path, net="_base_ = 'mmdet::retinanet/retinanet_r18_fpn_1x_coco.py'\n")
    assert detector_files(str(tmp_path / "net.py")) == [str(tmp_path / "net.py")]


@pytest.mark.parametrize("content", [b"model = {\n", b"a = 1\n\0", b"\xff\xfe"])
def test_what_is_no_python_is_named(tmp_path, content):
    (tmp_path / "net.py").write_bytes(content)
    with pytest.raises(ValueError, match=r"but .*net\.py.* is not Python"):
        detector_files(str(tmp_path / "net.py"))
