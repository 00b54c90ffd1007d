"""The card of an adapted network, as Markdown."""

from collections.abc import Mapping


def model_card(model: str, record: Mapping, sha256: str, choices: Mapping[str, Mapping]) -> str:
    """Say what a network is, what it was trained on, and what held-out weak labels say of it.

    Args:
        model: its name.
        record: what adapt_embedding or adapt_to_movie wrote beside the weights.
        sha256: of the weights file.
        choices: by film that it may cluster, the content of choice.json.
    """
    settings = record["settings"]
    films = {name: seen for name, seen in record["inputs"].items() if name != "weights"}
    lines = [
        f"# {model}",
        "",
        f"{settings['model']} adapted by {settings['method'].replace('_', ' ')}, without labels. "
        f"Trained: {_trained(record)}.",
        "",
        "## Training data",
        "",
        "| Film | Tracks split into tracklets | Faces | Hard examples |",
        "| --- | ---: | ---: | ---: |",
        *(
            f"| {name} | {seen['n_tracks']:,} | {seen['n_faces']:,} | {seen['n_hard_examples']:,} |"
            for name, seen in films.items()
        ),
        "",
        _seen(record),
        "",
        "## Evaluation",
        "",
        "The separation (d') of weak pairs that it was not trained on, and its gain over each "
        "baseline (95 % interval).",
        "",
        "| Film | Separation | Baseline | Gain in film | Gain in corpus | Accepted | Clusters it |",
        "| --- | ---: | --- | --- | --- | --- | --- |",
        *(row for movie, choice in choices.items() for row in _rows(model, movie, choice)),
        "",
        "## Parameters",
        "",
        *_parameters(settings),
        "",
        "## Identity",
        "",
        f"- this file's weights: SHA-256 {sha256}",
        f"- pretrained weights: SHA-256 {record['inputs']['weights']}",
        *(
            f"- {name}, {kind}: SHA-256 {seen[kind]}"
            for name, seen in films.items()
            for kind in sorted(seen)
            if not kind.startswith("n_")
        ),
        *(f"- {name} {version}" for name, version in sorted(record["versions"].items())),
        "",
        "Faces are biometric data: a network adapted to films knows their people better than "
        "others. Use it to cluster these films, not to identify people elsewhere.",
        "",
    ]
    return "\n".join(lines)


def _trained(record: Mapping) -> str:
    settings = record["settings"]
    if record["untrained"]:
        return f"nothing, as {record['untrained']}; it only centres"
    if settings["method"] == "centring":
        return "nothing; the mean face of the films is moved to the centre"
    return f"{settings['trainable'].replace('_', ' ')}, {settings['steps']:,} steps"


def _parameters(settings: Mapping) -> list[str]:
    """All settings; those of the loss say that they are."""
    own = {f"loss.{name}": value for name, value in settings["loss"].items()}
    shared = {name: value for name, value in settings.items() if name != "loss"}
    return [f"- {name}: {value}" for name, value in sorted((shared | own).items())]


def _seen(record: Mapping) -> str:
    folds = record["settings"]["folds"]
    if record["stage"] == "adapt_embedding":
        return f"One of {folds} folds of each film's tracks was left out and is not counted."
    return (
        f"It was trained on the whole film and judged by {folds} others, each trained "
        "without one fold of the tracks."
    )


def _rows(model: str, movie: str, choice: Mapping) -> list[str]:
    found = next(row for row in choice["models"] if row["model"] == model)
    separation = "–" if found["separation"] is None else f"{found['separation']:.2f}"
    verdict = "yes" if found["accepted"] else "no"
    chosen = "yes" if choice["model"] == model else "no"
    baselines = list(found["corpus"] or found["film"] or {"–": None})
    return [
        f"| {movie} | {separation} | {baseline} | {_gain(found['film'], baseline)} | "
        f"{_gain(found['corpus'], baseline)} | {verdict} | {chosen} |"
        for baseline in baselines
    ]


def _gain(gains: Mapping | None, baseline: str) -> str:
    if not gains:
        return "–"
    low, high = gains[baseline]["difference_95"]
    return f"{gains[baseline]['difference']:+.2f} [{low:+.2f}, {high:+.2f}]"
