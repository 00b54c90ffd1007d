"""What people said of the characters, applied anew on every run.

REQUIRED INPUTS:
    the chosen clusters, and what they were made of
    resources/corrections/{movie}.csv           written by the film's page; no film must have one
OUTPUTS:
    results/{movie}/characters.parquet          the characters that pages and exports show
    results/{movie}/corrections.json            of each correction: does it hold, and if not, why
    results/{movie}/review.parquet              what to look at first
"""


def corrections(wildcards):
    """What people said of a film; no film must have any."""
    return films.corrections_of(wildcards.movie)


rule correct_characters:
    input:
        movie="results/{movie}/movie.json",
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        clusters="results/{movie}/clusters.chosen.parquet",
        calibration="results/{movie}/clusters.chosen.json",
        choice="results/{movie}/choice.json",
        corrections=corrections,
    output:
        characters="results/{movie}/characters.parquet",
        journal="results/{movie}/corrections.json",
    log:
        "results/logs/{movie}/correct_characters.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("correct_characters"),
    shell:
        stage("correct_characters")


rule order_review:
    input:
        detections="results/{movie}/detections.parquet",
        tracks="results/{movie}/tracks.parquet",
        embeddings=expand("results/{{movie}}/embeddings.{model}.safetensors", model=MODELS),
        cooccurrence="results/{movie}/cooccurrence.parquet",
        characters="results/{movie}/characters.parquet",
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
    shell:
        stage("order_review")
