"""Labels that follow from an edit list: known answers and what must hold for any list."""

from hypothesis import given
from hypothesis import strategies as st

from castmap.demo.edits import FRAME_SIZE, Clip, Person, Shot, overlap
from castmap.demo.truth import in_frame, place_shots, true_faces, true_shots

ANNA = Person("anna", (20, 40, 60, 90), (0, 20, 80, 120))
BORIS = Person("boris", (220, 40, 260, 90), (200, 20, 300, 120))
TALK = Clip("talk", "talk.mp4", (320, 180), 1.0, ((0.0, 60.0),), (ANNA, BORIS), {})
WIDE, LEFT, NEAR = (0, 0, 320, 180), (0, 30, 160, 120), (0, 15, 288, 177)


def shot(seconds=1.0, framing=WIDE, framing_to=None, dissolve=0, **grade) -> Shot:
    return Shot(TALK, 0.0, seconds, framing, framing_to or framing, dissolve, grade)


def rows(table) -> list[list]:
    return table.to_numpy().tolist()


def test_a_cut_joins_shots_and_a_dissolve_overlaps_them_and_counts_from_its_middle():
    film = place_shots([shot(1.0), shot(2.0), shot(1.0, dissolve=12)])
    assert rows(true_shots(film)) == [
        [0, 24, "film_start", 0, 0],
        [24, 66, "cut", 24, 24],
        [66, 84, "gradual", 60, 72],
    ]


def test_a_close_up_shows_one_person_four_times_as_large_as_the_clip_twice_wide():
    film = place_shots([shot(1.0, LEFT)])
    assert rows(true_faces(film)) == [["anna", 0, 24, 0.0, 0.0, 640.0, 720.0]]


def test_people_change_at_the_middle_of_a_dissolve():
    film = place_shots([shot(1.0, LEFT), shot(1.0, WIDE, dissolve=12)])
    table = true_faces(film)
    assert rows(table[["person", "start_frame", "end_frame"]]) == [
        ["anna", 0, 18],
        ["anna", 18, 36],
        ["boris", 18, 36],
    ]


def test_a_face_that_a_letterbox_would_cover_is_not_in_the_picture():
    narrow = Person("low", (100, 150, 120, 178), (90, 140, 130, 180))
    clip = Clip("c", "c.mp4", (320, 180), 1.0, ((0.0, 9.0),), (narrow,), {})
    open_frame = Shot(clip, 0.0, 1.0, WIDE, WIDE)
    barred = Shot(clip, 0.0, 1.0, WIDE, WIDE, 0, {"letterbox": 0.1})
    assert len(true_faces(place_shots([open_frame]))) == 1
    assert len(true_faces(place_shots([barred]))) == 0


def test_a_person_who_leaves_during_a_zoom_is_true_only_while_wholly_in_the_picture():
    film = place_shots([shot(4.0, WIDE, LEFT)])
    ends = true_faces(film).groupby("person")["end_frame"].max().to_dict()
    # Boris's face ends at x = 260; the right edge passes it at (320 - 260) / 160 of the zoom,
    # frame 35.6; ranges are of 12 frames.
    assert ends == {"anna": 96, "boris": 36}


shots = st.builds(
    shot,
    seconds=st.floats(1.0, 5.0),
    framing=st.sampled_from([WIDE, NEAR]),
    framing_to=st.sampled_from([None, WIDE, NEAR]),
    dissolve=st.sampled_from([0, 6, 12]),
)


@given(st.lists(shots, min_size=1, max_size=6))
def test_shots_cover_the_film_without_gaps(film):
    film[0] = shot(1.0)
    table = true_shots(place_shots(film))
    assert table["start_frame"].tolist()[1:] == table["end_frame"].tolist()[:-1]
    overlaps = sum(s.dissolve_frames for s in film)
    assert table["end_frame"].iloc[-1] == sum(s.n_frames for s in film) - overlaps


@given(shots)
def test_every_frame_of_a_zoom_has_each_face_in_its_own_region_only(moving):
    film = place_shots([moving])
    table = true_faces(film)
    for frame in range(film[0].start_frame, film[0].end_frame, 5):
        now = table[(table["start_frame"] <= frame) & (frame < table["end_frame"])]
        regions = {row.person: (row.x1, row.y1, row.x2, row.y2) for row in now.itertuples()}
        for person in (ANNA, BORIS):
            if person.name not in regions:
                continue
            face = in_frame(person.face, moving.framing_at(frame - film[0].first_frame))
            x, y = (face[0] + face[2]) / 2, (face[1] + face[3]) / 2
            holds = [n for n, r in regions.items() if r[0] <= x < r[2] and r[1] <= y < r[3]]
            assert holds == [person.name]
        if len(regions) == 2:
            assert not overlap(*regions.values())


def test_regions_end_at_the_frame():
    assert in_frame((-50, -50, 900, 900), (0, 0, 320, 180)) == (0.0, 0.0, *FRAME_SIZE)
