"""What the benchmark of heads makes of its scores."""

import pandas as pd
import pytest

from benchmarks.heads import CENTRING, PRETRAINED, SCORES, summarise


@pytest.fixture
def table():
    """Two films; those of the last method come in another order."""
    tpr = {
        ("nothing", PRETRAINED): {"a": 0.2, "b": 0.4},
        (CENTRING, CENTRING): {"a": 0.3, "b": 0.5},
        ("mlp_head", "triplet"): {"b": 0.7, "a": 0.3},
    }
    rows = [
        {"film": film, "trained": trained, "loss": loss, "seconds": 2.0}
        | dict.fromkeys(SCORES, 0.5)
        | {"tpr": value}
        for (trained, loss), values in tpr.items()
        for film, value in values.items()
    ]
    return summarise(pd.DataFrame(rows)).set_index("loss")


def test_gains_are_paired_by_film_and_have_t_intervals(table):
    # Over pretrained they are .1 and .3, over centring 0 and .2; t is 12.706, the error .1.
    assert table.loc["triplet", "tpr"] == "0.500 (+0.200 ± 1.271; +0.100 ± 1.271)"
    assert table.loc[CENTRING, "tpr"] == "0.400 (+0.100 ± 0.000)"
    assert table.loc[PRETRAINED, "tpr"] == "0.300"


def test_each_network_is_one_line(table):
    assert table["trained"].tolist() == ["nothing", CENTRING, "mlp_head"]
    assert set(table["seconds"]) == {"2.0"}
