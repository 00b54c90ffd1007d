"""Batches drawn from the weak labels of several films hold what they promise."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castmap.adaptation.weak_labels import (
    DRAWS,
    FilmLabels,
    draw_triplets,
    draw_views,
    gather,
    missing_for,
    split_into_folds,
    without_tracks,
)
from castmap.tracks.cooccurrence import CANNOT_LINK


def make_film(seed, n_tracks, kept=True, linked=None):
    """A film of tracks 2, 4, ...; an embedding holds film, track, tracklet and detection.

    Its positives are the track's own, or those of the track ``linked``.
    """
    rng = np.random.default_rng(seed)
    rows = [
        (2 * track + 2, tracklet)
        for track in range(n_tracks)
        for tracklet in range(3)
        for _ in range(rng.integers(1, 4))
    ]
    tracklets = pd.DataFrame(rows, columns=["track", "tracklet"], dtype=int)
    tracklets["detection"] = rng.permutation(len(rows) + 2)[: len(rows)]  # two faces elsewhere
    embeddings = np.full((len(rows) + 2, 4), -1.0, np.float32)
    embeddings[:, 0] = seed
    embeddings[tracklets["detection"], 1:3] = tracklets[["track", "tracklet"]]
    embeddings[:, 3] = np.arange(len(embeddings))
    hard = tracklets.drop_duplicates(["track", "tracklet"])[["track", "tracklet"]]
    hard = hard.assign(positive_tracklet=(hard["tracklet"] + 1) % 3, kept=kept)
    hard["positive_track"] = hard["track"] if linked is None else linked
    hard["negative_detection"] = rng.integers(len(embeddings), size=len(hard))
    hard["negative_track"] = embeddings[hard["negative_detection"], 1].astype(int)
    return FilmLabels(embeddings, tracklets, hard)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=3), st.integers(1, 9), st.integers(0, 99))
def test_the_views_of_a_track_are_its_tracklets_once_each(sizes, n_tracks, seed):
    films = [make_film(number, size) for number, size in enumerate(sizes)]
    labels = gather(films, 3)
    assert len(labels.starts) == sum(sizes)
    views = draw_views(labels, n_tracks, np.random.default_rng(seed))
    assert views.shape == (3, min(n_tracks, sum(sizes)))
    drawn = labels.embeddings[views]
    assert (drawn[:, :, :2] == drawn[0, :, :2]).all()  # one film and track in each column
    assert (np.sort(drawn[:, :, 2], axis=0) == np.arange(3)[:, None]).all()
    assert len(np.unique(drawn[0, :, :2], axis=0)) == views.shape[1]


def test_which_tracklet_is_which_view_is_drawn_anew():
    labels = gather([make_film(0, 40)], 3)
    views = labels.embeddings[draw_views(labels, 40, np.random.default_rng(0))][:, :, 2]
    assert all(set(view) == {0, 1, 2} for view in views)


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_triplets_are_the_mined_ones(first, second, seed):
    films = [make_film(0, first), make_film(1, second)]
    labels = gather(films, 3)
    drawn = labels.embeddings[draw_triplets(labels, 20, np.random.default_rng(seed))]
    for anchor, positive, negative in drawn.transpose(1, 0, 2):
        assert anchor[0] == positive[0] == negative[0]
        assert anchor[1] == positive[1]
        assert positive[2] == (anchor[2] + 1) % 3
        mined = films[int(anchor[0])].hard_examples.set_index(["track", "tracklet"])
        assert negative[3] == mined.loc[(anchor[1], anchor[2]), "negative_detection"]


def test_a_positive_may_be_in_another_track():
    labels = gather([make_film(0, 3), make_film(1, 3, linked=6)], 3)
    drawn = labels.embeddings[draw_triplets(labels, 99, np.random.default_rng(0))]
    for anchor, positive, _ in drawn.transpose(1, 0, 2):
        assert anchor[0] == positive[0]
        assert positive[1] == (6 if anchor[0] else anchor[1])
        assert positive[2] == (anchor[2] + 1) % 3


def test_every_face_of_a_tracklet_is_drawn_and_the_seed_decides():
    labels = gather([make_film(3, 5)], 3)
    random = np.random.default_rng(0)
    seen = {row for _ in range(200) for row in draw_views(labels, 5, random).ravel().tolist()}
    assert seen == set(labels.faces.tolist())
    one, two = (draw_views(labels, 5, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one, two)


def test_films_without_hard_examples_say_so():
    labels = gather([make_film(0, 3, kept=False)], 3)
    with pytest.raises(ValueError, match="no hard examples"):
        draw_triplets(labels, 4, np.random.default_rng(0))


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 14), st.integers(15, 29)), max_size=12, unique=True),
    st.integers(1, 5),
)
def test_every_track_is_in_one_fold_and_cannot_links_join_them(links, n_folds):
    pairs = pd.DataFrame(links, columns=["track", "other_track"], dtype=int)
    pairs["kind"] = CANNOT_LINK
    tracklets = pd.DataFrame({"track": np.repeat(np.arange(0, 40, 2), 3)})
    folds = split_into_folds(tracklets, pairs, n_folds)
    assert len(folds) == n_folds
    numbers = set(tracklets["track"]) | {track for link in links for track in link}
    assert sorted(np.concatenate(folds)) == sorted(numbers)
    fold_of = {track: number for number, fold in enumerate(folds) for track in fold}
    assert all(fold_of[one] == fold_of[other] for one, other in links)
    if not links:
        assert max(map(len, folds)) - min(map(len, folds)) <= 1


def test_folds_are_stretches_of_the_film_but_for_who_is_seen_together():
    tracklets = pd.DataFrame({"track": range(12)})
    pairs = pd.DataFrame({"track": [1], "other_track": [9], "kind": [CANNOT_LINK]})
    apart = split_into_folds(tracklets, pairs.iloc[:0], 3)
    assert [fold.tolist() for fold in apart] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    together = split_into_folds(tracklets, pairs, 3)
    assert [fold.tolist() for fold in together] == [[0, 1, 2, 9], [3, 4, 5, 6], [7, 8, 10, 11]]


def test_a_film_without_some_tracks_keeps_the_rest():
    film = make_film(0, 3)
    rest = without_tracks(film, np.array([4]))
    assert set(rest.tracklets["track"]) == {2, 6}
    expected = film.hard_examples[
        (film.hard_examples[["track", "negative_track"]] != 4).all(axis=1)
    ]
    assert rest.hard_examples.equals(expected) and len(expected)
    assert without_tracks(film, np.array([])).tracklets.equals(film.tracklets)
    linked = make_film(0, 3, linked=6)
    assert without_tracks(linked, np.array([6])).hard_examples.empty


def test_what_the_films_lack_is_said_in_words():
    film = make_film(0, 3)
    assert [missing_for(draws, gather([film], 3)) for draws in DRAWS] == [None, None]
    alone = gather([without_tracks(film, np.array([2, 4]))], 3)
    assert "fewer than two tracks" in missing_for("views", alone)
    lonely = gather([make_film(0, 3, kept=False)], 3)
    assert "seen together" in missing_for("triplets", lonely)
