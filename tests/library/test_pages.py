"""What a page shows: time codes, axes, chosen faces, and pictures in one picture."""

import base64
import json
import zipfile

import cv2
import jinja2
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castmap.faces.portraits import key_frame_sprite
from castmap.faces.redaction import LEFT_OUT, SHOWN, WAYS, redact_face
from castmap.faces.sprites import make_sprite
from castmap.formats.face_archive import add_crop
from castmap.formats.tables import TRACKS
from castmap.pages import adaptation, layout, movie
from castmap.pages.paths import box_paths, simplify
from castmap.pages.rendering import render
from castmap.shots.key_frames import key_frame_size


@pytest.mark.parametrize(
    ("seconds", "decimals", "code"),
    [
        (0, 0, "0:00:00"),
        (59.6, 0, "0:01:00"),
        (59.9996, 3, "0:01:00.000"),
        (3599.96, 1, "1:00:00.0"),
        (7325.25, 2, "2:02:05.25"),
    ],
)
def test_time_codes(seconds, decimals, code):
    assert layout.time_code(seconds, decimals) == code


@given(st.integers(0, 10**8))
def test_a_time_code_reads_back_as_its_time(milliseconds):
    hours, minutes, seconds = layout.time_code(milliseconds / 1000, 3).split(":")
    assert 0 <= int(minutes) < 60
    assert 0 <= float(seconds) < 60
    back = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    assert back == pytest.approx(milliseconds / 1000)


def faces_table(n_tracks, per_track):
    rows = [
        (t * per_track + i, t, t + i / 100, 1 - t / n_tracks, (i * 7919 % 100) / 100)
        for t in range(n_tracks)
        for i in range(per_track)
    ]
    columns = ["detection", "track", "time_s", "confidence", "quality"]
    return pd.DataFrame(rows, columns=columns)


@given(st.integers(1, 20), st.integers(1, 20))
def test_a_contact_sheet_shows_no_face_twice(n_tracks, per_track):
    sheet = layout.contact_sheet(faces_table(n_tracks, per_track))
    shown = pd.concat(sheet.values())
    assert list(sheet) == list(layout.GROUPS)
    assert shown["detection"].is_unique
    assert 1 <= len(shown) <= 12
    assert len(sheet["best"]) == min(4, n_tracks * per_track)


def test_best_faces_are_of_sure_tracks_and_the_least_certain_of_doubtful_ones():
    sheet = layout.contact_sheet(faces_table(12, 5))
    assert sheet["best"]["track"].tolist() == [0, 1, 2, 3]
    assert sheet["least certain"]["track"].tolist() == [11, 10, 9, 8]
    assert sheet["best"]["quality"].tolist() == [
        faces_table(12, 5).query("track == @t")["quality"].max() for t in range(4)
    ]


@given(st.integers(1, 30))
def test_a_track_is_shown_by_its_best_face_and_others_spread_over_its_time(n_faces):
    faces = faces_table(1, n_faces)
    kept = layout.spread_faces(faces)
    assert len(kept) == min(4, n_faces)
    assert kept["detection"].is_unique
    assert kept["quality"].iloc[0] == faces["quality"].max()
    assert kept["time_s"].iloc[1:].is_monotonic_increasing


def plain(colour, height, width):
    return np.full((height, width, 3), colour, np.uint8)


def decoded(sprite):
    data = base64.b64decode(sprite.uri.split(",")[1])
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def test_every_picture_lies_where_its_position_says():
    colours = [(200, i * 6, 255 - i * 6) for i in range(40)]
    sprite = make_sprite([plain(c, 20, 20) for c in colours], 16, 16)
    image = decoded(sprite)
    assert image.shape == (sprite.rows * 16, sprite.columns * 16, 3)
    for index, colour in enumerate(colours):
        across, down = (float(part[:-1]) / 100 for part in sprite.position(index).split())
        # CSS: a percentage of the room that is left beside one cell.
        left, top = across * (image.shape[1] - 16), down * (image.shape[0] - 16)
        assert np.abs(image[round(top) + 8, round(left) + 8].astype(int) - colour).max() < 12


@pytest.mark.parametrize(("height", "width"), [(100, 300), (300, 100)])
def test_a_picture_keeps_its_shape_on_black(height, width):
    image = decoded(make_sprite([plain(240, height, width)], 160, 90))
    bright = image[..., 0] > 128
    rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
    assert len(columns) / len(rows) == pytest.approx(width / height, rel=0.1)
    assert abs(rows[0] + rows[-1] - 89) <= 2
    assert abs(columns[0] + columns[-1] - 159) <= 2


def test_no_pictures_make_no_sprite():
    assert make_sprite([], 16, 16) is None


def test_what_a_film_calls_itself_is_text():
    film = {"title": "<b>&'\"", "year": None, "rejected": True, "reason": "<script>"}
    page = render("movie.html", film=film, sprites={}, data={})
    assert "<b>&'" not in page
    assert "&lt;b&gt;&amp;" in page
    assert "&lt;script&gt;" in page


def test_a_page_whose_content_is_missing_is_not_written():
    with pytest.raises(jinja2.UndefinedError):
        render("movie.html", film={"title": "A"}, sprites={})


@pytest.mark.parametrize("way", WAYS)
def test_a_blurred_face_keeps_its_colours_and_one_left_out_nothing(way):
    face = np.random.default_rng(0).integers(0, 256, (112, 112, 3), np.uint8)
    face[:, :56] //= 4
    shown = redact_face(face, way).astype(float)
    assert shown.shape == face.shape
    if way == SHOWN:
        assert (shown == face).all()
    detail = np.abs(np.diff(shown, axis=1)).mean()
    assert (detail < 5) == (way != SHOWN)
    halves = shown[:, 70:].mean() - shown[:, :40].mean()
    assert (halves > 50) == (way != LEFT_OUT)


def test_what_a_script_cannot_read_is_not_written():
    with pytest.raises(ValueError, match="JSON"):
        render("movie.html", **page_content(duration_s=float("nan")))


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", "<!--", "'\"&", "\u2028"])
def test_a_hostile_name_stays_in_the_data(name):
    page = render("movie.html", **page_content(names={"C01": name}))
    data = page.split('type="application/json">')[1].split("</script>")[0]
    assert json.loads(data)["names"] == {"C01": name}


def page_content(**changed):
    film = {"title": "A", "year": None, "rejected": False, "movie": "a", "numbers": [], "facts": ""}
    certainty = {"bars": {}, "ticks": [], "counted": {"same": 0, "different": 0}, "stop": 50}
    certainty |= dict.fromkeys(("stop_distance", "prior_stop_distance", "expected_error"), 0.5)
    certainty |= {"n_pairs": 1, "carried_stop_distance": 0.5, "tracks_joined_later": 0}
    certainty |= {"mean_distance": 0.8}
    nobody = {"background": 0, "uncertain": 0, "not_a_face": 0}
    return {
        "film": film | {"warnings": []},
        "embedding_used": "It is.",
        "data": {"appearances": [{"row": 0}], "naming": {}} | changed,
        "certainty": certainty | {"tracks_of_no_character": nobody},
        "sprites": {},
        "measured": [],
        "skipped": {},
        "n_examined": 3,
        "n_frames": 9,
    }


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0.4 s"),
        (9.96, "10 s"),
        (22.5, "23 s"),
        (22.4999999, "23 s"),  # a sum of times
        (33.4, "33 s"),
        (59.6, "1 min"),
        (754, "13 min"),
        (7380, "2 h 3 min"),
    ],
)
def test_a_length_is_said_as_one_says_it(seconds, said):
    assert layout.length(seconds) == said


@pytest.mark.parametrize(("n", "said"), [(0, "0 shots"), (1, "1 shot"), (1200, "1,200 shots")])
def test_things_are_counted(n, said):
    assert layout.count(n, "shot") == said


def test_a_film_without_tracks_has_no_paths_nor_has_one_whose_size_is_not_known():
    assert box_paths(TRACKS.empty(), 640, 360) == {}
    assert box_paths(TRACKS.empty(), None, None) == {}


def test_a_box_is_near_the_lines_of_its_path():
    rng = np.random.default_rng(0)
    times = 5 + np.sort(rng.uniform(0, 4, 60))
    corner = 200 + np.cumsum(rng.normal(0, 6, (60, 2)), axis=0)
    boxes = np.hstack([corner, corner + 80 + 30 * np.sin(times)[:, None]])
    tracks = pd.DataFrame(boxes, columns=["x1", "y1", "x2", "y2"]).assign(track=7, time_s=times)
    shuffled = tracks.sample(frac=1, random_state=1).reset_index(drop=True)
    path = np.array(box_paths(shuffled, 640, 480)[7])
    assert 2 < len(path) < 40
    shares = np.column_stack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]) / [640, 480, 640, 480]
    for place in range(4):
        drawn = np.interp((times - times[0]) * 1000, path[:, 0], path[:, place + 1]) / 1000
        assert np.abs(drawn - shares[:, place]).max() < 0.012  # 1 %, and what rounding adds


def test_a_box_that_moves_evenly_needs_two_corners():
    times = np.arange(100.0)
    assert simplify(times, np.column_stack([times / 100, 1 - times / 200]), 0.01) == [0, 99]
    assert simplify(times[:1], np.zeros((1, 4)), 0.01) == [0]


def test_moments_are_those_of_the_frames():
    times = np.array([0.0, 0.1, 0.2, 0.4, 0.5, 0.6])
    shots = pd.DataFrame(
        {
            "boundary": ["film_start", "cut", "gradual"],
            "start_s": [0, 0.2, 0.5],
            "transition_start_frame": [0, 2, 3],
            "transition_end_frame": [0, 2, 4],
        }
    )
    assert movie.moments(shots, times, [1, 3, 5], 0.7) == {
        "cuts": [0.2],
        "graduals": [(0.4, 0.5)],
        "key_times": [0.1, 0.4, 0.6],
        "frame_s": 0.1,
    }


@pytest.mark.parametrize(
    ("model", "models", "said"),
    [
        ("net", ["net"], "Standard face model used."),
        ("net", ["net", "net_triplet"], "tuning to this film did not help"),
        ("net_triplet", ["net", "net_triplet"], "tuned to the films (net_triplet) helped"),
    ],
)
def test_a_page_says_which_face_model_was_used(model, models, said):
    choice = {"model": model, "models": [{"model": name} for name in models]}
    assert said in movie.embedding_used(choice)


def test_a_question_shows_the_faces_that_are_likest():
    angles = np.radians([0, 50, 20, 90, 65, 11])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    characters = pd.DataFrame({"track": [3, 4, 6, 7, 8, 9], "character": [*"AAABBB"]})
    review = pd.DataFrame(
        {
            "kind": ["track", "merge", "twice"],
            "track": [9, None, 3],
            "other_track": [None, None, 7],
            "character": ["B", "A", "A"],
            "other_character": ["A", "B", "B"],
            "name": [None] * 3,
        }
    )
    track, merge, twice = movie.review_questions(review, characters, vectors)
    assert (track["row"], track["near"], track["other_near"]) == (5, [4, 3], [2, 0, 1])
    assert merge["near"] == [2, 0, 1]  # 9, 11 and 15 degrees from the likest of the others
    assert merge["other_near"] == [5, 4, 3]  # 9, 15 and 40
    assert (twice["row"], twice["other_row"]) == (0, 3)


def test_what_is_not_defined_is_a_dash():
    shots = {"cut_recall": 1.0, "gradual_recall": None, "precision": 0.875}
    score = {"v_measure": None, "weighted_purity": 0.5, "bcubed_f1": 0.25}
    score |= {"character_precision": 0.75, "character_recall": None}
    tracks = {"coverage_min": 0.5, "mixed_tracks": 1, "hota": None}
    clustering = {"k_pred": 3, "k_true": 2, "operator_clicks": 7, "track": score}
    rows = movie.measured_rows(shots, tracks, clustering | {"end_to_end": {"f1": 0.625}})
    assert [value for _, value in rows] == [
        "100.0 %",
        "–",
        "87.5 %",
        "50.0 %",
        "1",
        "–",
        "3 / 2",
        "75.0 %",
        "–",
        "7",
        "–",
        "0.500",
        "0.250",
        "0.625",
    ]


def test_a_film_without_labels_of_shots_has_no_measures_of_them():
    score = dict.fromkeys(("v_measure", "weighted_purity", "bcubed_f1"), 0.5)
    score |= {"character_precision": 0.5, "character_recall": 0.5}
    tracks = {"coverage_min": 0.5, "mixed_tracks": 1, "hota": 0.5}
    clustering = {"k_pred": 3, "k_true": 2, "operator_clicks": 7, "track": score}
    rows = movie.measured_rows(None, tracks, clustering | {"end_to_end": {"f1": 0.625}})
    assert rows[0] == ("Screen time covered by tracks, worst person", "50.0 %")


def test_roc_curves_are_drawn_over_the_logarithm_and_scopes_told_apart():
    curve = {"fpr": [0.001, 0.01, 1.0], "tpr": [0.5, 0.75, 1.0]}
    models = ["net", "net_mvcorr", "net_mvcorr_movie"]
    chart = adaptation.roc_chart("Film", dict.fromkeys(models, curve) | {"net": None})
    assert [line["model"] for line in chart["lines"]] == models[1:]
    corpus, film = chart["lines"]
    assert corpus["colour"] == film["colour"] != layout.colour(0)
    assert (corpus["dashed"], film["dashed"]) == (False, True)
    points = [tuple(map(float, point.split(","))) for point in corpus["line"].split()]
    assert points == [(0, 100), (pytest.approx(320 / 3, abs=0.1), 50), (320, 0)]
    assert adaptation.roc_chart("Film", {"net": None}) is None


def test_a_learning_curve_falls_from_its_highest_to_its_lowest_value():
    history = pd.DataFrame({"step": range(1, 401), "loss": np.linspace(3, 1, 400)})
    curve = adaptation.learning_curve("corpus/mvcorr", history)
    points = [tuple(map(float, point.split(","))) for point in curve["line"].split()]
    assert len(points) <= 201
    assert points[0] == (0, 0)
    assert points == sorted(points)
    assert (curve["high"], curve["steps"]) == ("3.000", 400)
    assert adaptation.learning_curve("corpus/centring", history.iloc[:0]) is None


def head_of_page(**facts):
    info = {
        "movie": "heat",
        "title": "Heat",
        "year": 1995,
        "status": "ok",
        "reason": None,
        "duration_s": 9.0,
        "width": 64,
        "height": 48,
        "mean_fps": 25.0,
        "codec": "h264",
        "stored_width": 64,
        "stored_height": 48,
        "geometry_changes": 0,
        "clock_jumps": [],
        "variable_frame_rate": False,
        "sha256": "ab" * 32,
        "decode_errors": 0,
        **facts,
    }
    nobody = pd.DataFrame({"character": pd.Series([], dtype=str)})
    return movie.film_facts(info, nobody, pd.DataFrame(), 0)


@pytest.mark.parametrize(
    ("jumps", "said"),
    [
        ([], None),
        (
            [{"frame": 75, "from_s": 4.36, "to_s": 2.4}],
            "The file's clock jumps at frame 75, from 4.360 s to 2.400 s,",
        ),
        (
            [{"frame": 75, "from_s": 4.36, "to_s": 2.4}, {"frame": 90, "from_s": 3, "to_s": 0}],
            "The file's clock jumps at 2 places, first at frame 75, from 4.360 s to 2.400 s,",
        ),
    ],
)
def test_a_page_says_where_the_clock_of_its_film_jumps(jumps, said):
    warnings = head_of_page(clock_jumps=jumps)["warnings"]
    assert [text.startswith(said) for text in warnings] == [True] * bool(said)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "64 × 48 pixels, 25"),
        ({"stored_width": 60}, "64 × 48 pixels, stored as 60 × 48, 25"),
        ({"geometry_changes": 2}, "64 × 48 pixels, a size or orientation that changes 2 times, 25"),
    ],
)
def test_a_page_says_how_large_the_film_is_and_what_changes(facts, said):
    assert head_of_page(**facts)["facts"].startswith(said)


@pytest.mark.parametrize(("n_shots", "cell"), [(0, None), (1, (320, 180)), (201, (160, 90))])
def test_key_frames_are_large_where_they_are_few(tmp_path, n_shots, cell):
    with zipfile.ZipFile(tmp_path / "key_frames.zip", "w") as archive:
        for shot in range(n_shots):
            add_crop(archive, shot, np.full((180, 320, 3), shot, np.uint8))
    sprite = key_frame_sprite(tmp_path / "key_frames.zip", SHOWN)
    assert (sprite and (sprite.width, sprite.height)) == cell
    assert sprite is None or sprite.count == n_shots


@pytest.mark.parametrize(
    ("display", "size"),
    [
        ((1280, 720), (320, 180)),
        ((4000, 2), (1440, 1)),
        ((2, 4000), (1, 180)),
        ((1, 1), (180, 180)),
    ],
)
def test_key_frames_of_any_film_are_small(display, size):
    assert key_frame_size(display) == size
