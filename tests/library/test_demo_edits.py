"""The shipped edit lists keep their promises, and faulty ones are refused with a reason."""

from itertools import combinations

import pytest
import yaml

from castmap.demo.edits import FPS, EditError, read_clips, read_film
from castmap.demo.truth import place_shots, true_faces, true_shots

FILMS = ("demo_debate", "demo_visitors", "demo_evening")


def clip(**changes) -> dict:
    given = {
        "file": "talk.mp4",
        "size": [320, 180],
        "spans": [[0.0, 4.0], [5.0, 9.0]],
        "people": {
            "anna": {"face": [20, 40, 60, 90], "region": [0, 20, 80, 120]},
            "boris": {"face": [220, 40, 260, 90], "region": [200, 20, 300, 120]},
        },
        "framings": {
            "wide": [0, 0, 320, 180],
            "near": [16, 9, 304, 171],
            "anna": [0, 30, 160, 120],
            "half_anna": [40, 30, 200, 120],
            "square": [0, 0, 100, 100],
        },
    }
    return {**given, **changes}


def shot(**changes) -> dict:
    return {"clip": "talk", "from_s": 0.0, "to_s": 2.0, "framing": "wide", **changes}


def read(*shots: dict):
    return read_film({"film": "f", "shots": list(shots)}, read_clips({"talk": clip()}))


@pytest.fixture(scope="module")
def films(root):
    folder = root / "resources" / "demo" / "edits"
    clips = read_clips(yaml.safe_load((folder / "clips.yaml").read_text()))
    return {
        name: read_film(yaml.safe_load((folder / f"{name}.yaml").read_text()), clips)
        for name in FILMS
    }


def shown(shots) -> list[tuple[str, float, float]]:
    return [(shot.clip.file, shot.from_s, shot.from_s + shot.n_frames / FPS) for shot in shots]


def test_no_second_of_footage_is_used_by_two_films(films):
    for first, second in combinations(films.values(), 2):
        for file, start, end in shown(first):
            for other_file, other_start, other_end in shown(second):
                shared = file == other_file and start < other_end and other_start < end
                assert not shared, f"{file}: {start}-{end} s and {other_start}-{other_end} s"


def test_within_a_film_nobody_is_shown_in_the_same_second_twice(films):
    for shots in films.values():
        seen = []
        for shot in shots:
            placed = place_shots([shot])
            for person in true_faces(placed)["person"].unique():
                seen.append((person, *shown([shot])[0]))
        for (one, file, start, end), (two, other, from_s, to_s) in combinations(seen, 2):
            assert (one, file) != (two, other) or end <= from_s or to_s <= start, (one, start)


@pytest.mark.parametrize("name", FILMS)
def test_each_film_holds_what_makes_the_task_real(films, name):
    shots = place_shots(films[name])
    together = [true_faces([placed])["person"].nunique() for placed in shots]
    boundaries = true_shots(shots)["boundary"].value_counts()
    appearances = true_faces(shots).groupby("person")["start_frame"].count()
    assert {0, 1, 2, 3} == set(together)
    assert boundaries["gradual"] >= 2
    assert boundaries["cut"] >= 10
    assert (appearances >= 2).sum() >= 3
    assert all(1 <= placed.shot.n_frames / FPS <= 6 for placed in shots)


def test_five_people_appear_and_one_of_them_on_two_occasions(films):
    people = {
        person.name: {placed.shot.clip.name for placed in place_shots(shots)}
        for shots in films.values()
        for shot in shots
        for person in shot.clip.people
    }
    clips = {clip.name: clip for shots in films.values() for clip in (s.clip for s in shots)}
    of_right = [name for name, c in clips.items() if "right" in {p.name for p in c.people}]
    assert len(people) == 5
    assert sorted(of_right) == ["host", "talk"]


def test_a_dissolve_lasts_an_even_number_of_frames():
    shots = read(shot(), shot(from_s=5.0, to_s=7.0, dissolve_s=0.55))
    assert [s.dissolve_frames for s in shots] == [0, 14]


def test_a_zoom_ends_on_its_second_framing():
    (zoom,) = read(shot(framing="wide", framing_to="near"))
    assert zoom.framing_at(0) == (0, 0, 320, 180)
    assert zoom.framing_at(zoom.n_frames - 1) == (16, 9, 304, 171)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"clip": "walk"}, r"no clip 'walk'; there are \['talk'\]"),
        ({"framing": "close"}, "no framing 'close'"),
        ({"framing": "square"}, "not 16:9"),
        ({"framing_to": "anna"}, r"more than 1\.5, too fast"),
        ({"framing": "half_anna"}, "cuts through the face of anna"),
        ({"framing": "anna", "grade": {"letterbox": 0.2}}, "cuts through the face of anna"),
        ({"from_s": 3.0, "to_s": 6.0}, "not within one of the usable spans"),
        ({"grade": {"sepia": 1}}, "unknown .'sepia'"),
        ({"speed": 2}, "unknown .'speed'"),
        ({"dissolve_s": 0.5}, "the first shot has none"),
        ({"to_s": 0.01}, "needs a frame of its own"),
    ],
)
def test_a_faulty_shot_is_refused_with_the_reason(fault, said):
    with pytest.raises(EditError, match=said):
        read(shot(**fault))


def test_dissolves_that_eat_a_whole_shot_are_refused():
    with pytest.raises(EditError, match="f, shot 1: its dissolves take all of its 24 frames"):
        read(shot(), shot(from_s=5.0, to_s=6.0, dissolve_s=0.5), shot(dissolve_s=0.5))


def test_people_whose_regions_overlap_are_refused():
    people = {
        "anna": {"face": [20, 40, 60, 90], "region": [0, 20, 210, 120]},
        "boris": {"face": [220, 40, 260, 90], "region": [200, 20, 300, 120]},
    }
    with pytest.raises(EditError, match="the regions of anna and boris overlap"):
        read_clips({"talk": clip(people=people)})


def test_a_clip_without_spans_is_refused():
    given = clip()
    del given["spans"]
    with pytest.raises(EditError, match="clip talk: KeyError\\('spans'\\)"):
        read_clips({"talk": given})
