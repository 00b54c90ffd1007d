"""The corpus in numbers: one table per question, as CSV, Markdown and LaTeX.

REQUIRED INPUTS:
    the per-movie files of all films, and the metrics of those with labels
OUTPUTS:
    results/tables/{table}.{csv,md,tex}     the tables of workflow_scripts/castmap/evaluation/tables.py
    results/tables/tables.lock.json         what they rest on: hashes, versions, settings
"""


rule tabulate_corpus:
    input:
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        shots=expand("results/{movie}/shots.parquet", movie=MOVIES),
        detections=expand("results/{movie}/detections.parquet", movie=MOVIES),
        tracks=expand("results/{movie}/tracks.parquet", movie=MOVIES),
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
        code=code("tabulate_corpus"),
    output:
        TABLE_FILES,
    log:
        "results/logs/tabulate_corpus.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("tabulate_corpus", MOVIES),
    params:
        movies=list(MOVIES),
        labelled=LABELLED,
        shot_labelled=SHOT_LABELLED,
        models=list(MODELS),
        seed=config["seed"],
        failed=lambda wildcards, input: option("--failed-films", input.failed),
        folder=lambda wildcards, output: os.path.dirname(output[0]),
    shell:
        "python {SCRIPTS}/tabulate_corpus.py --movies {params.movies}"
        " --movie-infos {input.movies:q} --shots {input.shots:q}"
        " --detections {input.detections:q} --tracks {input.tracks:q}"
        " --clusters {input.clusters:q} --mining-summaries {input.mining:q}"
        " --choices {input.choices:q} --movies-with-labels {params.labelled}"
        " --movies-with-shots {params.shot_labelled}"
        " --shot-metrics {input.shot_metrics:q} --track-metrics {input.track_metrics:q}"
        " --clustering-metrics {input.clustering_metrics:q}"
        " --verification-metrics {input.verification_metrics:q}"
        " --algorithm-metrics {input.algorithm_metrics:q} --models {params.models}"
        " {params.failed} --seed {params.seed} --out-folder {params.folder:q} --log {log:q}"


rule lock_tables:
    input:
        tables=TABLE_FILES,
        behind=[
            path
            for path in rules.tabulate_corpus.input
            if path != rules.tabulate_corpus.input.code
        ],
        labels=[
            f"{MOVIES[movie].labels}/{name}.csv"
            for name, movies in {"faces": LABELLED, "shots": SHOT_LABELLED}.items()
            for movie in movies
        ]
        + judged(*LABELLED),
        movies=rules.tabulate_corpus.input.movies,
        code=code("lock_tables"),
    output:
        lock=TABLES_LOCK,
    log:
        "results/logs/lock_tables.log",
    conda:
        "../envs/castmap.yaml"
    params:
        settings=json.dumps(config, sort_keys=True),
    shell:
        "python {SCRIPTS}/lock_tables.py --tables {input.tables:q}"
        " --inputs {input.behind:q} {input.labels:q} --movie-infos {input.movies:q}"
        " --settings {params.settings:q} --out-lock {output.lock:q} --log {log:q}"


rule tables_all:
    input:
        TABLE_FILES,
        TABLES_LOCK,
