import zipfile

import cv2
import numpy as np
import pytest

from castmap.formats.face_archive import add_crop, crop_name, read_batches, read_crop


def some_crops(count):
    coarse = np.random.default_rng(1).integers(0, 255, (count, 7, 7, 3)).astype(np.uint8)
    return [cv2.resize(crop, (112, 112), interpolation=cv2.INTER_CUBIC) for crop in coarse]


def write(path, crops):
    with zipfile.ZipFile(path, "w") as archive:
        for detection, crop in enumerate(crops):
            add_crop(archive, detection, crop)


def test_crops_come_back_nearly_as_they_were_with_red_still_red(tmp_path):
    crops = some_crops(3)
    write(tmp_path / "faces.zip", crops)
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        assert archive.namelist() == [crop_name(i) for i in range(3)]
        for detection, crop in enumerate(crops):
            back = read_crop(archive, detection)
            assert back.shape == (112, 112, 3)
            assert np.abs(back.astype(int) - crop).mean() < 4


def test_batches_follow_the_order_asked_for(tmp_path):
    write(tmp_path / "faces.zip", some_crops(5))
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        batches = list(read_batches(archive, [4, 0, 2], 2))
        assert [len(batch) for batch in batches] == [2, 1]
        assert np.array_equal(batches[0][0], read_crop(archive, 4))
        assert np.array_equal(batches[1][0], read_crop(archive, 2))
        assert list(read_batches(archive, [], 2)) == []


def test_the_same_crops_give_the_same_bytes(tmp_path):
    for name in ("one.zip", "two.zip"):
        write(tmp_path / name, some_crops(2))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_crop_that_is_not_there_is_an_error(tmp_path):
    write(tmp_path / "faces.zip", some_crops(1))
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive, pytest.raises(KeyError):
        read_crop(archive, 1)
