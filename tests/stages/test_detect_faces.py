"""The stage detect_faces: our detector, a stock one, and films without frames."""

import itertools
import zipfile

import av
import numpy as np
import pandas as pd
import pytest
import torch
from mmengine.config import Config

import detect_faces
from castmap.faces import mmcv_standin
from castmap.faces.alignment import landmarks_in_boxes
from castmap.files.results import read_record, read_table, write_table
from castmap.files.whole import write_json
from castmap.formats.face_archive import crop_name, read_crop
from castmap.formats.tables import (
    BOX_COLUMNS,
    DETECTIONS,
    EXAMINED,
    FRAMES,
    LANDMARK_COLUMNS,
    SHOTS,
)
from castmap.video.decoding import decode_frames, open_film
from tests.found_faces import one_shot

N_FRAMES = 13
# Frames are shown late and unevenly: times must come from the table.
TIMES = 2.0 + np.cumsum(np.linspace(0.03, 0.09, N_FRAMES))
STOCK_CONFIG = """
_base_ = "mmdet::retinanet/retinanet_r18_fpn_1x_coco.py"
model = dict(bbox_head=dict(num_classes=1), test_cfg=dict(score_thr=0.0, max_per_img=5))
"""


@pytest.fixture(scope="module")
def folder(root, tmp_path_factory):
    """Thirteen frames of a demo film, as a film of its own, with its tables."""
    folder = tmp_path_factory.mktemp("film")
    with open_film(root / "resources/demo/films/demo_debate.mp4") as film:
        decoded = decode_frames(film, film.streams.video[0].index, size=(640, 360))
        frames = [frame for _, frame in itertools.islice(decoded, 60, 60 + N_FRAMES)]
    with av.open(str(folder / "film.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "12"})
        stream.width, stream.height = 640, 360
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode())
    facts = {"movie": "film", "video_stream": 0, "width": 640, "height": 360}
    write_json(folder / "movie.json", facts)
    table = pd.DataFrame({"frame": range(N_FRAMES), "time_s": TIMES, "duration_s": 0.05})
    write_table(folder / "frames.parquet", FRAMES, table.assign(time_source="pts"), {})
    write_table(folder / "shots.parquet", SHOTS, one_shot(table), {})
    return folder


def run(folder, out, weights, *options, frames="frames.parquet", model="centerface"):
    out.mkdir(exist_ok=True)
    detect_faces.main(
        [
            *("--film", str(folder / "film.mp4"), "--movie", str(folder / "movie.json")),
            *("--frames", str(folder / frames), "--shots", str(folder / "shots.parquet")),
            *("--model", str(model)),
            *("--weights", str(weights), "--every-nth-frame", "3", "--long-side-px", "640"),
            *("--min-score", "0.5", "--min-size-px", "16", "--device", "cpu"),
            *("--threads", "1", "--seed", "0", "--out-examined", str(out / "examined.parquet")),
            *("--out-detections", str(out / "detections.parquet")),
            *("--out-faces", str(out / "faces.zip"), *options),
        ]
    )
    return read_table(out / "detections.parquet", DETECTIONS)


def test_examined_frames_give_faces_with_their_times_and_crops(folder, weights, tmp_path):
    found = run(folder, tmp_path, weights("centerface.safetensors"))
    assert set(found["frame"]) == {0, 3, 6, 9, 12}
    examined = read_table(tmp_path / "examined.parquet", EXAMINED)
    assert examined["frame"].tolist() == [0, 3, 6, 9, 12]
    assert np.allclose(found["time_s"], TIMES[found["frame"]])
    assert found["detection"].tolist() == list(range(len(found)))
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        assert archive.namelist() == [crop_name(i) for i in range(len(found))]
        assert read_crop(archive, 0).std() > 10
    settings = read_record(tmp_path / "detections.parquet")["settings"]
    assert settings["every_nth_frame"] == 3
    assert len(settings["weights_sha256"]) == 64


def test_where_faces_change_little_few_frames_are_examined_and_have_the_same_faces(
    folder, weights, tmp_path
):
    every, few = tmp_path / "every", tmp_path / "few"
    columns = [*BOX_COLUMNS, *LANDMARK_COLUMNS, "score", "blur"]
    whole = run(folder, every, weights("centerface.safetensors"), "--every-nth-frame", "1")
    found = run(folder, few, weights("centerface.safetensors"), "--every-nth-frame", "None")
    examined = read_table(few / "examined.parquet", EXAMINED)["frame"].tolist()
    assert examined[0] == 0 and examined[-1] == N_FRAMES - 1
    assert len(examined) < N_FRAMES / 2
    wanted = whole[whole["frame"].isin(examined)]
    assert found["frame"].tolist() == wanted["frame"].tolist()
    assert np.array_equal(found[columns], wanted[columns])
    with (
        zipfile.ZipFile(every / "faces.zip") as all_faces,
        zipfile.ZipFile(few / "faces.zip") as faces,
    ):
        for own, same in zip(found["detection"], wanted["detection"], strict=True):
            assert faces.read(crop_name(own)) == all_faces.read(crop_name(same))


def test_the_same_film_gives_the_same_bytes(folder, weights, tmp_path):
    for name in ("one", "two"):
        run(folder, tmp_path / name, weights("centerface.safetensors"))
    for name in ("detections.parquet", "faces.zip"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_film_that_was_turned_away_has_no_faces(folder, weights, tmp_path):
    write_table(folder / "none.parquet", FRAMES, FRAMES.empty(), {})
    found = run(folder, tmp_path, weights("centerface.safetensors"), frames="none.parquet")
    assert found.empty
    assert read_table(tmp_path / "examined.parquet", EXAMINED).empty
    with zipfile.ZipFile(tmp_path / "faces.zip") as archive:
        assert archive.namelist() == []


def test_a_stock_mmdet_detector_plugs_in(folder, tmp_path):
    """Its weights are random: what it finds means nothing, but must be whole."""
    mmcv_standin.install()
    from mmdet.registry import MODELS

    config = tmp_path / "detector.py"
    config.write_text(STOCK_CONFIG)
    torch.manual_seed(0)
    settings = Config.fromfile(config).model
    model = MODELS.build(settings)
    checkpoint = tmp_path / "detector.pth"
    torch.save({"meta": {}, "state_dict": model.state_dict()}, checkpoint)
    options = ("--min-score", "0", "--min-size-px", "1")
    found = run(folder, tmp_path / "out", checkpoint, *options, model=config)
    assert len(found) > 0
    assert (found[["x1", "y1"]].to_numpy() >= 0).all()
    assert (found["x2"] <= 640).all()
    with zipfile.ZipFile(tmp_path / "out" / "faces.zip") as archive:
        assert len(archive.namelist()) == len(found)


def test_a_detector_that_is_no_file_is_one_sentence(folder, weights, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run(folder, tmp_path, weights("centerface.safetensors"), model="retinaface")
    error = capsys.readouterr().err
    assert "faces.model is retinaface, which is no file; use centerface or the path" in error
    assert "Traceback" not in error
    assert not (tmp_path / "detections.parquet").exists()


@pytest.mark.parametrize(
    ("config", "weights_of", "said"),
    [
        ("model = dict(type='NoSuchNet')", "centerface", "of which mmdet makes no detector"),
        ("nothing = 1", "centerface", "of which mmdet makes no detector"),
        (STOCK_CONFIG, "centerface", "weights do not fit the detector"),
        (STOCK_CONFIG, b"no weights", "which holds no weights"),
        (STOCK_CONFIG, b"", "which holds no weights"),
    ],
)
def test_a_detector_that_cannot_be_built_is_one_sentence(
    folder, weights, tmp_path, capsys, config, weights_of, said
):
    (tmp_path / "own.py").write_text(config)
    checkpoint = tmp_path / "own.pth"
    if isinstance(weights_of, bytes):
        checkpoint.write_bytes(weights_of)
    else:
        checkpoint = weights(f"{weights_of}.safetensors")
    with pytest.raises(SystemExit):
        run(folder, tmp_path / "out", checkpoint, model=tmp_path / "own.py")
    error = capsys.readouterr().err
    assert said in error
    assert str(checkpoint) in error
    assert "Traceback" not in error


def test_a_detector_without_landmarks_gets_those_of_its_boxes(folder, tmp_path):
    mmcv_standin.install()
    from mmdet.registry import MODELS

    config, checkpoint = tmp_path / "detector.py", tmp_path / "detector.pth"
    config.write_text(STOCK_CONFIG)
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save({"meta": {}, "state_dict": model.state_dict()}, checkpoint)
    options = ("--min-score", "0", "--min-size-px", "1", "--every-nth-frame", "12")
    found = run(folder, tmp_path / "out", checkpoint, *options, model=config)
    assert len(found) > 0
    wanted = landmarks_in_boxes(found[list(BOX_COLUMNS)].to_numpy(float))
    assert np.allclose(found[list(LANDMARK_COLUMNS)], wanted.reshape(-1, 10), atol=1e-2)


def test_a_failed_run_exits_with_one(folder, weights, tmp_path):
    with pytest.raises(SystemExit) as left:
        run(folder, tmp_path, weights("centerface.safetensors"), model="no_such_config.py")
    assert left.value.code == 1
