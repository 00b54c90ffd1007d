"""Ablations are compared with the whole film by film."""

import pandas as pd

from benchmarks.composed_characters import ablation_table


def films(part, v, k_pred):
    scores = {"character_precision": 1.0, "character_recall": 0.5, "v_measure": v, "bcubed_f1": v}
    table = pd.DataFrame({"movie": ["a", "b", "c"], "castmap": part, "k_pred": k_pred, "k_true": 4})
    return table.assign(**scores)


def test_differences_to_the_whole_are_paired_by_film_with_a_t_interval():
    # Differences of -0.1, -0.2 and -0.3: t(0.975, 2) = 4.3027, times 0.1 / sqrt(3).
    whole = films("all", [0.9, 0.5, 0.7], [4, 4, 3])
    without = films("without cannot-links", [0.8, 0.3, 0.4], [4, 6, 2])
    table = ablation_table(pd.concat([whole, without.iloc[::-1]])).set_index("castmap")
    assert table["v_measure"].tolist() == ["0.700", "0.500 (-0.200 ± 0.248)"]
    assert table["character_recall"].tolist() == ["0.500", "0.500 (+0.000 ± 0.000)"]
    assert table["K right"].tolist() == ["2/3", "1/3"]


def test_one_film_has_no_interval():
    both = pd.concat([films("all", 0.9, 4), films("without quality", 0.8, 4)])
    table = ablation_table(both[both["movie"] == "a"])
    assert table["v_measure"].tolist() == ["0.900", "0.800"]
