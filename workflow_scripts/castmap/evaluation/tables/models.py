"""Which embedding clusters each film, and why."""

from collections.abc import Iterator, Mapping

from castmap.evaluation.tables.cells import yes_or_no
from castmap.evaluation.tables.corpus import Corpus

MEMBER = {
    "order": 70,
    "caption": "Which embedding clusters each film: n = {analysed} analysed films, seed {seed}",
    "row": "one embedding and film that was not rejected",
    "columns": {
        "movie": "string",
        "model": "string",
        "separation": "Float64",
        "film_gain": "Float64",
        "film_gain_low": "Float64",
        "film_gain_high": "Float64",
        "corpus_gain": "Float64",
        "corpus_gain_low": "Float64",
        "corpus_gain_high": "Float64",
        "accepted": "string",
        "chosen": "string",
    },
    "printed": {
        "Movie": "{movie}",
        "Model": "{model}",
        "Separation": "{separation:.2f}",
        "Gain in the film [95 % interval]": (
            "{film_gain:.2f} [{film_gain_low:.2f}, {film_gain_high:.2f}]"
        ),
        "Gain in the corpus [95 % interval]": (
            "{corpus_gain:.2f} [{corpus_gain_low:.2f}, {corpus_gain_high:.2f}]"
        ),
        "Accepted": "{accepted}",
        "Chosen": "{chosen}",
    },
    "note": (
        "Of weak pairs held out from training: separation (d') of the film's, and gains over the "
        "pretrained embedding, with paired bootstrap intervals. A film with few weak pairs has "
        "none. docs/adaptation.md says when a model is accepted."
    ),
}


def rows(corpus: Corpus) -> Iterator[dict]:
    """What each film's choice.json says of every model; the pretrained one comes first."""
    for film in corpus.analysed:
        choice = corpus.choices[film.movie]
        pretrained = choice["models"][0]["model"]
        for found in choice["models"]:
            row = {"movie": film.movie, **{name: found[name] for name in ("model", "separation")}}
            row |= _gains(found, pretrained)
            if found["accepted"] is not None:
                row["accepted"] = yes_or_no(found["accepted"])
            yield row | {"chosen": yes_or_no(found["model"] == choice["model"])}


def _gains(found: Mapping, pretrained: str) -> dict:
    """Gains over the pretrained model, in the film and in the corpus, where there are any."""
    gains: dict = {}
    for scope in ("film", "corpus"):
        gain = (found[scope] or {}).get(pretrained)
        if gain:
            names = (f"{scope}_gain", f"{scope}_gain_low", f"{scope}_gain_high")
            gains |= zip(names, (gain["difference"], *gain["difference_95"]), strict=True)
    return gains
