"""A demo film cut from the real footage, reduced to its first shots."""

import hashlib
from fractions import Fraction

import av
import numpy as np
import pytest

from build_demo_films import main
from castmap.files.results import read_csv
from castmap.formats.tables import TRUE_FACES, TRUE_SHOTS

SHOTS = 4


@pytest.fixture(scope="module")
def footage(root):
    folder = root / "resources" / "demo" / "footage"
    if not (folder / "example_multispeaker.mp4").exists():
        pytest.fail(f"{folder.relative_to(root)} holds no footage; `make demo-films` fetches it")
    return folder


def build(root, footage, folder, shots=SHOTS):
    main(
        [
            f"--edits={root / 'resources' / 'demo' / 'edits' / 'demo_visitors.yaml'}",
            f"--clips={root / 'resources' / 'demo' / 'edits' / 'clips.yaml'}",
            *("--footage", *map(str, sorted(footage.iterdir()))),
            f"--out-film={folder / 'film.mp4'}",
            f"--out-shots={folder / 'shots.csv'}",
            f"--out-faces={folder / 'faces.csv'}",
            f"--first-shots={shots}",
        ]
    )
    return folder


@pytest.fixture(scope="module")
def film(root, footage, tmp_path_factory):
    return build(root, footage, tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def pictures(film):
    """Every frame in grey, at an eighth of its size."""
    with av.open(str(film / "film.mp4")) as container:
        frames = container.decode(video=0)
        small = [f.reformat(160, 90, format="gray").to_ndarray() for f in frames]
    return np.stack(small).astype(float)


def test_the_film_has_a_constant_rate_and_as_many_frames_as_its_labels(film):
    shots = read_csv(film / "shots.csv", TRUE_SHOTS)
    with av.open(str(film / "film.mp4")) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", 1280, 720)
    assert len(times) == shots["end_frame"].iloc[-1]
    assert times == [Fraction(i, 24) for i in range(len(times))]


def test_the_picture_changes_most_where_the_labels_have_cuts(film, pictures):
    change = np.abs(np.diff(pictures, axis=0)).mean(axis=(1, 2))
    shots = read_csv(film / "shots.csv", TRUE_SHOTS)
    cuts = shots.loc[shots["boundary"] == "cut", "start_frame"].tolist()
    assert len(cuts) == SHOTS - 2
    assert sorted(np.argsort(change)[-len(cuts) :] + 1) == cuts


def test_during_a_dissolve_the_picture_is_a_mixture_of_both_sides(film, pictures):
    shots = read_csv(film / "shots.csv", TRUE_SHOTS)
    (dissolve,) = shots[shots["boundary"] == "gradual"].itertuples()
    before, after = dissolve.transition_start_frame - 1, dissolve.transition_end_frame
    middle = (pictures[dissolve.start_frame - 1] + pictures[dissolve.start_frame]) / 2
    mixture = (pictures[before] + pictures[after]) / 2
    assert dissolve.start_frame == (before + 1 + after) / 2
    assert np.abs(middle - mixture).mean() < np.abs(pictures[before] - pictures[after]).mean() / 4


def test_everyone_at_the_table_is_labelled_in_the_wide_shot(film):
    faces = read_csv(film / "faces.csv", TRUE_FACES)
    shots = read_csv(film / "shots.csv", TRUE_SHOTS)
    of_shot = [set(faces.loc[faces["start_frame"] == s, "person"]) for s in shots["start_frame"]]
    assert of_shot == [set(), {"actress"}, {"left", "centre", "right"}, {"driver"}]


def test_the_same_edit_list_gives_the_same_bytes(root, footage, tmp_path):
    built = [build(root, footage, tmp_path / run, 2) for run in ("one", "two")]
    for name in ("film.mp4", "shots.csv", "faces.csv"):
        one, two = (hashlib.sha256((folder / name).read_bytes()).digest() for folder in built)
        assert one == two, name


def test_missing_footage_is_named_and_leaves_no_film(root, tmp_path, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(SystemExit):
        build(root, empty, tmp_path)
    assert "lacks ['WolfgangLanger_Pexels.mp4', 'bikes.mp4'" in capsys.readouterr().err
    assert not (tmp_path / "film.mp4").exists()


def test_a_faulty_edit_list_is_named_with_its_shot(root, footage, tmp_path, capsys):
    edits = tmp_path / "bad.yaml"
    edits.write_text("film: bad\nshots: [{clip: talk, from_s: 1, to_s: 70, framing: wide}]\n")
    clips = root / "resources" / "demo" / "edits" / "clips.yaml"
    with pytest.raises(SystemExit):
        main(
            [
                f"--edits={edits}",
                f"--clips={clips}",
                *("--footage", *map(str, footage.iterdir())),
                f"--out-film={tmp_path / 'f.mp4'}",
                f"--out-shots={tmp_path / 's.csv'}",
                f"--out-faces={tmp_path / 'f.csv'}",
            ]
        )
    assert (
        f"{edits}: bad, shot 0: 1 to 70 s is not within one of the usable spans"
        in capsys.readouterr().err
    )
