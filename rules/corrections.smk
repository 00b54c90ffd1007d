"""What people said of the characters, applied anew on every run.

REQUIRED INPUTS:
    the chosen clusters, and what they were made of
    resources/corrections/{movie}.csv           written by the film's page; no film must have one
OUTPUTS:
    results/{movie}/characters.parquet          the characters that pages and exports show
    results/{movie}/corrections.json            of each correction: does it hold, and if not, why
    results/{movie}/review.parquet              what to look at first
"""


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
        code=code("correct_characters"),
    output:
        characters="results/{movie}/characters.parquet",
        journal="results/{movie}/corrections.json",
    log:
        "results/logs/{movie}/correct_characters.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("correct_characters"),
    params:
        models=list(MODELS),
        corrections=lambda wildcards, input: option("--corrections", input.corrections),
    shell:
        "python {SCRIPTS}/correct_characters.py --movie-info {input.movie:q}"
        " --detections {input.detections:q} --tracks {input.tracks:q} --models {params.models}"
        " --embeddings {input.embeddings:q} --clusters {input.clusters:q}"
        " --calibration {input.calibration:q} --choice {input.choice:q} {params.corrections}"
        " --out-characters {output.characters:q} --out-journal {output.journal:q} --log {log:q}"


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
        code=code("order_review"),
    output:
        review="results/{movie}/review.parquet",
    log:
        "results/logs/{movie}/order_review.log",
    conda:
        "../envs/castmap.yaml"
    resources:
        **granted("order_review"),
    params:
        models=list(MODELS),
    shell:
        "python {SCRIPTS}/order_review.py --detections {input.detections:q}"
        " --tracks {input.tracks:q} --models {params.models} --embeddings {input.embeddings:q}"
        " --cooccurrence {input.cooccurrence:q} --characters {input.characters:q}"
        " --journal {input.journal:q} --calibration {input.calibration:q}"
        " --choice {input.choice:q} --out-review {output.review:q} --log {log:q}"
