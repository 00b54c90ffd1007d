"""The corpus in numbers: one table per question, as CSV, Markdown and LaTeX.

REQUIRED INPUTS:
    the per-movie files of all films, and the metrics of those with labels
OUTPUTS:
    results/tables/{table}.{csv,md,tex}     the tables of workflow_scripts/castmap/evaluation/tables/
    results/tables/tables.lock.json         what they rest on: hashes, versions, settings
"""

from castmap.catalogues import TABLES
from castmap.evaluation.tables import FORMATS

TABLE_FILES = expand("results/tables/{table}.{form}", table=TABLES.members, form=FORMATS)
TABLES_LOCK = "results/tables/tables.lock.json"


rule tabulate_corpus:
    input:
        **tables("shots", "detections", "tracks", movies=MOVIES),
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        clusters=expand("results/{movie}/clusters.chosen.parquet", movie=MOVIES),
        mining=expand("results/{movie}/mining.json", movie=MOVIES),
        choices=expand("results/{movie}/choice.json", movie=MOVIES),
        shot_metrics=expand("results/{movie}/metrics/shots.json", movie=SHOT_LABELLED),
        track_metrics=expand("results/{movie}/metrics/tracks.json", movie=LABELLED),
        clustering_metrics=expand(
            "results/{movie}/metrics/clustering.{model}.json", movie=LABELLED, model=MODELS
        ),
        verification_metrics=expand(
            "results/{movie}/metrics/verification.{model}.json", movie=LABELLED, model=MODELS
        ),
        algorithm_metrics=expand("results/{movie}/metrics/algorithms.json", movie=LABELLED),
        failed=[FAILED_FILMS] * bool(FAILED),
    output:
        tables=TABLE_FILES,
    log:
        "results/logs/tabulate_corpus.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("tabulate_corpus", MOVIES),
    params:
        seed=config["seed"],
    shell:
        stage("tabulate_corpus", *[table.path for table in TABLES.members.values()])


rule lock_tables:
    input:
        tables=TABLE_FILES,
        behind=rules.tabulate_corpus.input,
        labels=[
            *(f"{MOVIES[movie].labels}/faces.csv" for movie in LABELLED),
            *(f"{MOVIES[movie].labels}/shots.csv" for movie in SHOT_LABELLED),
            *judged(*LABELLED),
        ],
        movies=rules.tabulate_corpus.input.movies,
    output:
        lock=TABLES_LOCK,
    log:
        "results/logs/lock_tables.log",
    conda:
        "../envs/castmap.yaml"
    params:
        settings=json.dumps(config, sort_keys=True),
    shell:
        stage("lock_tables")


rule tables_all:
    input:
        TABLE_FILES,
        TABLES_LOCK,
