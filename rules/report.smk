"""Pages: one per film, and one for the corpus.

REQUIRED INPUTS:
    the per-movie files, metrics where a film has labels, and results/skipped.csv
OUTPUTS:
    results/report/{movie}.html         timeline, every face, corrections, shot list
    results/report/{movie}.mining.html  weak labels: hardest examples, what was left out
    results/report/{movie}.mistakes.html  with labels: what is wrong, as pictures, and why
    results/report/adaptation.html      the effect of adaptation: learning curves, verdicts, ROC
    results/report/people.html          who is in which films: if people.across_films, or if anybody
                                        is named
    results/report/index.html           all films
    results/failures.csv                films without a cast map, and why
"""

import hashlib

from castmap.planning.corpus import skipped_as_csv

PEOPLE_PAGE = ["results/report/people.html"] * bool(
    MOVIES and (config["people"]["across_films"] or HAS_GALLERY or NAMING)
)


rule report_movie:
    input:
        **tables("frames", "examined", "detections", "characters", "names", "review"),
        **corrected_tables("shots", "tracks"),
        found_shots="results/{movie}/shots.parquet",
        evidence="results/{movie}/name_evidence.parquet",
        known="results/{movie}/known_people.json",
        movie="results/{movie}/movie.json",
        key_frames="results/{movie}/key_frames.zip",
        faces="results/{movie}/faces.zip",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        journal="results/{movie}/corrections.json",
        embeddings=PRETRAINED_EMBEDDINGS,
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
        **tables("detections", "tracklets", "must_links", "hard_examples"),
        movie="results/{movie}/movie.json",
        faces="results/{movie}/faces.zip",
        impossible_negatives="results/{movie}/impossible_negatives.csv",
        summary="results/{movie}/mining.json",
        embeddings=PRETRAINED_EMBEDDINGS,
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
        **tables("detections", "tracks"),
        movie="results/{movie}/movie.json",
        faces="results/{movie}/faces.zip",
        clusters="results/{movie}/clusters.chosen.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        embeddings=PRETRAINED_EMBEDDINGS,
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
            labels={"page": "Adaptation"},
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


rule report_people:
    input:
        **tables("detections", "characters", movies=MOVIES),
        **corrected_tables("tracks", movies=MOVIES),
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        faces=expand("results/{movie}/faces.zip", movie=MOVIES),
        people=["results/corpus/people.parquet"] * config["people"]["across_films"],
    output:
        page=report(
            "results/report/people.html",
            caption="report/people.rst",
            category="Corpus",
            labels={"page": "People"},
        ),
    log:
        "results/logs/report_people.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_people", MOVIES),
    params:
        show_faces=config["report"]["faces"],
    shell:
        stage("report_people")


rule report_corpus:
    input:
        **tables("detections", "characters", "review", movies=MOVIES),
        **corrected_tables("shots", "tracks", movies=MOVIES),
        movies=expand("results/{movie}/movie.json", movie=MOVIES),
        faces=expand("results/{movie}/faces.zip", movie=MOVIES),
        metrics=expand("results/{movie}/metrics/clustering.chosen.json", movie=LABELLED),
        failed=[FAILED_FILMS] * bool(FAILED),
        skipped=lambda wildcards: [SKIPPED] * os.path.exists(SKIPPED),  # no dry run writes it
    output:
        page=report(
            "results/report/index.html",
            caption="report/corpus.rst",
            category="Corpus",
            labels={"page": "All films"},
        ),
        failures="results/failures.csv",
    log:
        "results/logs/report_corpus.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("report_corpus", MOVIES),
    params:
        show_faces=config["report"]["faces"],
        has_people=bool(PEOPLE_PAGE),
        fingerprint=hashlib.sha256(skipped_as_csv(FOUND.skipped).encode()).hexdigest(),
    shell:
        stage("report_corpus")
