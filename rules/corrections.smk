"""What people said of the characters, applied anew on every run.

REQUIRED INPUTS:
    the chosen clusters, and what they were made of
    resources/corrections/{movie}.csv           written by the film's page; no film must have one
OUTPUTS:
    results/{movie}/corrected.parquet           the characters under corrections
    results/{movie}/corrected_{tracks,shots}.parquet  the tracks and shots, as people cut them
    results/{movie}/corrections.json            of each correction: does it hold, and if not, why
    results/{movie}/review.parquet              what to look at first
"""


rule correct_characters:
    input:
        **tables("frames", "shots", "examined", "detections", "tracks"),
        movie="results/{movie}/movie.json",
        embeddings=of_models("embeddings.{model}.safetensors"),
        clusters="results/{movie}/clusters.chosen.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        corrections=corrections,
    output:
        corrected="results/{movie}/corrected.parquet",
        corrected_tracks="results/{movie}/corrected_tracks.parquet",
        corrected_shots="results/{movie}/corrected_shots.parquet",
        journal="results/{movie}/corrections.json",
    log:
        "results/logs/{movie}/correct_characters.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("correct_characters"),
    params:
        calibration_model=NETWORK,
    shell:
        stage("correct_characters")


rule order_review:
    input:
        **tables("detections", "cooccurrence", "characters", "names"),
        **corrected_tables("tracks"),
        embeddings=of_models("embeddings.{model}.safetensors"),
        journal="results/{movie}/corrections.json",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
    output:
        review="results/{movie}/review.parquet",
    log:
        "results/logs/{movie}/order_review.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("order_review"),
    params:
        calibration_model=NETWORK,
    shell:
        stage("order_review")
