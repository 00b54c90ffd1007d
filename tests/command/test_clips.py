"""`castmap clips`: a character's appearances as clips, beside a list of what they show."""

import av
import numpy as np
import pandas as pd
import pytest

from castmap.command.clips import cut_clips
from castmap.console import InputError
from castmap.files.results import read_csv, write_table
from castmap.files.whole import write_json
from castmap.formats.tables import CHARACTERS, CLIPS, FRAMES
from tests.encoded_films import FPS, encode, scenery
from tests.library.exports_example import HOSTILE, INFO, characters_table

N = 60
# In frames; key frames are every twelfth.
SEEN = [(0, 14, 20, "C01"), (1, 22, 23, "C01"), (2, 36, 60, "C01"), (3, 5, 7, "C02")]


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A function that gives the film results, in which C01 has a name; the film's path."""
    monkeypatch.chdir(tmp_path)
    film = encode(tmp_path / "tiny film.mp4", scenery(64, 48, N), options={"g": "12", "bf": "2"})
    folder = tmp_path / "results/tiny"
    folder.mkdir(parents=True)
    write_json(folder / "movie.json", {**INFO, "video_stream": 0})
    times = np.arange(N) / FPS
    frames = pd.DataFrame({"frame": range(N), "time_s": times, "duration_s": 1 / FPS})
    write_table(folder / "frames.parquet", FRAMES, frames.assign(time_source="pts"), {})

    def with_results(name="Ann Lee"):
        rows = [(track, 0, a / FPS, b / FPS, who, 0.5) for track, a, b, who in SEEN]
        table = characters_table({"C01": name}, rows)
        write_table(folder / "characters.parquet", CHARACTERS, table, {})
        return film

    return with_results


def frames_of(path):
    with av.open(str(path)) as container:
        return np.array([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


def test_clips_show_what_their_list_says(tiny, tmp_path):
    film = tiny()
    summary, folder = cut_clips("tiny", film, "ann  LEE").splitlines()
    assert folder == "results/exports/tiny/clips/C01_Ann_Lee"
    assert summary.startswith(
        "2 clips with 3 appearances of Ann Lee; they begin up to 0.08 s early"
    )
    listed = read_csv(tmp_path / folder / "clips.csv", CLIPS)
    assert listed["clip"].tolist() == [
        *["C01_Ann_Lee_0001.mp4"] * 2,
        "C01_Ann_Lee_0002.mp4",
    ]
    assert listed["track"].tolist() == [0, 1, 2]
    assert listed["in_clip_s"].tolist() == pytest.approx([2 / FPS, 10 / FPS, 0])
    whole = frames_of(film)
    for row in listed.itertuples():
        shown = frames_of(tmp_path / folder / row.clip)
        first, end = round(row.clip_start_s * FPS), round(row.clip_end_s * FPS)
        assert np.array_equal(shown, whole[first:end])
        # The appearance, where the list says that it is.
        at, length = round(row.in_clip_s * FPS), round((row.end_s - row.start_s) * FPS)
        seen = whole[round(row.start_s * FPS) : round(row.end_s * FPS)]
        assert np.array_equal(shown[at : at + length], seen)


def test_a_second_call_replaces_the_clips_and_gives_the_same_bytes(tiny, tmp_path):
    film = tiny()
    folder = tmp_path / cut_clips("tiny", film, "C01").splitlines()[1]
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "C01_Ann_Lee_0003.mp4").write_bytes(b"of an earlier run")
    cut_clips("tiny", film, "c01")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_nobody_is_refused_with_who_there_is(tiny):
    film = tiny()
    with pytest.raises(InputError, match="nobody in tiny is called Eve; the characters are Ann"):
        cut_clips("tiny", film, "Eve")


def test_hostile_names_stay_in_the_folder_of_clips(tiny, tmp_path):
    clips_of_film = tmp_path / "results/exports/tiny/clips"
    for name in HOSTILE:
        folder = tmp_path / cut_clips("tiny", tiny(name), "C01").splitlines()[1]
        assert folder.parent == clips_of_film
        assert folder.name.startswith("C01")
        assert len(list(folder.iterdir())) == 3
    others = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).parts[0] for path in others} == {"results", "tiny film.mp4"}


def test_a_film_that_is_another_one_is_refused(tiny, tmp_path):
    tiny()
    other = encode(tmp_path / "other.mp4", scenery(64, 48, 10))
    with pytest.raises(InputError, match=r"has a clock that jumps.*make a copy that can be cut"):
        cut_clips("tiny", other, "C01")
    with pytest.raises(InputError, match=r"gone\.mp4 cannot be read"):
        cut_clips("tiny", tmp_path / "gone.mp4", "C01")
    assert not (tmp_path / "results/exports").exists()


def test_the_command_makes_what_is_missing_first(demo, castmap, refused):
    cast_map = demo.path("results/exports/demo_debate/cast_map.csv")
    before = cast_map.read_bytes()
    cast_map.unlink()
    run = castmap(demo.folder, "clips", "demo_debate", "C01", "--cores", "2")
    assert run.returncode == 0, run.stdout + run.stderr
    assert cast_map.read_bytes() == before
    folder = demo.path(run.stdout.splitlines()[-1])
    listed = read_csv(folder / "clips.csv", CLIPS)
    cast = pd.read_csv(cast_map)
    assert listed["track"].tolist() == cast.loc[cast["character"] == "C01", "track"].tolist()
    assert {path.name for path in folder.glob("*.mp4")} == set(listed["clip"])
    sentence = refused(castmap(demo.folder, "clips", "nothing", "C01"))
    assert "no film is called nothing" in sentence
