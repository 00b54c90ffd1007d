"""Pages: one per film, and one for the corpus.

REQUIRED INPUTS:
    the per-movie files, metrics where a film has labels, and results/skipped.csv
OUTPUTS:
    results/report/{movie}.html         timeline, every face, corrections, shot list
    results/report/{movie}.mining.html  weak labels: hardest examples, what was left out
    results/report/{movie}.mistakes.html  with labels: what is wrong, as pictures, and why
    results/report/adaptation.html      the effect of adaptation: learning curves, verdicts, ROC
    results/report/index.html           all films
    results/failures.csv                films without a cast map, and why
"""

import hashlib

from castmap.planning.corpus import skipped_as_csv


def metrics(name, movies):
    """A metrics file of a film, as an input; none of films without such labels."""
    path = f"results/{{movie}}/metrics/{name}.json"
    return lambda wildcards: path.format(**wildcards) if wildcards.movie in movies else []


rule report_movie:
    input:
        film=film_if_built,
        movie="results/{movie}/movie.json",
        frames="results/{movie}/frames.parquet",
        examined="results/{movie}/examined.parquet",
        shots="results/{movie}/shots.parquet",
        detections="results/{movie}/detections.parquet",
        faces="results/{movie}/faces.zip",
        tracks="results/{movie}/tracks.parquet",
        characters="results/{movie}/characters.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        journal="results/{movie}/corrections.json",
        review="results/{movie}/review.parquet",
        shot_metrics=metrics("shots", SHOT_LABELLED),
        track_metrics=metrics("tracks", LABELLED),
        clustering_metrics=metrics("clustering.chosen", LABELLED),
    output:
        page=report(
            "results/report/{movie}.html",
            caption="report/movie.rst",
            category="Cast maps",
            labels={"film": "{movie}"},
        ),
    log:
        "results/logs/{movie}/report_movie.log",
    benchmark:
        "results/benchmarks/{movie}/report_movie.tsv"
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_movie"),
    params:
        film=film,
        show_faces=config["report"]["faces"],
    shell:
        stage("report_movie")


rule report_mining:
    input:
        movie="results/{movie}/movie.json",
        faces="results/{movie}/faces.zip",
        detections="results/{movie}/detections.parquet",
        tracklets="results/{movie}/tracklets.parquet",
        hard_examples="results/{movie}/hard_examples.parquet",
        impossible_negatives="results/{movie}/impossible_negatives.csv",
        summary="results/{movie}/mining.json",
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
    output:
        page=report(
            "results/report/{movie}.mining.html",
            caption="report/mining.rst",
            category="Weak labels",
            labels={"film": "{movie}"},
        ),
    log:
        "results/logs/{movie}/report_mining.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_mining"),
    params:
        show_faces=config["report"]["faces"],
    shell:
        stage("report_mining")


rule report_mistakes:
    input:
        movie="results/{movie}/movie.json",
        faces="results/{movie}/faces.zip",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        clusters="results/{movie}/clusters.chosen.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        embeddings=f"results/{{movie}}/embeddings.{NETWORK}.safetensors",
        true_faces=true_faces,
        judged=lambda wildcards: judged(wildcards.movie),
        metrics="results/{movie}/metrics/clustering.chosen.json",
    output:
        page=report(
            "results/report/{movie}.mistakes.html",
            caption="report/mistakes.rst",
            category="Mistakes",
            labels={"film": "{movie}"},
        ),
    log:
        "results/logs/{movie}/report_mistakes.log",
    conda:
        "../envs/castmap.yaml"
    params:
        network=NETWORK,
        show_faces=config["report"]["faces"],
    shell:
        stage("report_mistakes")


rule report_adaptation:
    input:
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        choices=expand("results/{movie}/choice.json", movie=MOVIES),
        histories=expand("results/adaptation/{training}/history.parquet", training=TRAININGS),
        metrics=expand(
            "results/{movie}/metrics/verification.{model}.json", movie=LABELLED, model=MODELS
        ),
    output:
        page=report(
            "results/report/adaptation.html",
            caption="report/adaptation.rst",
            category="Corpus",
        ),
    log:
        "results/logs/report_adaptation.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_adaptation", MOVIES),
    params:
        trained_on=TRAINED_ON,
        held_out=HELD_OUT,
    shell:
        stage("report_adaptation")


rule report_corpus:
    input:
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        shots=expand("results/{movie}/shots.parquet", movie=MOVIES),
        detections=expand("results/{movie}/detections.parquet", movie=MOVIES),
        faces=expand("results/{movie}/faces.zip", movie=MOVIES),
        tracks=expand("results/{movie}/tracks.parquet", movie=MOVIES),
        characters=expand("results/{movie}/characters.parquet", movie=MOVIES),
        metrics=expand("results/{movie}/metrics/clustering.chosen.json", movie=LABELLED),
        failed=[FAILED_FILMS] * bool(FAILED),
        skipped=lambda wildcards: [SKIPPED] * os.path.exists(SKIPPED),  # no dry run writes it
    output:
        page=report("results/report/index.html", caption="report/corpus.rst", category="Corpus"),
        failures="results/failures.csv",
    log:
        "results/logs/report_corpus.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_corpus", MOVIES),
    params:
        show_faces=config["report"]["faces"],
        fingerprint=hashlib.sha256(skipped_as_csv(FOUND.skipped).encode()).hexdigest(),
    shell:
        stage("report_corpus")
