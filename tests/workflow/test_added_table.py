"""A table that an installed package adds comes out of the workflow: one file, one entry point."""

import pandas as pd

from castmap.catalogues import TABLES
from castmap.files.results import write_table
from castmap.files.whole import write_json
from castmap.formats.tables import CLUSTERS, DETECTIONS, SHOTS, TRACKS
from tests.conftest import copy_repository
from tests.synthetic_films import draw_gradients

TABLE = '''"""The longest track of each film."""

MEMBER = {
    "caption": "Longest tracks: n = {analysed} analysed films, {faces} faces in all",
    "row": "one film",
    "columns": {"movie": "string", "track": "Int64", "faces": "Int64"},
    "printed": {"Movie": "{movie}", "Track": "{track}", "Faces": "{faces:,}"},
    "note": "Interpolated faces count.",
}


def rows(corpus):
    for film in corpus.analysed:
        lengths = corpus.tracks[film.movie].groupby("track").size()
        yield {"movie": film.movie, "track": lengths.idxmax(), "faces": lengths.max()}


def count(table):
    return {"faces": table["faces"].sum()}
'''
LENGTHS = {0: 3, 1: 1200, 2: 5}


def write_results(folder):
    """What the stages before would have made of one film."""
    info = {"movie": "talk", "title": "Talk", "status": "ok", "reason": None, "duration_s": 50.0}
    write_json(folder / "movie.json", info)
    track = [number for number, length in LENGTHS.items() for _ in range(length)]
    faces = pd.DataFrame({"track": track, "frame": range(len(track))})
    faces = faces.assign(detection=faces.index, shot=0, time_s=0.0, interpolated=False)
    faces[["x1", "y1", "x2", "y2"]] = 0.0
    write_table(folder / "tracks.parquet", TRACKS, faces, {})
    for schema, name in ((SHOTS, "shots"), (DETECTIONS, "detections")):
        write_table(folder / f"{name}.parquet", schema, schema.empty(), {})
    write_table(folder / "clusters.chosen.parquet", CLUSTERS, CLUSTERS.empty(), {})
    counted = [name for name in TABLES["mining"].declared["columns"] if name != "movie"]
    write_json(folder / "mining.json", dict.fromkeys(counted, 0))
    write_json(folder / "choice.json", {"model": "sface", "reason": "", "models": [PRETRAINED]})


PRETRAINED = {"model": "sface", "separation": None, "accepted": None, "film": None, "corpus": None}


def test_a_table_of_another_package_is_written_in_three_forms(root, tmp_path, install):
    module = install("long_tracks", TABLE, "castmap.tables", "longest")
    copy = copy_repository(root, tmp_path / "copy")
    sheet = copy.path("resources/movies.tsv")
    sheet.write_text(sheet.read_text().partition("\n")[0] + "\n")
    draw_gradients(copy.path("films/talk.mp4"), 1)
    write_results(copy.path("results/talk"))
    files = [f"results/tables/longest.{form}" for form in ("csv", "md", "tex")]
    run = copy.snakemake(*files, "--allowed-rules", "tabulate_corpus")
    assert run.returncode == 0, run.stdout
    raw, markdown, latex = (copy.path(file).read_text() for file in files)
    assert raw == "movie,track,faces\ntalk,1,1200\n"
    assert "**Longest tracks: n = 1 analysed films, 1200 faces in all**" in markdown
    assert "| talk | 1 | 1,200 |" in markdown
    assert r"talk & 1 & 1,200 \\" in latex and r"\label{tab:longest}" in latex
    # It stands behind castmap's own, and these are as ever.
    assert "| talk | ok |" in copy.path("results/tables/films.md").read_text()
    # An edit of the package's file makes the tables anew.
    module.write_text(module.read_text().replace("Longest tracks", "Long tracks"))
    again = copy.snakemake(*files, "--allowed-rules", "tabulate_corpus")
    assert again.returncode == 0, again.stdout
    assert "**Long tracks: n = 1" in copy.path("results/tables/longest.md").read_text()
