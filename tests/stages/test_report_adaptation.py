"""The stage report_adaptation: each film's choice and curves stand under its own title."""

import re

import pandas as pd

import report_adaptation
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.tables import HISTORY

ROC = {"fpr": [0.001, 1.0], "tpr": [0.5, 1.0]}


def write_film(folder, movie, model, n_models):
    info = {"movie": movie, "title": movie.capitalize(), "status": "ok", "reason": None}
    write_json(folder / movie / "movie.json", info)
    gain = {"difference": 0.1, "difference_95": [0.05, 0.15]}
    models = [{"model": "net_mvcorr", "corpus": {"net": gain}, "film": None}]
    choice = {"model": model, "reason": f"best for {movie}", "models": models}
    write_json(folder / movie / "choice.json", choice)
    for name in ("net", "net_mvcorr")[:n_models]:
        metrics = {"roc": {"tracks": ROC}}
        write_json(folder / movie / f"metrics/verification.{name}.json", metrics)


def test_files_are_matched_by_their_names_and_not_by_their_order(tmp_path):
    write_film(tmp_path, "heat", "net", 2)
    write_film(tmp_path, "ronin", "net_mvcorr", 0)
    history = pd.DataFrame({column: range(1, 5) for column in HISTORY.columns}).astype(float)
    path = tmp_path / "adaptation/corpus/mvcorr/history.parquet"
    write_table(path, HISTORY, history, {})
    report_adaptation.main(
        [
            *("--movies", f"{tmp_path}/heat/movie.json", f"{tmp_path}/ronin/movie.json"),
            *("--choices", f"{tmp_path}/ronin/choice.json", f"{tmp_path}/heat/choice.json"),
            *("--histories", str(path), "--trained-on", "heat", "--held-out"),
            "--metrics",
            *[f"{tmp_path}/heat/metrics/verification.{m}.json" for m in ("net_mvcorr", "net")],
            f"--out-page={tmp_path}/page.html",
        ]
    )
    html = (tmp_path / "page.html").read_text()
    rows = re.findall(r'<a href="(\w+)\.html">\w+</a></td><td class="mono">(\w+)</td>', html)
    assert rows == [("heat", "net"), ("ronin", "net_mvcorr")]
    assert "best for heat" in html and "+0.10<" in html
    assert "Trained on: Heat. Judged on appearances of the same films that were held out" in html
    assert "and on: no other film" in html
    assert html.count('aria-label="ROC curves of') == 1
    assert 'aria-label="Learning curve of corpus/mvcorr"' in html
