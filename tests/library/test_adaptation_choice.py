"""Which model clusters a film, given what held-out weak pairs say."""

from typing import NamedTuple

import pytest

from castmap.adaptation.choice import CORPUS, MOVIE, choose, models_of


class Gain(NamedTuple):
    value: float
    interval: tuple[float, float]


BETTER, WORSE, EVEN = Gain(0.05, (0.02, 0.08)), Gain(-0.05, (-0.08, -0.02)), Gain(0, (-0.01, 0.01))
NAMES = ["net", "net_centring", "net_mvcorr", "net_centring_movie", "net_mvcorr_movie"]
GAINS = dict(zip(NAMES, (0, 0.05, 0.1, 0.04, 0.15), strict=True))
MODELS = models_of("net", ["mvcorr"], [CORPUS, MOVIE])
KEYS = [(model.name, baseline) for model in MODELS for baseline in model.baselines]


def gains(value, **exceptions):
    """The same gain of every model over every baseline, but for some models."""
    return {key: exceptions.get(key[0], value) for key in KEYS}


RISING = {key: Gain(GAINS[key[0]], (0.01, 0.2)) for key in KEYS}


def test_models_are_named_by_network_method_and_scope_and_have_baselines():
    assert [model.name for model in MODELS] == NAMES
    assert MODELS[2].baselines == ("net", "net_centring")
    assert MODELS[4].baselines == ("net", "net_centring_movie")
    assert [model.name for model in models_of("net", ["mvcorr"], [])] == ["net"]


def test_the_accepted_model_with_the_largest_gain_in_the_film_is_chosen():
    choice = choose(MODELS, gains(BETTER), RISING)
    assert choice.model == "net_mvcorr_movie"
    assert "of this film" in choice.reason
    assert "0.15 [0.01, 0.20] above that of net" in choice.reason


def test_the_pretrained_embedding_stays_where_nothing_is_better_by_more_than_chance():
    choice = choose(MODELS, gains(EVEN), gains(EVEN))
    assert choice.model == "net"
    assert "by more than chance" in choice.reason
    assert not any(choice.accepted.values())


def test_a_model_has_to_beat_the_centring_of_its_scope_too():
    corpus = gains(BETTER)
    corpus["net_mvcorr", "net_centring"] = EVEN
    choice = choose(MODELS, corpus, {})
    assert choice.accepted["net_centring"]
    assert not choice.accepted["net_mvcorr"]
    assert choice.model == "net_centring"


def test_the_film_can_contradict_the_corpus_but_need_not_confirm_it():
    against = choose(MODELS, gains(BETTER), gains(EVEN, net_mvcorr=WORSE))
    assert not against.accepted["net_mvcorr"]
    assert against.model == "net_centring"
    silent = choose(MODELS, gains(BETTER), gains(EVEN, net_mvcorr=Gain(0.01, (-0.01, 0.03))))
    assert silent.model == "net_mvcorr"
    assert "of the corpus" in silent.reason


def test_a_film_without_weak_pairs_takes_what_the_corpus_gains_most_by():
    choice = choose(MODELS, gains(BETTER, net_mvcorr=Gain(0.06, (0.01, 0.1))), {})
    assert choice.model == "net_mvcorr"
    assert not choice.accepted["net_mvcorr_movie"]


def test_a_film_may_have_pairs_that_are_new_to_some_models_only():
    film = {key: gain for key, gain in gains(BETTER).items() if key[0].endswith("_movie")}
    choice = choose(MODELS, gains(BETTER, net_mvcorr=Gain(0.09, (0.01, 0.2))), film)
    assert choice.model == "net_mvcorr"


@pytest.mark.parametrize("scopes", [[], [MOVIE]])
def test_without_a_corpus_nothing_of_it_is_needed(scopes):
    models = models_of("net", ["mvcorr"], scopes)
    choice = choose(models, {}, {})
    assert choice.model == "net"
    assert ("nothing was adapted" in choice.reason) == (not scopes)


def test_of_equally_good_models_the_simplest_is_chosen():
    choice = choose(MODELS, gains(BETTER), gains(BETTER))
    assert choice.model == "net_centring"
